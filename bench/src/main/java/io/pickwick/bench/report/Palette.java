package io.pickwick.bench.report;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The look of each name: a name has the same one over the whole page.
 *
 * <p>Hues are few and can be told apart by people who see fewer colours; from the sixth name on
 * they come again with another kind of line. The first hue is for what the page is about alone.
 * What bounds all others (random placement, pooled caches, hindsight) is grey, so that colours are
 * left for what competes.
 */
final class Palette {
  private static final List<String> BOUNDS = List.of("random", "pooled", "clairvoyant");
  private static final String OURS = "ours";

  /** For light and for dark, as the others. */
  private static final List<String> FIRST = List.of("#0060a8", "#5fb0ff");

  private static final List<List<String>> HUES =
      List.of(
          List.of("#00935c", "#70ffc9"),
          List.of("#892222", "#e6426b"),
          List.of("#920be3", "#8170ff"),
          List.of("#8f7016", "#ffb770"),
          List.of("#49295c", "#bbff49"));

  private static final List<String> GREY = List.of("#6b7078", "#a3a9b3");
  private static final List<String> DASHES = List.of("", "7 3", "2 3", "9 3 2 3");
  private static final List<String> BOUND_DASHES = List.of("5 4", "1 3", "8 3 2 3");

  /**
   * How a name is drawn.
   *
   * @param index its number on the page
   * @param light its colour on white
   * @param dark its colour on black
   * @param dash lengths drawn and left out; empty for a whole line
   * @param bound whether it is no competitor but a bound
   * @param ours whether it is what the page is about
   * @param drawn whether any figure shows it; what only tables have needs no colour
   */
  record Look(
      int index,
      String light,
      String dark,
      String dash,
      boolean bound,
      boolean ours,
      boolean drawn) {
    /** The classes of an element that belongs to it. */
    String classes() {
      return "k k" + index;
    }
  }

  private final Map<String, Look> looks = new LinkedHashMap<>();
  private final Set<String> drawn;
  private int hues;
  private int firsts;
  private int bounds;

  private Palette(Set<String> drawn) {
    this.drawn = drawn;
  }

  /** Of all the names of a report, in the order in which they come, ours before all. */
  static Palette of(Report report) {
    Set<String> drawn =
        report.sections().stream()
            .flatMap(section -> section.figures().stream())
            .flatMap(figure -> names(figure).stream())
            .collect(Collectors.toCollection(LinkedHashSet::new));
    List<String> names =
        Stream.concat(
                drawn.stream(),
                report.sections().stream()
                    .flatMap(section -> section.tables().stream())
                    .flatMap(table -> table.rows().stream())
                    .map(Table.Row::name))
            .distinct()
            .toList();
    Palette palette = new Palette(drawn);
    // What the page is about always has the first hue, wherever it comes.
    names.stream().filter(Palette::ours).forEach(palette::add);
    names.stream().filter(name -> !ours(name)).forEach(palette::add);
    return palette;
  }

  private static List<String> names(Figure figure) {
    return switch (figure) {
      case Bars bars -> bars.bars().stream().map(Bars.Bar::name).toList();
      case Chart chart -> chart.series().stream().map(Series::name).toList();
      case Panels panels -> panels.panels().stream().map(Panels.Panel::name).toList();
    };
  }

  private void add(String name) {
    boolean bound = bound(name);
    List<String> hue;
    String dash;
    if (bound) {
      hue = GREY;
      dash = BOUND_DASHES.get(bounds++ % BOUND_DASHES.size());
    } else if (ours(name)) {
      hue = FIRST;
      dash = DASHES.get(firsts++ % DASHES.size());
    } else {
      hue = HUES.get(hues % HUES.size());
      dash = DASHES.get(hues++ / HUES.size() % DASHES.size());
    }
    looks.put(
        name,
        new Look(
            looks.size(),
            hue.getFirst(),
            hue.getLast(),
            dash,
            bound,
            ours(name),
            drawn.contains(name)));
  }

  /** Whether a name is a bound, with or without parameters. */
  static boolean bound(String name) {
    return BOUNDS.stream().anyMatch(one -> begins(name, one));
  }

  private static boolean ours(String name) {
    return begins(name, OURS);
  }

  private static boolean begins(String name, String with) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.startsWith(with)
        && (lower.length() == with.length()
            || !Character.isLetterOrDigit(lower.charAt(with.length())));
  }

  Look of(String name) {
    Look look = looks.get(name);
    if (look == null) {
      throw new IllegalArgumentException(name + " is not of this report.");
    }
    return look;
  }

  /** All names with their looks, in the order of their numbers. */
  Map<String, Look> looks() {
    return looks;
  }
}

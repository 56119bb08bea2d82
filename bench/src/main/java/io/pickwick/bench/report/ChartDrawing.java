package io.pickwick.bench.report;

import io.pickwick.bench.report.Outline.Place;
import io.pickwick.bench.report.Palette.Look;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.DoubleStream;

/**
 * Draws a chart as SVG, each line with its name beside it.
 *
 * <p>It is drawn twice, for wide and for narrow pages, since text would not stay readable if one
 * drawing were made smaller; the style sheet shows one of them.
 */
final class ChartDrawing {
  /** Up to so many points a distribution is drawn with its jumps; of more they are not seen. */
  private static final int JUMPS = 60;

  private static final double LEAST_GAP = 11;
  private static final double NEAR = 120;

  private final Chart chart;
  private final Palette palette;
  private final boolean narrow;
  private final Frame frame;
  private final double width;
  private final double height;

  private ChartDrawing(Chart chart, Palette palette, boolean narrow) {
    this.chart = chart;
    this.palette = palette;
    this.narrow = narrow;
    width = narrow ? 360 : 880;
    height = narrow ? 340 : 420;
    double names =
        chart.mark() == Chart.Mark.STEPS
            ? 14
            : 26
                + Frame.LETTER
                    * chart.series().stream().mapToInt(one -> name(one).length()).max().orElse(0);
    frame =
        Frame.of(
            narrow ? 46 : 58,
            28,
            width - names,
            height - 42,
            chart.x(),
            Series.coordinates(chart.series().stream(), Series.Point::x),
            chart.y(),
            Series.coordinates(chart.series().stream(), Series.Point::y),
            narrow ? 5 : 6);
  }

  /** Draws it in both widths. */
  static void draw(Markup to, Chart chart, Palette palette) {
    new ChartDrawing(chart, palette, false).draw(to);
    new ChartDrawing(chart, palette, true).draw(to);
  }

  private void draw(Markup to) {
    to.newline();
    to.open(
        "svg",
        frame.described(
            "class",
            narrow ? "chart narrow" : "chart wide",
            "viewBox",
            "0 0 " + NumberText.place(width) + " " + NumberText.place(height),
            "role",
            "img",
            "aria-label",
            chart.title(),
            "data-x-text",
            chart.x().title() + " {} " + chart.x().unit(),
            "data-y-text",
            "{} " + chart.y().unit(),
            "data-mark",
            chart.mark().name().toLowerCase(Locale.ROOT)));
    frame.axes(to, narrow ? 5 : 9, narrow ? 5 : 6, "");
    to.label("t a", 0, 14, "↑ " + chart.y().text());
    to.label("t a e", frame.right(), height - 6, chart.x().text() + " →");
    // What the page is about lies on top.
    chart.series().stream()
        .sorted(Comparator.comparing((Series series) -> palette.of(series.name()).ours()))
        .forEach(series -> line(to, series));
    if (chart.mark() == Chart.Mark.STEPS) {
      besideSteps(to);
    } else {
      besideEnds(to);
    }
    if (Series.coordinates(chart.series().stream(), Series.Point::x).findAny().isEmpty()) {
      to.label("t m", (frame.left() + frame.right()) / 2, height / 2, "nothing to show");
    }
    to.close();
  }

  private void line(Markup to, Series series) {
    Look look = palette.of(series.name());
    to.open("g", "class", look.classes() + (look.ours() ? " ours" : ""));
    for (String points : Outline.lines(places(series))) {
      to.empty(
          "polyline",
          "class",
          chart.mark() == Chart.Mark.POINTS ? "l thin" : "l",
          "data-k",
          Integer.toString(look.index()),
          "stroke-dasharray",
          look.dash().isEmpty() ? "none" : look.dash(),
          "points",
          points);
    }
    if (chart.mark() == Chart.Mark.POINTS) {
      points(to, series);
    }
    to.close();
  }

  private void points(Markup to, Series series) {
    for (Series.Point point : series.points()) {
      Place place = frame.place(point);
      if (place.shown()) {
        to.dot(
            "p",
            "4",
            place.x(),
            place.y(),
            "%s%s: %s %s, %s %s"
                .formatted(
                    series.name(),
                    point.label().isEmpty() ? "" : " at " + point.label(),
                    chart.x().text(),
                    NumberText.brief(point.x()),
                    chart.y().text(),
                    NumberText.brief(point.y())));
      }
    }
  }

  private List<Place> places(Series series) {
    List<Place> places = new ArrayList<>();
    boolean steps = chart.mark() == Chart.Mark.STEPS;
    for (Series.Point point : series.points()) {
      Place place = steps ? shownStep(point) : frame.place(point);
      if (steps && place.shown() && (places.isEmpty() || series.points().size() <= JUMPS)) {
        places.add(new Place(place.x(), places.isEmpty() ? frame.bottom() : places.getLast().y()));
      }
      places.add(place);
    }
    return places;
  }

  /** What is nothing or less lies at the beginning even if the axis can't reach it. */
  private Place shownStep(Series.Point point) {
    Place place = frame.place(point);
    return Double.isNaN(place.x()) && point.x() <= 0 ? new Place(frame.left(), place.y()) : place;
  }

  private String name(Series series) {
    return shortened(series.name(), narrow ? 13 : 24);
  }

  static String shortened(String name, int most) {
    return name.codePointCount(0, name.length()) <= most
        ? name
        : name.substring(0, name.offsetByCodePoints(0, most - 1)) + "…";
  }

  // Names beside the lines, pushed apart where they would lie on each other.

  private record Name(Series series, Place from, Place at, boolean left) {}

  private void names(Markup to, List<Name> names) {
    double gap = Math.min(Frame.TEXT + 1, (frame.bottom() - frame.top() + 12) / names.size());
    if (gap < LEAST_GAP) {
      // There are too many to be read; the buttons above tell them.
      return;
    }
    List<Name> sorted = new ArrayList<>(names);
    sorted.sort(Comparator.comparingDouble((Name name) -> name.at().y()));
    double[] heights = new double[sorted.size()];
    for (int i = 0; i < heights.length; i++) {
      heights[i] = Math.max(sorted.get(i).at().y(), i == 0 ? 0 : heights[i - 1] + gap);
    }
    double limit = frame.bottom() + 4;
    for (int i = heights.length - 1; i >= 0; i--) {
      heights[i] = Math.min(heights[i], limit);
      limit = heights[i] - gap;
    }
    for (int i = 0; i < heights.length; i++) {
      Name name = sorted.get(i);
      name(to, name.series(), name.from(), new Place(name.at().x(), heights[i]), name.left());
    }
  }

  private void besideEnds(Markup to) {
    List<Name> near = new ArrayList<>();
    List<Name> early = new ArrayList<>();
    double edge = frame.left();
    for (Series series : chart.series()) {
      List<Place> shown = places(series).stream().filter(Place::shown).toList();
      if (!shown.isEmpty()) {
        Place end = shown.getLast();
        boolean isNear = end.x() > frame.right() - NEAR;
        edge = isNear ? edge : Math.max(edge, end.x());
        (isNear ? near : early)
            .add(new Name(series, end, new Place(frame.right() + 16, end.y()), false));
      }
    }
    names(to, near);
    // What ends far from the edge has its name there.
    double beside = edge + 16;
    names(
        to,
        early.stream()
            .map(name ->
                new Name(name.series(), name.from(), new Place(beside, name.from().y()), false))
            .toList());
  }

  // Distributions have their names in the empty corners beside them: the fast ones to the left,
  // above, the slow ones to the right, below; each at a height of its own.

  private record Middle(Series series, double x) {}

  private void besideSteps(Markup to) {
    double middle = (frame.top() + frame.bottom()) / 2;
    List<Middle> all = new ArrayList<>();
    for (Series series : chart.series()) {
      double x = at(series, middle);
      all.add(new Middle(series, Double.isNaN(x) ? frame.right() : x));
    }
    all.sort(Comparator.comparingDouble(Middle::x));
    int fast = (all.size() + 1) / 2;
    List<Name> left = new ArrayList<>();
    List<Name> right = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      boolean above = i < fast;
      double share =
          above ? 0.96 - 0.66 * i / fast : 0.68 - 0.66 * (i - fast + 0.5) / (all.size() - fast);
      double height = frame.bottom() - share * (frame.bottom() - frame.top());
      besideStep(all.get(i).series(), height, above)
          .ifPresent(name -> (name.left() ? left : right).add(name));
    }
    names(to, left);
    names(to, right);
  }

  private Optional<Name> besideStep(Series series, double height, boolean left) {
    Place from = new Place(at(series, height), height);
    if (!from.shown()) {
      // It ends below that height, since too many requests have failed.
      List<Place> places = places(series).stream().filter(Place::shown).toList();
      if (places.isEmpty()) {
        return Optional.empty();
      }
      from = places.getLast();
    }
    double space = 14 + Frame.LETTER * name(series).length();
    double x = free(from, space, left);
    if (Double.isNaN(x)) {
      // On that side there is no room; on the other there may be, or it lies on lines.
      double other = free(from, space, !left);
      boolean found = !Double.isNaN(other);
      left = left != found;
      x = found ? other : left ? frame.left() + space : frame.right() - space;
    }
    return Optional.of(new Name(series, from, new Place(x, from.y()), left));
  }

  /**
   * The nearest place beside a point where no line passes through a name; beyond the edge if there
   * is none.
   */
  private double free(Place from, double space, boolean left) {
    double x = from.x();
    boolean moved = true;
    while (moved && x >= frame.left() && x <= frame.right()) {
      moved = false;
      for (Series other : chart.series()) {
        double[] passing =
            DoubleStream.of(from.y() - 6, from.y(), from.y() + 6)
                .map(height -> at(other, height))
                .filter(Double::isFinite)
                .sorted()
                .toArray();
        if (passing.length == 0) {
          continue;
        }
        double least = passing[0];
        double most = passing[passing.length - 1];
        if (left && least < x - 0.1 && most > x - space) {
          x = least;
          moved = true;
        } else if (!left && most > x + 0.1 && least < x + space) {
          x = most;
          moved = true;
        }
      }
    }
    double end = left ? x - space : x + space;
    return end < frame.left() || end > frame.right() ? Double.NaN : left ? x - 10 : x + 10;
  }

  /** Where a distribution passes a height; not-a-number if it does not. */
  private double at(Series series, double height) {
    Place before = new Place(Double.NaN, Double.NaN);
    for (Place place : places(series)) {
      if (place.shown() && place.y() <= height) {
        return before.shown() && before.y() > height
            ? before.x()
                + (place.x() - before.x()) * (before.y() - height) / (before.y() - place.y())
            : place.x();
      }
      before = place;
    }
    return Double.NaN;
  }

  private void name(Markup to, Series series, Place from, Place at, boolean left) {
    Look look = palette.of(series.name());
    to.open("g", "class", look.classes() + " n");
    to.segment("lead", from.x(), from.y(), left ? at.x() + 2 : at.x() - 2, at.y());
    if (chart.mark() != Chart.Mark.POINTS) {
      to.dot("dot", "2.6", from.x(), from.y());
    }
    to.open(
        "text",
        "class",
        (left ? "e" : "s") + (look.ours() ? " ours" : ""),
        "x",
        NumberText.place(at.x()),
        "y",
        NumberText.place(at.y() + 4));
    to.text(name(series));
    if (!name(series).equals(series.name())) {
      to.element("title", series.name());
    }
    to.close();
    to.close();
  }
}

package io.pickwick.bench.workload;

import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The parameters of a workload as a command line has them: {@code key=value}, separated by commas.
 *
 * <p>The first may be a value alone, which is the {@code path}. A value may be in double quotes,
 * and then have commas; a quote in it is doubled. Whoever reads asks for each key and ends with
 * {@link #end}, so that a key that nobody asked for is refused with those that there are.
 */
final class Options {
  /** The most tokens of one length, and far more than any model takes. */
  static final int MOST_TOKENS = 1 << 24;

  /** The most turns of a conversation, each of which has all before it in its prompt. */
  static final int MOST_TURNS = 1000;

  /** As people write one; the JDK takes {@code 0x1p3} and {@code 5d} too. */
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?");

  private final String workload;
  private final Map<String, String> given;
  private final boolean reading;
  private final Map<String, String> known = new LinkedHashMap<>();

  private Options(String workload, Map<String, String> given, boolean reading) {
    this.workload = workload;
    this.given = given;
    this.reading = reading;
  }

  /** Of which nothing is given or required, to learn what there is. */
  static Options none(String workload) {
    return new Options(workload, Map.of(), false);
  }

  static Options parse(String workload, String text) {
    Map<String, String> given = new LinkedHashMap<>();
    for (String part : text.isBlank() ? List.<String>of() : parts(workload, text)) {
      int equals = part.strip().startsWith("\"") ? -1 : part.indexOf('=');
      String key = equals < 0 ? "path" : part.substring(0, equals).strip();
      String value = unquoted(part.substring(equals + 1).strip());
      if (key.isEmpty() || value.isEmpty() || (equals < 0 && !given.isEmpty())) {
        throw new WorkloadException(
            "%s: '%s' is no parameter; they are key=value, separated by commas, and a value with a comma is in quotes, as in path=\"a,b\"."
                .formatted(workload, part));
      }
      if (given.put(key, value) != null) {
        throw new WorkloadException("%s: %s is given twice.".formatted(workload, key));
      }
    }
    return new Options(workload, given, true);
  }

  /** What is between the commas, of which those in quotes are none. */
  private static List<String> parts(String workload, String text) {
    List<String> parts = new ArrayList<>();
    int start = 0;
    boolean quoted = false;
    // A quote in the midst of a value is a part of it; one behind a closing quote stands for
    // itself.
    boolean opens = true;
    for (int at = 0; at < text.length(); at++) {
      char one = text.charAt(at);
      if (one == '"' && (quoted || opens)) {
        opens = quoted;
        quoted = !quoted;
      } else if (one == ',' && !quoted) {
        parts.add(text.substring(start, at));
        start = at + 1;
        opens = true;
      } else if (!Character.isWhitespace(one)) {
        opens = one == '=' && !quoted;
      }
    }
    if (quoted) {
      throw new WorkloadException(
          "%s: a quote is opened in '%s' and not closed; one in a path is doubled."
              .formatted(workload, text.substring(start)));
    }
    parts.add(text.substring(start));
    return parts;
  }

  private static String unquoted(String value) {
    return value.length() > 1 && value.startsWith("\"") && value.endsWith("\"")
        ? value.substring(1, value.length() - 1).replace("\"\"", "\"")
        : value;
  }

  /** A value as it is to be written. */
  static String quoted(String value) {
    return value.contains(",") || value.startsWith("\"") || !value.equals(value.strip())
        ? "\"" + value.replace("\"", "\"\"") + "\""
        : value;
  }

  /** Whether a key was given. */
  boolean has(String key) {
    return given.containsKey(key);
  }

  /** The keys asked for so far, each with what it is without being given. */
  String described() {
    return known.entrySet().stream()
        .map(entry -> entry.getKey() + "=" + entry.getValue())
        .collect(Collectors.joining(","));
  }

  private void know(String key, String hint) {
    if (known.put(key, hint) != null) {
      throw new IllegalStateException(key + " would have two meanings in " + workload + ".");
    }
  }

  String text(String key, String fallback) {
    know(key, fallback);
    return given.getOrDefault(key, fallback);
  }

  /** A value that may be left out; the hint describes it. */
  Optional<String> optional(String key, String hint) {
    know(key, hint);
    return Optional.ofNullable(given.get(key));
  }

  /** A value that must be given; the hint describes it. */
  private String required(String key, String hint) {
    know(key, hint);
    if (reading && !given.containsKey(key)) {
      throw new WorkloadException(
          "%s: the %s is missing; give it, as in %s:%s=%s."
              .formatted(workload, key, workload, key, hint));
    }
    return given.getOrDefault(key, hint);
  }

  /** The path, which must be given. */
  Path path() {
    String value = required("path", "PATH");
    try {
      return Path.of(value);
    } catch (InvalidPathException e) {
      throw refused("path", value, "this is no path: " + e.getReason());
    }
  }

  int count(String key, int fallback, int least) {
    return count(key, text(key, Integer.toString(fallback)), least);
  }

  int count(String key, String value, int least) {
    return count(key, value, value, least);
  }

  /** A count in a value that has more. */
  int count(String key, String value, String part, int least) {
    return whole(key, value, part, least, MOST_TOKENS);
  }

  /** A limit that may be left out. */
  int most(String key) {
    return optional(key, "all").map(value -> count(key, value, 1)).orElse(Integer.MAX_VALUE);
  }

  Range range(String key, Range fallback, int least) {
    return range(key, fallback, least, MOST_TOKENS);
  }

  Range range(String key, Range fallback, int least, int most) {
    String value = text(key, fallback.toString());
    int dots = value.indexOf("..");
    if (dots < 0) {
      return Range.of(whole(key, value, value, least, most));
    }
    int from = whole(key, value, value.substring(0, dots), least, most);
    int to = whole(key, value, value.substring(dots + 2), least, most);
    if (from > to) {
      throw refused(key, value, "give the smaller one first");
    }
    return new Range(from, to);
  }

  private int whole(String key, String value, String part, int least, int most) {
    try {
      int number = Integer.parseInt(part);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Answered below, as a number out of bounds is.
    }
    throw refused(key, value, "give a whole number from %d to %d".formatted(least, most));
  }

  double number(String key, double fallback, double least, double most) {
    return number(key, text(key, plain(fallback)), least, most);
  }

  double number(String key, String value, double least, double most) {
    return number(key, value, value, least, most);
  }

  /** A number in a value that has more. */
  double number(String key, String value, String part, double least, double most) {
    if (NUMBER.matcher(part).matches()) {
      double number = Double.parseDouble(part);
      if (number >= least && number <= most) {
        return number;
      }
    }
    throw refused(key, value, "give a number from %s to %s".formatted(plain(least), plain(most)));
  }

  /** A number from 0 to 1. */
  double share(String key, double fallback) {
    return number(key, fallback, 0, 1);
  }

  /** One of some words. */
  <E extends Enum<E>> E choice(String key, E fallback) {
    String value = text(key, word(fallback));
    for (E choice : fallback.getDeclaringClass().getEnumConstants()) {
      if (word(choice).equals(value)) {
        return choice;
      }
    }
    throw refused(
        key,
        value,
        Arrays.stream(fallback.getDeclaringClass().getEnumConstants())
            .map(Options::word)
            .collect(Collectors.joining(", ", "give one of ", "")));
  }

  private static String word(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT);
  }

  /** Refuses keys that have no effect beside the others. */
  void refuse(String why, String... keys) {
    for (String key : keys) {
      if (has(key)) {
        throw new WorkloadException(
            "%s: %s=%s has no effect here; it goes with %s."
                .formatted(workload, key, given.get(key), why));
      }
    }
  }

  WorkloadException refused(String key, String value, String mend) {
    return new WorkloadException("%s: %s=%s: %s.".formatted(workload, key, value, mend));
  }

  /** After the last key. */
  void end() {
    for (String key : given.keySet()) {
      if (!known.containsKey(key)) {
        throw new WorkloadException(
            "%s: there is no parameter %s; there are %s."
                .formatted(workload, key, String.join(", ", known.keySet())));
      }
    }
  }

  private static String plain(double number) {
    return new BigDecimal(Double.toString(number)).stripTrailingZeros().toPlainString();
  }
}

package io.pickwick.bench.workload;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The parameters of a workload as a command line has them: {@code key=value}, separated by commas.
 *
 * <p>The first may be a value alone, which is the {@code path}. Whoever reads asks for each key and
 * ends with {@link #end}, so that a key that nobody asked for is refused with those that there are.
 */
final class Options {
  /** The most tokens of one length, and far more than any model takes. */
  static final int MOST_TOKENS = 1 << 24;

  private static final double MOST_NUMBER = 1e7;

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
    if (!text.isBlank()) {
      for (String part : text.split(",", -1)) {
        int equals = part.indexOf('=');
        String key = equals < 0 ? "path" : part.substring(0, equals).strip();
        String value = part.substring(equals + 1).strip();
        if (key.isEmpty() || value.isEmpty() || (equals < 0 && !given.isEmpty())) {
          throw new WorkloadException(
              "%s: '%s' is no parameter; they are key=value, separated by commas."
                  .formatted(workload, part));
        }
        if (given.put(key, value) != null) {
          throw new WorkloadException("%s: %s is given twice.".formatted(workload, key));
        }
      }
    }
    return new Options(workload, given, true);
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
    return whole(key, value, value, least);
  }

  /** A limit that may be left out. */
  int most(String key) {
    return optional(key, "all").map(value -> count(key, value, 1)).orElse(Integer.MAX_VALUE);
  }

  Range range(String key, Range fallback, int least) {
    String value = text(key, fallback.toString());
    int dots = value.indexOf("..");
    if (dots < 0) {
      return Range.of(whole(key, value, value, least));
    }
    int from = whole(key, value, value.substring(0, dots), least);
    int to = whole(key, value, value.substring(dots + 2), least);
    if (from > to) {
      throw refused(key, value, "give the smaller one first");
    }
    return new Range(from, to);
  }

  private int whole(String key, String value, String part, int least) {
    try {
      int number = Integer.parseInt(part);
      if (number >= least && number <= MOST_TOKENS) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Answered below, as a number out of bounds is.
    }
    throw refused(key, value, "give a whole number from %d to %d".formatted(least, MOST_TOKENS));
  }

  double positive(String key, double fallback) {
    return positive(key, text(key, plain(fallback)));
  }

  double positive(String key, String value) {
    double number = number(key, value);
    if (number <= 0) {
      throw refused(key, value, "give a number above 0");
    }
    return number;
  }

  double notNegative(String key, String value) {
    double number = number(key, value);
    if (number < 0) {
      throw refused(key, value, "give a number that is not negative");
    }
    return number;
  }

  /** A number from 0 to 1. */
  double share(String key, double fallback) {
    String value = text(key, plain(fallback));
    double number = number(key, value);
    if (number < 0 || number > 1) {
      throw refused(key, value, "give a number from 0 to 1");
    }
    return number;
  }

  private double number(String key, String value) {
    try {
      double number = Double.parseDouble(value);
      // Drawn times with a mean of so many seconds are still far from what a long of nanoseconds
      // is.
      if (Math.abs(number) <= MOST_NUMBER) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Answered below.
    }
    throw refused(key, value, "give a number");
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
    return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
  }
}

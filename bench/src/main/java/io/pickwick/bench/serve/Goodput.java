package io.pickwick.bench.serve;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What a request must not exceed to count as good, written as in vLLM: {@code ttft:500}, {@code
 * tpot:50}, {@code e2el:10000}, in milliseconds.
 *
 * @param ttftMillis to the first token
 * @param tpotMillis for each token after it; a request with a single one has 0
 * @param e2elMillis to the end
 */
record Goodput(OptionalDouble ttftMillis, OptionalDouble tpotMillis, OptionalDouble e2elMillis) {
  /** No limit at all: nothing is judged. */
  static final Goodput NONE =
      new Goodput(OptionalDouble.empty(), OptionalDouble.empty(), OptionalDouble.empty());

  private static final List<String> NAMES = List.of("ttft", "tpot", "e2el");

  /**
   * Reads limits.
   *
   * @throws ServeException if one has another name or is no number from 0 on
   */
  static Goodput parse(List<String> limits) throws ServeException {
    Map<String, OptionalDouble> named = new LinkedHashMap<>();
    for (String limit : limits) {
      int colon = limit.indexOf(':');
      String name = colon < 0 ? limit : limit.substring(0, colon);
      if (!NAMES.contains(name)) {
        throw new ServeException(
            "--goodput takes ttft, tpot and e2el, each with milliseconds as in ttft:500, not %s."
                .formatted(limit));
      }
      named.put(name, OptionalDouble.of(millis(limit, limit.substring(colon + 1))));
    }
    return new Goodput(
        named.getOrDefault("ttft", OptionalDouble.empty()),
        named.getOrDefault("tpot", OptionalDouble.empty()),
        named.getOrDefault("e2el", OptionalDouble.empty()));
  }

  private static double millis(String limit, String text) throws ServeException {
    try {
      double millis = Double.parseDouble(text);
      if (millis >= 0 && Double.isFinite(millis)) {
        return millis;
      }
    } catch (NumberFormatException e) {
      // Told below, with what would be right.
    }
    throw new ServeException(
        "--goodput %s is no number of milliseconds; write it as in ttft:500.".formatted(limit));
  }

  /** Whether there is a limit. */
  boolean given() {
    return ttftMillis.isPresent() || tpotMillis.isPresent() || e2elMillis.isPresent();
  }

  /** Whether a request kept them all; a failed one did not. */
  boolean met(Outcome outcome) {
    return outcome.completed()
        && within(ttftMillis, outcome.ttftSeconds())
        && within(tpotMillis, outcome.tpotSeconds())
        && within(e2elMillis, outcome.latencySeconds());
  }

  private static boolean within(OptionalDouble limit, double seconds) {
    return limit.isEmpty() || limit.getAsDouble() / 1000 >= seconds;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    tell(text, "TTFT", ttftMillis);
    tell(text, "TPOT", tpotMillis);
    tell(text, "E2EL", e2elMillis);
    return text.toString();
  }

  private static void tell(StringBuilder text, String name, OptionalDouble limit) {
    if (limit.isPresent()) {
      text.append(text.isEmpty() ? "" : ", ")
          .append(String.format(Locale.ROOT, "%s <= %s ms", name, plain(limit.getAsDouble())));
    }
  }

  private static String plain(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}

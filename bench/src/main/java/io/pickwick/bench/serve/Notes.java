package io.pickwick.bench.serve;

import io.pickwick.bench.command.VisibleText;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What vLLM's block leaves out, in words: who failed and how, what was late, who answered. */
final class Notes {
  private static final double LATE_SECONDS = 0.01;
  private static final int MOST_PODS = 16;
  private static final int LONGEST_LINE = 400;
  private static final int MOST_EXAMPLES = 3;

  private Notes() {}

  /** Lines about the measured outcomes of one target. */
  static String of(List<Outcome> outcomes, Summary summary, Goodput goodput, long connections) {
    StringBuilder text = new StringBuilder();
    failures(text, outcomes);
    if (summary.failed() > 0) {
      line(text, "TTFT, failed as never", percentiles(summary.ttft(), summary.failed()));
      line(text, "E2EL, failed as never", percentiles(summary.e2el(), summary.failed()));
    }
    if (goodput.given()) {
      line(
          text,
          "kept " + goodput,
          "%d of %d (%.1f %%)"
              .formatted(
                  summary.good(),
                  outcomes.size(),
                  outcomes.isEmpty() ? 0 : 100.0 * summary.good() / outcomes.size()));
    }
    Distribution late =
        Distribution.of(outcomes.stream().mapToDouble(Outcome::lateSeconds).toArray());
    line(
        text,
        "sent late by",
        String.format(
            Locale.ROOT,
            "P50 %.2f ms, P99 %.2f ms, at most %.2f ms; %d by more than %.0f ms",
            late.median() * 1000,
            late.percentile(99) * 1000,
            late.max() * 1000,
            late.above(LATE_SECONDS),
            LATE_SECONDS * 1000));
    cached(text, outcomes);
    tokens(text, outcomes);
    pods(text, outcomes);
    line(text, "connections opened", Long.toString(connections));
    return text.toString();
  }

  private static void failures(StringBuilder text, List<Outcome> outcomes) {
    Map<String, List<Outcome>> kinds =
        outcomes.stream()
            .filter(one -> !one.completed())
            .collect(Collectors.groupingBy(Outcome::kind, TreeMap::new, Collectors.toList()));
    if (kinds.isEmpty()) {
      line(text, "failed", "none of %d".formatted(outcomes.size()));
      return;
    }
    line(
        text,
        "failed",
        "%d of %d: %s"
            .formatted(
                kinds.values().stream().mapToInt(List::size).sum(),
                outcomes.size(),
                kinds.entrySet().stream()
                    .map(kind -> kind.getValue().size() + " × " + kind.getKey())
                    .collect(Collectors.joining(", "))));
    kinds.values().stream()
        .limit(MOST_EXAMPLES)
        .forEach(
            kind -> line(text, "  such as " + kind.getFirst().kind(), kind.getFirst().detail()));
  }

  /** P50, P90 and P99 in words, with some that never came. */
  static String percentiles(Distribution completed, int failed) {
    Distribution all = completed.withMissing(failed);
    return List.of(50.0, 90.0, 99.0).stream()
        .map(percent ->
            "P"
                + ResultBlock.word(percent)
                + " "
                + (Double.isInfinite(all.percentile(percent))
                    ? "never"
                    : ResultBlock.decimals(all.percentile(percent) * 1000) + " ms"))
        .collect(Collectors.joining(", "));
  }

  private static void cached(StringBuilder text, List<Outcome> outcomes) {
    List<Outcome> telling = outcomes.stream().filter(one -> one.cachedTokens() >= 0).toList();
    if (!telling.isEmpty()) {
      long prompts = telling.stream().mapToLong(Outcome::promptTokens).sum();
      long cached = telling.stream().mapToLong(Outcome::cachedTokens).sum();
      line(
          text,
          "prompt tokens cached",
          String.format(
              Locale.ROOT, "%.1f %% of %d", prompts == 0 ? 0 : 100.0 * cached / prompts, prompts));
    }
  }

  private static void tokens(StringBuilder text, List<Outcome> outcomes) {
    long uncounted = outcomes.stream().filter(Outcome::withoutUsage).count();
    if (uncounted > 0) {
      line(
          text,
          "without usage",
          "%d answers; a chunk counts as a token of theirs".formatted(uncounted));
    }
    List<Outcome> absurd = outcomes.stream().filter(one -> !one.absurd().isEmpty()).toList();
    if (!absurd.isEmpty()) {
      line(
          text,
          "usage that can't be",
          "%d answers, such as %s; it counts for nothing"
              .formatted(absurd.size(), absurd.getFirst().absurd()));
    }
    long shorter = outcomes.stream().filter(Outcome::cutShort).count();
    if (shorter > 0) {
      line(text, "shorter than asked for", "%d answers".formatted(shorter));
    }
  }

  private static void pods(StringBuilder text, List<Outcome> outcomes) {
    Map<String, Long> pods =
        outcomes.stream()
            .map(Outcome::pod)
            .filter(pod -> !pod.isEmpty())
            .collect(
                Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
    if (!pods.isEmpty()) {
      line(
          text,
          "answered by",
          pods.entrySet().stream()
                  .limit(MOST_PODS)
                  .map(pod -> pod.getKey() + " " + pod.getValue())
                  .collect(Collectors.joining(", "))
              + (pods.size() > MOST_PODS ? " and %d more".formatted(pods.size() - MOST_PODS) : ""));
    }
  }

  private static void line(StringBuilder text, String what, String value) {
    String plain = VisibleText.line(value);
    if (plain.length() > LONGEST_LINE) {
      int end = plain.offsetByCodePoints(0, plain.codePointCount(0, LONGEST_LINE));
      plain = plain.substring(0, end) + " …";
    }
    text.append(String.format(Locale.ROOT, "%-40s %s%n", what + ":", plain));
  }
}

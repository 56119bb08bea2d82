package io.pickwick.bench.replay;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** Several policies on the same workloads, seed by seed. */
public final class Comparison {
  private static final String WORST = "random";
  private static final String BEST = "pooled";

  private record Column(String title, ToDoubleFunction<Summary> value, int decimals) {}

  private static final List<Column> COLUMNS =
      List.of(
          new Column("TTFT mean, ms", one -> one.ttft().mean(), 0),
          new Column("p50", one -> one.ttft().p50(), 0),
          new Column("p90", one -> one.ttft().p90(), 0),
          new Column("p99", one -> one.ttft().p99(), 0),
          new Column("TPOT mean, ms", one -> one.tpot().mean(), 1),
          new Column("ITL p99, ms", one -> one.itl().p99(), 0),
          new Column("E2E mean, s", one -> one.e2e().mean() / 1000, 2),
          new Column("good, %", one -> 100 * one.goodShare(), 1),
          new Column("hits, %", one -> 100 * one.hitRatio(), 1),
          new Column("imbalance", Summary::imbalance, 2),
          new Column("queue", Summary::meanQueue, 2),
          new Column("failed", Summary::failed, 0));

  private final Map<String, Map<Long, Summary>> byPolicy = new LinkedHashMap<>();

  /** Takes a run in. */
  public void add(String policy, long seed, Summary summary) {
    byPolicy.computeIfAbsent(policy, _ -> new LinkedHashMap<>()).put(seed, summary);
  }

  /** Whether no run has completed a request. */
  boolean isEmpty() {
    return byPolicy.values().stream()
        .flatMap(runs -> runs.values().stream())
        .allMatch(run -> run.completed() == 0);
  }

  /** The policies, in the order in which they came. */
  public List<String> policies() {
    return List.copyOf(byPolicy.keySet());
  }

  /**
   * How much longer the mean time to first token of a policy is than another's, in percent of its
   * own, paired seed by seed; empty unless both were run with a seed in common.
   */
  public Optional<Estimate> excess(String policy, String other) {
    Map<Long, Summary> its = byPolicy.getOrDefault(policy, Map.of());
    Map<Long, Summary> others = byPolicy.getOrDefault(other, Map.of());
    double[] excess =
        its.keySet().stream()
            .filter(others::containsKey)
            .mapToDouble(seed -> 100 * (1 - mean(others, seed) / mean(its, seed)))
            .toArray();
    return excess.length == 0 ? Optional.empty() : Optional.of(Estimate.of(excess));
  }

  /** A number of a policy over its seeds. */
  public Estimate estimate(String policy, ToDoubleFunction<Summary> value) {
    return Estimate.of(
        byPolicy.getOrDefault(policy, Map.of()).values().stream().mapToDouble(value).toArray());
  }

  /**
   * How much of the way from the random policy's mean time to first token to that of pooled caches
   * a policy has made, in percent; empty unless both were run.
   */
  public Optional<Estimate> gapClosed(String policy) {
    Map<Long, Summary> worst = byPolicy.getOrDefault(WORST, Map.of());
    Map<Long, Summary> best = byPolicy.getOrDefault(BEST, Map.of());
    double[] closed =
        byPolicy.getOrDefault(policy, Map.of()).entrySet().stream()
            .filter(one -> worst.containsKey(one.getKey()) && best.containsKey(one.getKey()))
            .mapToDouble(one -> {
              double from = mean(worst, one.getKey());
              double to = mean(best, one.getKey());
              return 100 * (from - one.getValue().ttft().mean()) / (from - to);
            })
            .toArray();
    return closed.length == 0 ? Optional.empty() : Optional.of(Estimate.of(closed));
  }

  private static double mean(Map<Long, Summary> bySeed, long seed) {
    Summary summary = bySeed.get(seed);
    return summary == null ? Double.NaN : summary.ttft().mean();
  }

  /** A table in Markdown, a row for each policy in the order in which they came. */
  public String markdown() {
    StringBuilder table = new StringBuilder("| policy |");
    COLUMNS.forEach(column -> table.append(' ').append(column.title).append(" |"));
    table.append(" gap closed, % |\n|---|");
    COLUMNS.forEach(_ -> table.append("---:|"));
    table.append("---:|\n");
    for (String policy : byPolicy.keySet()) {
      table.append("| ").append(policy).append(" |");
      for (Column column : COLUMNS) {
        table.append(' ').append(cell(estimate(policy, column.value), column.decimals));
        table.append(" |");
      }
      table.append(' ');
      table.append(gapClosed(policy).map(closed -> cell(closed, 1)).orElse("–"));
      table.append(" |\n");
    }
    return table.toString();
  }

  private static String cell(Estimate estimate, int decimals) {
    if (Double.isNaN(estimate.mean())) {
      return "–";
    }
    if (Double.isInfinite(estimate.mean())) {
      return "failed";
    }
    String mean = String.format(Locale.ROOT, "%." + decimals + "f", estimate.mean());
    return Double.isNaN(estimate.halfWidth()) || estimate.halfWidth() == 0
        ? mean
        : mean + String.format(Locale.ROOT, " ± %." + decimals + "f", estimate.halfWidth());
  }
}

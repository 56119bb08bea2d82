package io.pickwick.bench.scenario;

import io.pickwick.bench.replay.Comparison;
import io.pickwick.bench.replay.Estimate;
import io.pickwick.bench.replay.Summary;
import io.pickwick.bench.report.Cell;
import io.pickwick.bench.report.Table;
import java.util.function.ToDoubleFunction;

/** A number of a run, and how it is shown. */
record Measure(
    String title, String unit, int decimals, Table.Best best, ToDoubleFunction<Summary> value) {
  static final Measure TTFT_MEAN = least("TTFT mean", "ms", 0, one -> one.ttft().mean());
  static final Measure TTFT_P50 = least("TTFT p50", "ms", 0, one -> one.ttft().p50());
  static final Measure TTFT_P90 = least("TTFT p90", "ms", 0, one -> one.ttft().p90());
  static final Measure TTFT_P99 = least("TTFT p99", "ms", 0, one -> one.ttft().p99());
  static final Measure TPOT_MEAN = least("TPOT mean", "ms", 1, one -> one.tpot().mean());
  static final Measure TPOT_P99 = least("TPOT p99", "ms", 1, one -> one.tpot().p99());
  static final Measure ITL_P99 = least("ITL p99", "ms", 0, one -> one.itl().p99());
  static final Measure E2E_MEAN = least("E2E mean", "s", 2, one -> one.e2e().mean() / 1000);
  static final Measure GOOD = most("good", "%", 1, one -> 100 * one.goodShare());
  static final Measure HITS = most("hits", "%", 1, one -> 100 * one.hitRatio());
  static final Measure OUTPUT = most("output", "tok/s", 0, Summary::outputTokensPerSecond);
  static final Measure QUEUE = least("queue", "", 2, Summary::meanQueue);
  static final Measure IMBALANCE = least("imbalance", "", 2, Summary::imbalance);
  static final Measure FAILED = least("failed", "", 0, Summary::failed);

  private static Measure least(
      String title, String unit, int decimals, ToDoubleFunction<Summary> value) {
    return new Measure(title, unit, decimals, Table.Best.LEAST, value);
  }

  private static Measure most(
      String title, String unit, int decimals, ToDoubleFunction<Summary> value) {
    return new Measure(title, unit, decimals, Table.Best.MOST, value);
  }

  Table.Column column() {
    return new Table.Column("", title, unit, decimals, best);
  }

  Cell cell(Comparison comparison, String policy) {
    return cell(comparison.estimate(policy, value));
  }

  static Cell cell(Estimate estimate) {
    return Cell.of(estimate.mean(), estimate.halfWidth());
  }
}

package io.pickwick.bench.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SummaryTest {
  private static long[] millis(long from, long to) {
    return LongStream.rangeClosed(from, to).map(one -> one * 1_000_000).toArray();
  }

  @Test
  void percentilesAreNearestRanks() {
    Latency latency = Latency.of(millis(1, 200), 0);
    assertThat(latency).isEqualTo(new Latency(100.5, 100, 180, 198));
  }

  @Test
  void aFailedRequestTookForEver() {
    Latency latency = Latency.of(millis(1, 90), 10);
    assertThat(latency.mean()).isEqualTo(45.5);
    assertThat(latency.p50()).isEqualTo(50);
    assertThat(latency.p90()).isEqualTo(90);
    assertThat(latency.p99()).isInfinite();
    assertThat(Latency.of(millis(1, 89), 11).p90()).isInfinite();
  }

  @Test
  void nothingHasNoLatencyAndFailedOnesAnInfiniteOne() {
    assertThat(Latency.of(new long[0], 0).p50()).isNaN();
    assertThat(Latency.of(new long[0], 3).p50()).isInfinite();
    assertThat(Latency.of(new long[0], 3).mean()).isNaN();
  }

  @Test
  void theIntervalIsStudents() {
    Estimate estimate = Estimate.of(1, 2, 3, 4, 5);
    assertThat(estimate.mean()).isEqualTo(3);
    assertThat(estimate.halfWidth()).isCloseTo(2.776 * Math.sqrt(2.5 / 5), within(1e-9));
    assertThat(Estimate.of(7).halfWidth()).isNaN();
  }

  @Test
  void theGapClosedIsTheWayFromRandomToPooledSeedBySeed() {
    Comparison comparison = new Comparison();
    add(comparison, "random", 1, 1000);
    add(comparison, "random", 2, 3000);
    add(comparison, "pooled", 1, 500);
    add(comparison, "pooled", 2, 1000);
    add(comparison, "ours", 1, 600);
    add(comparison, "ours", 2, 1000);
    assertThat(comparison.gapClosed("random").orElseThrow().mean()).isZero();
    assertThat(comparison.gapClosed("pooled").orElseThrow().mean()).isEqualTo(100);
    assertThat(comparison.gapClosed("ours").orElseThrow().mean()).isEqualTo(90);
    assertThat(comparison.markdown())
        .contains("| ours | 800 ± 2541 |")
        .contains("| 90.0 ± 127.1 |\n");
  }

  @Test
  void withoutBothEndsThereIsNoGap() {
    Comparison comparison = new Comparison();
    add(comparison, "random", 1, 1000);
    add(comparison, "ours", 1, 600);
    assertThat(comparison.gapClosed("ours")).isEmpty();
    assertThat(comparison.markdown()).contains("| ours | 600 |").endsWith("| – |\n");
  }

  private static void add(Comparison comparison, String policy, long seed, double ttft) {
    Latency latency = new Latency(ttft, ttft, ttft, ttft);
    comparison.add(
        policy,
        seed,
        new Summary(
            latency, latency, latency, latency, 10, 0, 1, 1, 0.5, 1, 0, 0, 0.5, 100, 0, 10));
  }
}

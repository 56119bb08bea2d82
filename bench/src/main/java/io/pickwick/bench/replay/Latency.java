package io.pickwick.bench.replay;

import java.util.Arrays;

/**
 * How long something took, in milliseconds.
 *
 * <p>What has failed counts in the percentiles as having taken for ever: one that falls among the
 * failed is infinite. The mean is that of the others.
 *
 * @param mean not-a-number when there are none but failed ones
 */
public record Latency(double mean, double p50, double p90, double p99) {
  /**
   * Of these times and some more that never came.
   *
   * @param nanos in any order; sorted here
   */
  static Latency of(long[] nanos, int failed) {
    Arrays.sort(nanos);
    double sum = 0;
    for (long one : nanos) {
      sum += one;
    }
    return new Latency(
        nanos.length == 0 ? Double.NaN : sum / nanos.length / 1e6,
        percentile(nanos, failed, 0.5),
        percentile(nanos, failed, 0.9),
        percentile(nanos, failed, 0.99));
  }

  /** The nearest rank: the least time that at least that share of all did not exceed. */
  private static double percentile(long[] sorted, int failed, double share) {
    int count = sorted.length + failed;
    if (count == 0) {
      return Double.NaN;
    }
    int rank = Math.max(1, (int) Math.ceil(share * count - 1e-9));
    return rank > sorted.length ? Double.POSITIVE_INFINITY : sorted[rank - 1] / 1e6;
  }
}

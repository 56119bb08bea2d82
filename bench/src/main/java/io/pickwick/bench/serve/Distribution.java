package io.pickwick.bench.serve;

import java.util.Arrays;

/**
 * Numbers in ascending order, with the statistics of numpy that vLLM's benchmark prints.
 *
 * <p>None at all have the mean, median and percentiles 0, as there. Infinite ones are those that
 * never came; a percentile next to one is infinite.
 */
final class Distribution {
  private final double[] sorted;

  private Distribution(double[] sorted) {
    this.sorted = sorted;
  }

  /** Of numbers in any order; copied. */
  static Distribution of(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return new Distribution(sorted);
  }

  /** The same numbers and some that never came. */
  Distribution withMissing(int count) {
    double[] all = Arrays.copyOf(sorted, sorted.length + count);
    Arrays.fill(all, sorted.length, all.length, Double.POSITIVE_INFINITY);
    return new Distribution(all);
  }

  int size() {
    return sorted.length;
  }

  double mean() {
    return sorted.length == 0 ? 0 : Arrays.stream(sorted).sum() / sorted.length;
  }

  /** The standard deviation of these numbers, not an estimate for those they were drawn from. */
  double deviation() {
    if (sorted.length == 0) {
      return 0;
    }
    double mean = mean();
    return Math.sqrt(
        Arrays.stream(sorted).map(value -> (value - mean) * (value - mean)).sum() / sorted.length);
  }

  double median() {
    if (sorted.length == 0) {
      return 0;
    }
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /**
   * A percentile by linear interpolation, numpy's default: between the two numbers around the place
   * {@code percent / 100 · (n − 1)}, reckoned from the nearer one.
   *
   * @param percent 0 to 100
   */
  double percentile(double percent) {
    if (sorted.length == 0) {
      return 0;
    }
    double place = percent / 100 * (sorted.length - 1);
    int below = Math.min((int) Math.floor(place), sorted.length - 1);
    int above = Math.min(below + 1, sorted.length - 1);
    double share = place - below;
    double low = sorted[below];
    double high = sorted[above];
    if (share == 0 || low == high) {
      return low;
    }
    if (Double.isInfinite(high)) {
      return high;
    }
    double step = high - low;
    return share >= 0.5 ? high - step * (1 - share) : low + step * share;
  }

  /** The largest; 0 for none. */
  double max() {
    return sorted.length == 0 ? 0 : sorted[sorted.length - 1];
  }

  /** How many are above a limit. */
  int above(double limit) {
    int count = 0;
    for (int at = sorted.length - 1; at >= 0 && sorted[at] > limit; at--) {
      count++;
    }
    return count;
  }
}

package io.pickwick.bench.simulate;

/** Counts of values up to each of some bounds, as Prometheus has them; guarded by its owner. */
final class Histogram {
  private final double[] bounds;
  private final long[] counts;
  private long count;
  private double sum;

  /** With the upper bounds in ascending order; the last one is infinite. */
  Histogram(double[] bounds) {
    this.bounds = bounds.clone();
    this.counts = new long[bounds.length];
  }

  void add(double value) {
    int bucket = 0;
    while (bucket < bounds.length - 1 && value > bounds[bucket]) {
      bucket++;
    }
    counts[bucket]++;
    count++;
    sum += value;
  }

  /** How many values were at most the bound of that bucket. */
  double upTo(int bucket) {
    long total = 0;
    for (int i = 0; i <= bucket; i++) {
      total += counts[i];
    }
    return total;
  }

  double count() {
    return count;
  }

  double sum() {
    return sum;
  }
}

package io.pickwick.schedule.plugin;

/** The field's relative score of a count: 1 for the least, 0 for the most, all 1 when equal. */
final class LeastFirst {
  private LeastFirst() {}

  /** Turns the first {@code size} counts into their scores. */
  static void rate(double[] counts, int size) {
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < size; i++) {
      min = Math.min(min, counts[i]);
      max = Math.max(max, counts[i]);
    }
    double range = max - min;
    for (int i = 0; i < size; i++) {
      counts[i] = range == 0 ? 1 : (max - counts[i]) / range;
    }
  }
}

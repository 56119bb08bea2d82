package io.pickwick.bench.load;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;

/** The median of some measurements, with the least and the greatest of them. */
record Spread(double median, double min, double max) {
  /** Of at least one measurement; the median of an even number is the mean of the middle two. */
  static Spread of(Collection<Double> measurements) {
    double[] sorted = measurements.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    if (sorted.length == 0) {
      throw new IllegalArgumentException("nothing was measured");
    }
    int middle = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return new Spread(median, sorted[0], Arrays.stream(sorted).max().getAsDouble());
  }

  /** Such as {@code 0.101 (0.098–0.122)}. */
  String text(int decimals) {
    String number = "%." + decimals + "f";
    return String.format(
        Locale.ROOT, number + " (" + number + "–" + number + ")", median, min, max);
  }
}

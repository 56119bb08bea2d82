package io.pickwick.bench.report;

/**
 * What a coordinate means.
 *
 * @param title what is measured
 * @param unit of it; empty for none
 * @param logarithmic whether equal steps are equal ratios
 * @param least where it begins; not-a-number: where the points do
 * @param most where it ends; not-a-number: where the points do
 */
public record Axis(String title, String unit, boolean logarithmic, double least, double most) {
  /** From zero to where the points end. */
  public static Axis linear(String title, String unit) {
    return new Axis(title, unit, false, 0, Double.NaN);
  }

  /** As long as the points need, in equal ratios. */
  public static Axis logarithmic(String title, String unit) {
    return new Axis(title, unit, true, Double.NaN, Double.NaN);
  }

  /** From 0 to 100 %. */
  public static Axis percent(String title) {
    return new Axis(title, "%", false, 0, 100);
  }

  /** Its title with its unit. */
  String text() {
    return unit.isEmpty() ? title : title + ", " + unit;
  }
}

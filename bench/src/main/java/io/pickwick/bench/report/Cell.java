package io.pickwick.bench.report;

/** What stands in a cell of a table. */
public sealed interface Cell {
  /** Nothing is known. */
  Cell NONE = new Words("–");

  /**
   * A number.
   *
   * @param mean not-a-number where there is none, infinite where too many requests have failed
   * @param halfWidth of its 95 % confidence interval; not-a-number if that is not known
   * @param compared whether it may be the best of its column
   */
  record Measure(double mean, double halfWidth, boolean compared) implements Cell {
    /** The same number, which is never shown as the best. */
    Measure apart() {
      return new Measure(mean, halfWidth, false);
    }
  }

  /** Words instead, shown as they are. */
  record Words(String text) implements Cell {}

  /** A number of which nothing more is known. */
  static Cell of(double value) {
    return of(value, Double.NaN);
  }

  /** A mean and how well it is known. */
  static Measure of(double mean, double halfWidth) {
    return new Measure(mean, halfWidth, true);
  }

  /** Words. */
  static Cell of(String text) {
    return new Words(text);
  }
}

package io.pickwick.bench.report;

import java.util.Locale;

/** Numbers as a reader sees them. */
final class NumberText {
  /** Where there is no number. */
  static final String NONE = "–";

  private static final double HUGE = 1e9;

  private NumberText() {}

  /** With that many decimals, thousands apart; very large ones as a power of ten. */
  static String fixed(double value, int decimals) {
    if (Double.isNaN(value)) {
      return NONE;
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "∞" : "−∞";
    }
    if (Math.abs(value) >= HUGE) {
      return String.format(Locale.ROOT, "%.2e", value);
    }
    String text = String.format(Locale.ROOT, "%,." + decimals + "f", value);
    return negativeZero(text) ? text.substring(1) : text.replace('-', '−');
  }

  /** With three digits that matter. */
  static String brief(double value) {
    double size = Math.abs(value);
    return fixed(value, size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
  }

  /** A place in a drawing: tenths are enough. */
  static String place(double value) {
    long tenths = Math.round(value * 10);
    return tenths % 10 == 0 ? Long.toString(tenths / 10) : Double.toString(tenths / 10.0);
  }

  private static boolean negativeZero(String text) {
    return text.startsWith("-") && text.chars().noneMatch(digit -> digit >= '1' && digit <= '9');
  }
}

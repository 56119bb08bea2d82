package io.pickwick.bench.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Numbers as a reader sees them. */
final class NumberText {
  /** Where there is no number. */
  static final String NONE = "–";

  private static final String SIZES = " kMGT";
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

  /** With that many decimals, but from a thousand on without. */
  static String cell(double value, int decimals) {
    return fixed(value, decimalsOf(value, decimals));
  }

  /** How well a number is known, with the decimals that it has; empty if that is not known. */
  static String halfWidth(Cell.Measure measure, int decimals) {
    return Double.isFinite(measure.mean()) && measure.halfWidth() > 0
        ? "± " + fixed(measure.halfWidth(), decimalsOf(measure.mean(), decimals))
        : "";
  }

  private static int decimalsOf(double value, int decimals) {
    return Math.abs(value) >= 1000 ? 0 : decimals;
  }

  /** With three digits that matter. */
  static String brief(double value) {
    return fixed(value, decimals(value));
  }

  /** The decimals that make three digits. */
  static int decimals(double value) {
    double size = Math.abs(value);
    return size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  }

  /** As short as it can be said, for the marks of an axis. */
  static String tick(double value) {
    double size = Math.abs(value);
    if (size >= 1e15 || (size > 0 && size < 1e-6)) {
      return String.format(Locale.ROOT, "%.0e", value).replace('-', '−');
    }
    int step = 0;
    double scaled = value;
    while (size >= 1e6 && Math.abs(scaled) >= 1000 && step < SIZES.length() - 1) {
      scaled /= 1000;
      step++;
    }
    BigDecimal digits = new BigDecimal(scaled, new MathContext(6)).stripTrailingZeros();
    String text = String.format(Locale.ROOT, "%,." + Math.max(0, digits.scale()) + "f", digits);
    return (step == 0 ? text : text + SIZES.charAt(step)).replace('-', '−');
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

package io.pickwick.epp.prompt.template.jinja;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Floats in the notations {@code f}, {@code e} and {@code g} of Python, without their sign. */
final class NumberFormat {
  private NumberFormat() {}

  static String of(Render render, double value, char notation, int precision, boolean keepZeros) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return "inf";
    }
    render.make(precision);
    BigDecimal exact = new BigDecimal(Math.abs(value));
    return switch (notation) {
      case 'f', 'F' -> exact.setScale(precision, RoundingMode.HALF_EVEN).toPlainString();
      case 'e', 'E' -> scientific(exact, precision);
      default -> general(exact, Math.max(1, precision), keepZeros);
    };
  }

  private static BigDecimal rounded(BigDecimal value, int digits) {
    return value.round(new MathContext(digits, RoundingMode.HALF_EVEN));
  }

  private static int exponent(BigDecimal value) {
    return value.signum() == 0 ? 0 : value.precision() - value.scale() - 1;
  }

  private static String scientific(BigDecimal value, int precision) {
    BigDecimal rounded = rounded(value, precision + 1);
    int exponent = exponent(rounded);
    BigDecimal mantissa =
        rounded.movePointLeft(exponent).setScale(precision, RoundingMode.HALF_EVEN);
    return mantissa.toPlainString() + exponentText(exponent);
  }

  private static String exponentText(int exponent) {
    int size = Math.abs(exponent);
    return (exponent < 0 ? "e-" : "e+") + (size < 10 ? "0" : "") + size;
  }

  private static String general(BigDecimal value, int precision, boolean keepZeros) {
    BigDecimal rounded = rounded(value, precision);
    int exponent = exponent(rounded);
    boolean scientific = exponent < -4 || exponent >= precision;
    BigDecimal shown = scientific ? rounded.movePointLeft(exponent) : rounded;
    int scale = precision - 1 - (scientific ? 0 : exponent);
    String digits = shown.setScale(Math.max(0, scale), RoundingMode.HALF_EVEN).toPlainString();
    if (!keepZeros && digits.indexOf('.') >= 0) {
      digits = Text.strip(digits, "0", false, true);
      digits = Text.strip(digits, ".", false, true);
    }
    return scientific ? digits + exponentText(exponent) : digits;
  }
}

package io.pickwick.epp.prompt.template.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/** Python's numbers: whole ones of any size ({@code Long}, {@code BigInteger}) and floats. */
final class Numbers {
  private static final int MAX_BITS = 1 << 16;

  private Numbers() {}

  /** A whole number in its one form: a Long where it fits. */
  static Object whole(BigInteger value) {
    if (value.bitLength() < Long.SIZE) {
      return value.longValue();
    }
    if (value.bitLength() > MAX_BITS) {
      throw new Failure("the template makes a number that is too large");
    }
    return value;
  }

  static boolean isWhole(Object value) {
    return value instanceof Long || value instanceof Boolean || value instanceof BigInteger;
  }

  static boolean isNumber(Object value) {
    return value instanceof Double || isWhole(value);
  }

  static BigInteger big(Object value) {
    return switch (value) {
      case BigInteger big -> big;
      case Boolean bool -> bool ? BigInteger.ONE : BigInteger.ZERO;
      default -> BigInteger.valueOf((Long) value);
    };
  }

  static double real(Object value) {
    return switch (value) {
      case Double real -> real;
      case Boolean bool -> bool ? 1 : 0;
      case BigInteger big -> {
        double real = big.doubleValue();
        if (Double.isInfinite(real)) {
          throw new Failure(Failure.Kind.OVERFLOW, "int too large to convert to float");
        }
        yield real;
      }
      default -> (double) (Long) value;
    };
  }

  private static long small(Object value) {
    return value instanceof Boolean bool ? (bool ? 1 : 0) : (Long) value;
  }

  private static boolean fits(Object value) {
    return value instanceof Long || value instanceof Boolean;
  }

  static int compare(Object left, Object right) {
    if (fits(left) && fits(right)) {
      return Long.compare(small(left), small(right));
    }
    if (left instanceof Double || right instanceof Double) {
      double a = left instanceof Double real ? real : Double.NaN;
      double b = right instanceof Double real ? real : Double.NaN;
      if (left instanceof Double && right instanceof Double) {
        return a < b ? -1 : a > b ? 1 : 0;
      }
      double real = left instanceof Double ? a : b;
      BigInteger whole = big(left instanceof Double ? right : left);
      int sign = left instanceof Double ? 1 : -1;
      if (Double.isInfinite(real)) {
        return real > 0 ? sign : -sign;
      }
      return sign * new BigDecimal(real).compareTo(new BigDecimal(whole));
    }
    return big(left).compareTo(big(right));
  }

  static boolean equal(Object left, Object right) {
    if (isNan(left) || isNan(right)) {
      return false;
    }
    return compare(left, right) == 0;
  }

  static boolean isNan(Object value) {
    return value instanceof Double real && real.isNaN();
  }

  static Object binary(String operator, Object left, Object right) {
    if (operator.equals("/")) {
      return divide(left, right);
    }
    if (left instanceof Double || right instanceof Double) {
      return reals(operator, real(left), real(right));
    }
    if (fits(left) && fits(right)) {
      return smalls(operator, small(left), small(right));
    }
    return bigs(operator, big(left), big(right));
  }

  private static Object divide(Object left, Object right) {
    if (right instanceof Double || left instanceof Double) {
      double divisor = real(right);
      if (divisor == 0) {
        throw new Failure("float division by zero");
      }
      return real(left) / divisor;
    }
    if (big(right).signum() == 0) {
      throw new Failure("division by zero");
    }
    if (fits(left)
        && fits(right)
        && Math.abs(small(left)) < 1L << 53
        && Math.abs(small(right)) < 1L << 53) {
      return (double) small(left) / (double) small(right);
    }
    return new BigDecimal(big(left))
        .divide(new BigDecimal(big(right)), new MathContext(400))
        .doubleValue();
  }

  private static Object reals(String operator, double left, double right) {
    return switch (operator) {
      case "+" -> left + right;
      case "-" -> left - right;
      case "*" -> left * right;
      case "//" -> {
        checkDivisor(right, "float floor division by zero");
        yield floorDivide(left, right);
      }
      case "%" -> {
        checkDivisor(right, "float modulo");
        yield modulo(left, right);
      }
      case "**" -> {
        if (left == 0 && right < 0) {
          throw new Failure("0.0 cannot be raised to a negative power");
        }
        if (left < 0 && right != Math.rint(right)) {
          throw new Failure("complex numbers are not supported");
        }
        double power = Math.pow(left, right);
        if (Double.isInfinite(power) && !Double.isInfinite(left) && !Double.isInfinite(right)) {
          throw new Failure(Failure.Kind.OVERFLOW, "Numerical result out of range");
        }
        yield power;
      }
      default -> throw new IllegalArgumentException(operator);
    };
  }

  private static void checkDivisor(double divisor, String message) {
    if (divisor == 0) {
      throw new Failure(message);
    }
  }

  private static double modulo(double left, double right) {
    double rest = left % right;
    if (rest != 0) {
      return (right < 0) != (rest < 0) ? rest + right : rest;
    }
    return Math.copySign(0.0, right);
  }

  private static double floorDivide(double left, double right) {
    double rest = left % right;
    double quotient = (left - rest) / right;
    if (rest != 0 && (right < 0) != (rest < 0)) {
      quotient -= 1;
    }
    if (quotient == 0) {
      return Math.copySign(0.0, left / right);
    }
    double floor = Math.floor(quotient);
    return quotient - floor > 0.5 ? floor + 1 : floor;
  }

  private static Object smalls(String operator, long left, long right) {
    switch (operator) {
      case "+" -> {
        long sum = left + right;
        if (((left ^ sum) & (right ^ sum)) >= 0) {
          return sum;
        }
      }
      case "-" -> {
        long difference = left - right;
        if (((left ^ right) & (left ^ difference)) >= 0) {
          return difference;
        }
      }
      case "//", "%" -> {
        if (right != 0 && right != -1) {
          return operator.equals("%") ? Math.floorMod(left, right) : Math.floorDiv(left, right);
        }
      }
      default -> {}
    }
    return bigs(operator, BigInteger.valueOf(left), BigInteger.valueOf(right));
  }

  private static Object bigs(String operator, BigInteger left, BigInteger right) {
    return switch (operator) {
      case "+" -> whole(left.add(right));
      case "-" -> whole(left.subtract(right));
      case "*" -> whole(left.multiply(right));
      case "//", "%" -> {
        if (right.signum() == 0) {
          throw new Failure("integer division or modulo by zero");
        }
        BigInteger[] parts = left.divideAndRemainder(right);
        boolean down = parts[1].signum() != 0 && parts[1].signum() != right.signum();
        yield operator.equals("%")
            ? whole(down ? parts[1].add(right) : parts[1])
            : whole(down ? parts[0].subtract(BigInteger.ONE) : parts[0]);
      }
      case "**" -> power(left, right);
      default -> throw new IllegalArgumentException(operator);
    };
  }

  private static Object power(BigInteger base, BigInteger exponent) {
    if (exponent.signum() < 0) {
      if (base.signum() == 0) {
        throw new Failure("0.0 cannot be raised to a negative power");
      }
      return Math.pow(real(whole(base)), real(whole(exponent)));
    }
    if (base.abs().bitLength() <= 1) {
      boolean negative = base.signum() < 0 && exponent.testBit(0);
      return exponent.signum() == 0 ? 1L : negative ? -1L : (long) base.abs().intValue();
    }
    if (exponent.bitLength() > 31 || (long) exponent.intValue() * base.bitLength() > MAX_BITS) {
      throw new Failure("the template makes a number that is too large");
    }
    return whole(base.pow(exponent.intValue()));
  }

  static Object negate(Object value) {
    return value instanceof Double real ? (Object) (-real) : whole(big(value).negate());
  }

  static Object positive(Object value) {
    return value instanceof Double ? value : whole(big(value));
  }

  static Object absolute(Object value) {
    return value instanceof Double real ? (Object) Math.abs(real) : whole(big(value).abs());
  }

  /** {@code int()} of a float. */
  static Object truncate(double value) {
    if (Double.isNaN(value)) {
      throw Failure.value("cannot convert float NaN to integer");
    }
    if (Double.isInfinite(value)) {
      throw new Failure(Failure.Kind.OVERFLOW, "cannot convert float infinity to integer");
    }
    return whole(new BigDecimal(value).toBigInteger());
  }

  /** {@code int()} of a text. */
  static Object parseWhole(String text, int base) {
    String digits = Text.strip(text);
    boolean negative = digits.startsWith("-");
    if (negative || digits.startsWith("+")) {
      digits = digits.substring(1);
    }
    int radix = base;
    boolean prefixed = false;
    if (digits.length() > 1 && digits.charAt(0) == '0') {
      int named =
          switch (digits.charAt(1)) {
            case 'x', 'X' -> 16;
            case 'o', 'O' -> 8;
            case 'b', 'B' -> 2;
            default -> 0;
          };
      if (named != 0 && (base == named || base == 0)) {
        radix = named;
        digits = digits.substring(2);
        prefixed = true;
      }
    }
    if (radix == 0) {
      radix = 10;
    }
    String plain = digits.replace("_", "");
    boolean misplaced =
        (digits.startsWith("_") && !prefixed) || digits.endsWith("_") || digits.contains("__");
    if (plain.isEmpty() || misplaced || plain.startsWith("-") || plain.startsWith("+")) {
      throw Failure.value("invalid literal for int(): " + text);
    }
    try {
      BigInteger value = new BigInteger(plain, radix);
      return whole(negative ? value.negate() : value);
    } catch (NumberFormatException e) {
      throw Failure.value("invalid literal for int(): " + text);
    }
  }

  /** {@code float()} of a text. */
  static double parseReal(String text) {
    String digits = Text.lower(Text.strip(text));
    String unsigned =
        digits.startsWith("-") || digits.startsWith("+") ? digits.substring(1) : digits;
    double sign = digits.startsWith("-") ? -1 : 1;
    switch (unsigned) {
      case "inf", "infinity" -> {
        return sign * Double.POSITIVE_INFINITY;
      }
      case "nan" -> {
        return Double.NaN;
      }
      default -> {}
    }
    if (!unsigned.matches(
        "(\\d+(_\\d+)*\\.?(\\d+(_\\d+)*)?|\\.\\d+(_\\d+)*)(e[+\\-]?\\d+(_\\d+)*)?")) {
      throw Failure.value("could not convert string to float: " + text);
    }
    return sign * Double.parseDouble(unsigned.replace("_", ""));
  }

  /** The fewest digits that read as this number; Java alone never takes less than two. */
  private static BigDecimal shortest(double value) {
    BigDecimal digits = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    if (digits.precision() == 2) {
      BigDecimal one = digits.round(new MathContext(1, RoundingMode.HALF_EVEN));
      if (one.doubleValue() == value) {
        return one;
      }
    }
    return digits;
  }

  /** {@code repr} of a float. */
  static String repr(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal shortest = shortest(Math.abs(value));
    String digits = shortest.unscaledValue().toString();
    int exponent = digits.length() - shortest.scale() - 1;
    var out = new StringBuilder();
    if (value < 0) {
      out.append('-');
    }
    if (exponent < -4 || exponent >= 16) {
      out.append(digits.charAt(0));
      if (digits.length() > 1) {
        out.append('.').append(digits, 1, digits.length());
      }
      out.append('e').append(exponent < 0 ? '-' : '+');
      int size = Math.abs(exponent);
      return out.append(size < 10 ? "0" : "").append(size).toString();
    }
    String plain = shortest.toPlainString();
    return out.append(plain).append(plain.indexOf('.') < 0 ? ".0" : "").toString();
  }

  /** {@code round(value, digits)}. */
  static Object round(Object value, long digits) {
    if (value instanceof Double real) {
      if (real.isNaN() || real.isInfinite() || digits > 400) {
        return value;
      }
      if (digits < -400) {
        return Math.copySign(0.0, real);
      }
      double rounded =
          new BigDecimal(real).setScale((int) digits, RoundingMode.HALF_EVEN).doubleValue();
      return Math.copySign(rounded, real);
    }
    if (digits >= 0) {
      return positive(value);
    }
    if (digits < -400) {
      return 0L;
    }
    return whole(
        new BigDecimal(big(value)).setScale((int) digits, RoundingMode.HALF_EVEN).toBigInteger());
  }
}

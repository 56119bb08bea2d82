package io.pickwick.pool;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalDouble;

/**
 * What follows the name on a sample's line: {@code {label="value",…} value [timestamp]}, blanks
 * allowed between all of them, read where the bytes lie.
 */
final class SampleLine {
  // The value's digits are gathered into a long; up to 2^53 with a power of ten up to 22 the
  // division or product of two exact doubles is correctly rounded (Clinger, "How to Read Floating
  // Point Numbers Accurately", 1990). Anything else, a rarity, goes the way of a string.

  private static final double[] POWERS = new double[23];

  static {
    POWERS[0] = 1;
    for (int i = 1; i < POWERS.length; i++) {
      POWERS[i] = POWERS[i - 1] * 10;
    }
  }

  private final int[] nameStarts;
  private final int[] nameEnds;
  private final int[] valueStarts;
  private final int[] valueEnds;
  private int labels;
  private byte[] bytes = {};
  private double value;

  SampleLine(int maxLabels) {
    nameStarts = new int[maxLabels];
    nameEnds = new int[maxLabels];
    valueStarts = new int[maxLabels];
    valueEnds = new int[maxLabels];
  }

  /** Reads the rest of a line; false when it is malformed or its value is not a finite one ≥ 0. */
  boolean parse(byte[] source, int from, int to) {
    bytes = source;
    labels = 0;
    int end = to;
    while (end > from && (isBlank(source[end - 1]) || source[end - 1] == '\r')) {
      end--;
    }
    int at = skipBlanks(source, from, end);
    if (at < end && source[at] == '{') {
      at = labels(at + 1, end);
      if (at < 0) {
        return false;
      }
      at = skipBlanks(source, at, end);
    }
    int valueEnd = at;
    while (valueEnd < end && !isBlank(source[valueEnd])) {
      valueEnd++;
    }
    value = number(source, at, valueEnd);
    return value >= 0 && isTimestamp(skipBlanks(source, valueEnd, end), end);
  }

  /** The sample's value. */
  double value() {
    return value;
  }

  /** A label's value without its escapes; empty when the label is absent. */
  byte[] label(String name) {
    int i = find(name);
    return i < 0 ? new byte[0] : unescaped(valueStarts[i], valueEnds[i]);
  }

  /** Whether a label says exactly this. */
  boolean labelIs(String name, String wanted) {
    int i = find(name);
    return i >= 0 && is(valueStarts[i], valueEnds[i], wanted);
  }

  /** A label's value as a finite number ≥ 0; empty when it is none. */
  OptionalDouble number(String name) {
    int i = find(name);
    double number = i < 0 ? -1 : number(bytes, valueStarts[i], valueEnds[i]);
    return number >= 0 ? OptionalDouble.of(number) : OptionalDouble.empty();
  }

  static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  static int skipBlanks(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to && isBlank(bytes[at])) {
      at++;
    }
    return at;
  }

  /** A decimal number; -1 when it is malformed, negative or not finite. */
  static double number(byte[] bytes, int from, int to) {
    int at = from;
    boolean negative = at < to && bytes[at] == '-';
    if (at < to && (bytes[at] == '+' || bytes[at] == '-')) {
      at++;
    }
    long digits = 0;
    int kept = 0;
    int scale = 0;
    boolean any = false;
    boolean point = false;
    for (; at < to; at++) {
      int digit = bytes[at] - '0';
      if (digit >= 0 && digit <= 9) {
        any = true;
        if (kept > 0 || digit > 0) {
          kept++;
        }
        if (kept <= 18) {
          digits = digits * 10 + digit;
        }
        scale -= point ? 1 : 0;
      } else if (bytes[at] == '.' && !point) {
        point = true;
      } else {
        break;
      }
    }
    if (!any) {
      return -1;
    }
    if (at < to) {
      if (bytes[at] != 'e' && bytes[at] != 'E') {
        return -1;
      }
      at++;
      boolean down = at < to && bytes[at] == '-';
      if (at < to && (bytes[at] == '+' || bytes[at] == '-')) {
        at++;
      }
      if (at == to) {
        return -1;
      }
      int exponent = 0;
      for (; at < to; at++) {
        int digit = bytes[at] - '0';
        if (digit < 0 || digit > 9) {
          return -1;
        }
        exponent = Math.min(exponent * 10 + digit, 1_000_000);
      }
      scale += down ? -exponent : exponent;
    }
    double number;
    if (kept <= 18 && digits <= 1L << 53 && Math.abs(scale) < POWERS.length) {
      number = scale < 0 ? digits / POWERS[-scale] : digits * POWERS[scale];
    } else {
      number =
          Math.abs(
              Double.parseDouble(new String(bytes, from, to - from, StandardCharsets.US_ASCII)));
    }
    return (negative && number > 0) || number > Double.MAX_VALUE ? -1 : number;
  }

  private int labels(int from, int end) {
    int at = skipBlanks(bytes, from, end);
    while (at < end && bytes[at] != '}') {
      int nameStart = at;
      while (at < end && bytes[at] != '=' && !isBlank(bytes[at])) {
        at++;
      }
      int nameEnd = at;
      at = skipBlanks(bytes, at, end);
      if (at >= end || bytes[at] != '=' || nameEnd == nameStart || labels == nameStarts.length) {
        return -1;
      }
      at = skipBlanks(bytes, at + 1, end);
      if (at >= end || bytes[at] != '"') {
        return -1;
      }
      int valueStart = ++at;
      while (at < end && bytes[at] != '"') {
        at += bytes[at] == '\\' ? 2 : 1;
      }
      if (at >= end) {
        return -1;
      }
      nameStarts[labels] = nameStart;
      nameEnds[labels] = nameEnd;
      valueStarts[labels] = valueStart;
      valueEnds[labels] = at;
      labels++;
      at = skipBlanks(bytes, at + 1, end);
      if (at < end && bytes[at] == ',') {
        at = skipBlanks(bytes, at + 1, end);
      } else if (at >= end || bytes[at] != '}') {
        return -1;
      }
    }
    return at < end ? at + 1 : -1;
  }

  private int find(String name) {
    for (int i = 0; i < labels; i++) {
      if (is(nameStarts[i], nameEnds[i], name)) {
        return i;
      }
    }
    return -1;
  }

  private boolean is(int from, int to, String text) {
    if (to - from != text.length()) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (bytes[from + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private byte[] unescaped(int from, int to) {
    byte[] plain = new byte[to - from];
    int length = 0;
    for (int at = from; at < to; at++) {
      byte b = bytes[at];
      if (b == '\\' && at + 1 < to) {
        at++;
        b = bytes[at] == 'n' ? (byte) '\n' : bytes[at];
      }
      plain[length++] = b;
    }
    return length == plain.length ? plain : Arrays.copyOf(plain, length);
  }

  private boolean isTimestamp(int from, int end) {
    int at = from < end && (bytes[from] == '-' || bytes[from] == '+') ? from + 1 : from;
    if (at == end) {
      return at == from;
    }
    while (at < end && bytes[at] >= '0' && bytes[at] <= '9') {
      at++;
    }
    return at == end;
  }
}

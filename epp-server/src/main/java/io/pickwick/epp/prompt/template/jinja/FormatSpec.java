package io.pickwick.epp.prompt.template.jinja;

import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Python's format specification: {@code [[fill]align][sign][#][0][width][,][.precision][type]}. */
final class FormatSpec {
  private static final Pattern SPEC =
      Pattern.compile(
          "(?:(.)?([<>=^]))?([+\\- ])?(#)?(0)?(\\d{1,9})?([,_])?(?:\\.(\\d{1,9}))?([a-zA-Z%])?",
          Pattern.DOTALL);

  private FormatSpec() {}

  static String format(Render render, Object value, String spec) {
    if (spec.isEmpty()) {
      return Values.string(render, value);
    }
    boolean text = Values.isString(value);
    if (!text && !Numbers.isNumber(value)) {
      throw Failure.type(
          "unsupported format string passed to " + Values.typeName(value) + ".__format__");
    }
    Matcher matcher = SPEC.matcher(spec);
    if (!matcher.matches()) {
      throw Failure.value("Invalid format specifier '" + spec + "'");
    }
    String type = group(matcher, 9);
    String sign = "";
    String body;
    if (text) {
      if (!type.isEmpty() && !type.equals("s")) {
        throw unknown(type, value);
      }
      body = Values.text(value);
      String precision = group(matcher, 8);
      if (!precision.isEmpty() && Integer.parseInt(precision) < Text.length(body)) {
        body = body.substring(0, Text.offset(body, Integer.parseInt(precision)));
      }
    } else {
      boolean negative =
          value instanceof Double real
              ? real < 0 || (real == 0 && 1 / real < 0)
              : Numbers.big(value).signum() < 0;
      String wanted = group(matcher, 3);
      sign = negative ? "-" : wanted.equals("-") ? "" : wanted;
      body = magnitude(render, value, matcher, type);
    }
    return padded(render, matcher, sign, body, text);
  }

  private static Failure unknown(String type, Object value) {
    return Failure.value(
        "Unknown format code '" + type + "' for object of type '" + Values.typeName(value) + "'");
  }

  private static String group(Matcher matcher, int index) {
    String group = matcher.group(index);
    return group == null ? "" : group;
  }

  private static String padded(
      Render render, Matcher matcher, String sign, String body, boolean text) {
    String widthText = group(matcher, 6);
    long width = widthText.isEmpty() ? 0 : Long.parseLong(widthText);
    boolean zero = !group(matcher, 5).isEmpty();
    String align = group(matcher, 2);
    String fill = group(matcher, 1);
    if (align.isEmpty()) {
      align = zero && !text ? "=" : text ? "<" : ">";
    } else if (align.equals("=") && text) {
      throw Failure.value("'=' alignment not allowed in string format specifier");
    }
    if (fill.isEmpty()) {
      fill = zero ? "0" : " ";
    }
    long room = width - Text.length(body) - sign.length();
    String padding = StringMethods.padding(render, room, fill);
    return switch (align) {
      case "<" -> sign + body + padding;
      case "=" -> sign + padding + body;
      case "^" -> {
        int left = padding.length() / 2;
        yield padding.substring(0, left) + sign + body + padding.substring(left);
      }
      default -> padding + sign + body;
    };
  }

  private static String magnitude(Render render, Object value, Matcher matcher, String type) {
    String precisionText = group(matcher, 8);
    int precision = precisionText.isEmpty() ? -1 : Integer.parseInt(precisionText);
    boolean alternative = !group(matcher, 4).isEmpty();
    String separator = group(matcher, 7);
    if (value instanceof Boolean bool && type.isEmpty()) {
      return bool ? "1" : "0";
    }
    boolean whole = Numbers.isWhole(value) && !"eEfFgG%".contains(type.isEmpty() ? "d" : type);
    if (whole) {
      return grouped(wholeDigits(Numbers.big(value).abs(), type, alternative, value), separator);
    }
    double real = Math.abs(Numbers.real(value));
    if (type.isEmpty()) {
      return grouped(
          precision < 0
              ? Numbers.repr(real)
              : withPoint(NumberFormat.of(render, real, 'g', precision, false)),
          separator);
    }
    String digits =
        switch (type.toLowerCase(Locale.ROOT)) {
          case "f", "e", "g" ->
              NumberFormat.of(
                  render,
                  real,
                  Character.toLowerCase(type.charAt(0)),
                  precision < 0 ? 6 : precision,
                  alternative);
          case "%" ->
              NumberFormat.of(render, real * 100, 'f', precision < 0 ? 6 : precision, false) + "%";
          default -> throw unknown(type, value);
        };
    return grouped(Character.isUpperCase(type.charAt(0)) ? Text.upper(digits) : digits, separator);
  }

  private static String withPoint(String digits) {
    return digits.indexOf('.') < 0 && digits.indexOf('e') < 0 && digits.indexOf('n') < 0
        ? digits + ".0"
        : digits;
  }

  private static String wholeDigits(
      BigInteger magnitude, String type, boolean alternative, Object value) {
    return switch (type) {
      case "", "d", "n" -> magnitude.toString();
      case "x" -> (alternative ? "0x" : "") + magnitude.toString(16);
      case "X" -> (alternative ? "0X" : "") + Text.upper(magnitude.toString(16));
      case "o" -> (alternative ? "0o" : "") + magnitude.toString(8);
      case "b" -> (alternative ? "0b" : "") + magnitude.toString(2);
      case "c" -> Character.toString(magnitude.intValue());
      default -> throw unknown(type, value);
    };
  }

  private static String grouped(String digits, String separator) {
    if (separator.isEmpty()) {
      return digits;
    }
    int end = 0;
    while (end < digits.length() && Character.isDigit(digits.charAt(end))) {
      end++;
    }
    var out = new StringBuilder(digits);
    for (int at = end - 3; at > 0; at -= 3) {
      out.insert(at, separator);
    }
    return out.toString();
  }
}

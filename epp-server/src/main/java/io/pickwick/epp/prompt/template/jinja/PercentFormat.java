package io.pickwick.epp.prompt.template.jinja;

import java.util.List;
import java.util.Map;

/** Python's {@code "..." % values}. */
final class PercentFormat {
  private final Render render;
  private final String format;
  private final Object values;
  private final boolean escape;
  private final StringBuilder out = new StringBuilder();
  private int position;
  private int used;

  private PercentFormat(Render render, String format, Object values, boolean escape) {
    this.render = render;
    this.format = format;
    this.values = values;
    this.escape = escape;
  }

  static String format(Render render, String format, Object values, boolean escape) {
    return new PercentFormat(render, format, values, escape).run();
  }

  private String run() {
    while (position < format.length()) {
      int percent = format.indexOf('%', position);
      if (percent < 0) {
        break;
      }
      out.append(format, position, percent);
      position = percent + 1;
      directive();
    }
    out.append(format, Math.min(position, format.length()), format.length());
    int given = values instanceof Tuple tuple ? tuple.size() : isSubscriptable(values) ? used : 1;
    if (used < given) {
      throw Failure.type("not all arguments converted during string formatting");
    }
    return out.toString();
  }

  /** Python lets such values go unused, as if all were mappings. */
  private static boolean isSubscriptable(Object values) {
    return values instanceof Map<?, ?>
        || values instanceof List<?>
        || values instanceof Range
        || values instanceof Undefined;
  }

  private char peek() {
    if (position >= format.length()) {
      throw Failure.value("incomplete format");
    }
    return format.charAt(position);
  }

  private void directive() {
    Object named = Missing.MISSING;
    if (peek() == '(') {
      int close = format.indexOf(')', position);
      if (close < 0) {
        throw Failure.value("incomplete format key");
      }
      String key = format.substring(position + 1, close);
      if (!(values instanceof Map<?, ?>)) {
        throw Failure.type("format requires a mapping");
      }
      named = Values.lookUp(Values.map(values), key);
      if (named == Missing.MISSING) {
        throw new Failure("KeyError: '" + key + "'");
      }
      position = close + 1;
    }
    var flags = new StringBuilder();
    while ("-+ #0".indexOf(peek()) >= 0) {
      flags.append(peek());
      position++;
    }
    boolean left = flags.indexOf("-") >= 0;
    long width = number(named);
    if (width < 0) {
      left = true;
      width = -width;
    }
    long precision = -1;
    if (peek() == '.') {
      position++;
      precision = Math.max(0, number(named));
    }
    while ("hlL".indexOf(peek()) >= 0) {
      position++;
    }
    char conversion = peek();
    position++;
    if (conversion == '%') {
      out.append('%');
      return;
    }
    Object value = named == Missing.MISSING ? next() : named;
    render.make(width + Math.max(0, precision));
    append(value, conversion, flags.toString(), left, width, (int) precision);
  }

  private long number(Object named) {
    if (peek() == '*') {
      position++;
      if (named != Missing.MISSING) {
        throw Failure.type("* wants int");
      }
      return Access.index(next());
    }
    long number = 0;
    while (Character.isDigit(peek())) {
      number = number * 10 + (peek() - '0');
      if (number > Integer.MAX_VALUE) {
        throw Failure.value("width too big");
      }
      position++;
    }
    return number;
  }

  private Object next() {
    if (values instanceof Tuple tuple) {
      if (used >= tuple.size()) {
        throw Failure.type("not enough arguments for format string");
      }
      return tuple.get(used++);
    }
    if (used++ > 0) {
      throw Failure.type("not enough arguments for format string");
    }
    return values;
  }

  private void append(
      Object value, char conversion, String flags, boolean left, long width, int precision) {
    String sign = "";
    String body;
    boolean zeros = flags.indexOf('0') >= 0 && !left;
    switch (conversion) {
      case 's', 'r', 'a' -> {
        body =
            conversion == 's'
                ? (escape ? Markup.escaped(render, value) : Values.string(render, value))
                : Values.repr(render, value);
        if (conversion == 'a') {
          throw new Failure("the conversion 'a' is not supported");
        }
        if (precision >= 0 && precision < Text.length(body)) {
          body = body.substring(0, Text.offset(body, precision));
        }
        zeros = false;
      }
      case 'c' -> {
        body =
            Values.isString(value)
                ? Values.text(value)
                : Character.toString((int) Access.index(value));
        zeros = false;
      }
      case 'd', 'i', 'u', 'x', 'X', 'o' -> {
        Object whole = whole(value, conversion);
        sign = sign(Numbers.big(whole).signum() < 0, flags);
        body = digits(whole, conversion, flags, precision);
      }
      case 'f', 'F', 'e', 'E', 'g', 'G' -> {
        if (!Numbers.isNumber(value)) {
          throw mustBeReal(value);
        }
        double real = Numbers.real(value);
        sign = sign(real < 0 || 1 / real < 0, flags);
        char notation = Character.toLowerCase(conversion);
        body =
            NumberFormat.of(
                render, real, notation, precision < 0 ? 6 : precision, flags.indexOf('#') >= 0);
        if (Character.isUpperCase(conversion)) {
          body = Text.upper(body);
        }
      }
      default -> throw Failure.value("unsupported format character '" + conversion + "'");
    }
    long room = width - Text.length(body) - sign.length();
    String padding = StringMethods.padding(render, room, zeros ? "0" : " ");
    render.growing(out.length() + body.length());
    if (left) {
      out.append(sign).append(body).append(padding);
    } else if (zeros) {
      out.append(sign).append(padding).append(body);
    } else {
      out.append(padding).append(sign).append(body);
    }
  }

  private static Failure mustBeReal(Object value) {
    return value instanceof Undefined undefined
        ? undefined.failure()
        : Failure.type("must be real number, not " + Values.typeName(value));
  }

  private static Object whole(Object value, char conversion) {
    if (Numbers.isWhole(value)) {
      return value;
    }
    if (value instanceof Double real && "diu".indexOf(conversion) >= 0) {
      return Numbers.truncate(real);
    }
    throw Failure.type(
        "%" + conversion + " format: a number is required, not " + Values.typeName(value));
  }

  private static String digits(Object whole, char conversion, String flags, int precision) {
    var magnitude = Numbers.big(whole).abs();
    String digits =
        switch (conversion) {
          case 'x' -> magnitude.toString(16);
          case 'X' -> Text.upper(magnitude.toString(16));
          case 'o' -> magnitude.toString(8);
          default -> magnitude.toString();
        };
    String padded = "0".repeat(Math.max(0, precision - digits.length())) + digits;
    if (flags.indexOf('#') < 0) {
      return padded;
    }
    return switch (conversion) {
      case 'x' -> "0x" + padded;
      case 'X' -> "0X" + padded;
      case 'o' -> "0o" + padded;
      default -> padded;
    };
  }

  private static String sign(boolean negative, String flags) {
    return negative ? "-" : flags.indexOf('+') >= 0 ? "+" : flags.indexOf(' ') >= 0 ? " " : "";
  }
}

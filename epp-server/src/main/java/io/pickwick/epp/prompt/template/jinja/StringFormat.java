package io.pickwick.epp.prompt.template.jinja;

/** Python's {@code str.format}. */
final class StringFormat {
  private final Render render;
  private final Arguments arguments;
  private int automatic;

  private StringFormat(Render render, Arguments arguments) {
    this.render = render;
    this.arguments = arguments;
  }

  static String format(Render render, String format, Arguments arguments) {
    return new StringFormat(render, arguments).run(format, 0);
  }

  private String run(String format, int depth) {
    if (depth > 1) {
      throw Failure.value("Max string recursion exceeded");
    }
    var out = new StringBuilder();
    int at = 0;
    while (at < format.length()) {
      char c = format.charAt(at++);
      if (c != '{' && c != '}') {
        out.append(c);
        continue;
      }
      if (at < format.length() && format.charAt(at) == c) {
        out.append(c);
        at++;
        continue;
      }
      if (c == '}') {
        throw Failure.value("Single '}' encountered in format string");
      }
      int end = fieldEnd(format, at);
      String text = field(format.substring(at, end), depth);
      render.growing(out.length() + text.length());
      out.append(text);
      at = end + 1;
    }
    return out.toString();
  }

  private static int fieldEnd(String format, int from) {
    int open = 1;
    for (int i = from; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c == '{') {
        open++;
      } else if (c == '}' && --open == 0) {
        return i;
      }
    }
    throw Failure.value("expected '}' before end of string");
  }

  private String field(String field, int depth) {
    int end = 0;
    boolean bracket = false;
    while (end < field.length()) {
      char c = field.charAt(end);
      if (c == '[') {
        bracket = true;
      } else if (c == ']') {
        bracket = false;
      } else if (!bracket && (c == ':' || c == '!')) {
        break;
      }
      end++;
    }
    Object value = lookUp(field.substring(0, end));
    String spec = "";
    if (end < field.length() && field.charAt(end) == '!') {
      if (end + 1 >= field.length()) {
        throw Failure.value("end of string while looking for conversion specifier");
      }
      value =
          switch (field.charAt(end + 1)) {
            case 's' -> Values.string(render, value);
            case 'r' -> Values.repr(render, value);
            default -> throw Failure.value("unsupported conversion in format string");
          };
      end += 2;
    }
    if (end < field.length()) {
      if (field.charAt(end) != ':') {
        throw Failure.value("expected ':' after conversion specifier");
      }
      spec = run(field.substring(end + 1), depth + 1);
    }
    return FormatSpec.format(render, value, spec);
  }

  private Object lookUp(String name) {
    int end = 0;
    while (end < name.length() && name.charAt(end) != '.' && name.charAt(end) != '[') {
      end++;
    }
    Object value = first(name.substring(0, end));
    while (end < name.length()) {
      if (name.charAt(end) == '.') {
        int start = end + 1;
        end = start;
        while (end < name.length() && name.charAt(end) != '.' && name.charAt(end) != '[') {
          end++;
        }
        value = Access.attribute(value, name.substring(start, end));
      } else {
        int close = name.indexOf(']', end);
        if (close < 0) {
          throw Failure.value("Missing ']' in format string");
        }
        String key = name.substring(end + 1, close);
        value =
            Access.item(render, value, key.matches("\\d{1,18}") ? (Object) Long.valueOf(key) : key);
        end = close + 1;
      }
    }
    return value;
  }

  private Object first(String name) {
    if (name.isEmpty() || name.matches("\\d{1,9}")) {
      int index = name.isEmpty() ? automatic++ : Integer.parseInt(name);
      if (index >= arguments.positional().size()) {
        throw new Failure("Replacement index " + index + " out of range for positional args tuple");
      }
      return arguments.positional().get(index);
    }
    Object value = arguments.named().get(name);
    if (value == null) {
      throw new Failure("KeyError: '" + name + "'");
    }
    return value;
  }
}

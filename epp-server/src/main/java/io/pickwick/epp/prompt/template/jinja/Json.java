package io.pickwick.epp.prompt.template.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code json.dumps}, behind the {@code tojson} filter that transformers defines. */
final class Json {
  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private final Render render;
  private final boolean ascii;
  private final boolean sorted;
  private final String indent;
  private final boolean pretty;
  private final String between;
  private final String behindKey;
  private final StringBuilder out = new StringBuilder();

  private Json(Render render, Arguments arguments) {
    this.render = render;
    ascii = Values.truth(arguments.get(0, "ensure_ascii", false));
    Object indentation = arguments.get(1, "indent", None.NONE);
    pretty = indentation != None.NONE;
    indent =
        Values.isString(indentation)
            ? Values.text(indentation)
            : pretty ? StringMethods.padding(render, Access.index(indentation), " ") : "";
    Object separators = arguments.get(2, "separators", None.NONE);
    if (separators == None.NONE) {
      between = pretty ? "," : ", ";
      behindKey = ": ";
    } else {
      List<Object> pair = Values.list(render, separators);
      if (pair.size() != 2 || !pair.stream().allMatch(Values::isString)) {
        throw Failure.value("separators must be a pair of strings");
      }
      between = Values.text(pair.get(0));
      behindKey = Values.text(pair.get(1));
    }
    sorted = Values.truth(arguments.get(3, "sort_keys", false));
  }

  static String dumps(Render render, Object value, Arguments arguments) {
    arguments.check("tojson", 4, "ensure_ascii", "indent", "separators", "sort_keys");
    var json = new Json(render, arguments);
    json.write(value, 1);
    return json.out.toString();
  }

  private void write(Object value, int depth) {
    render.growing(out.length());
    switch (value) {
      case String text -> string(text);
      case Markup markup -> string(markup.text());
      case None none -> out.append("null");
      case Boolean bool -> out.append(bool ? "true" : "false");
      case Long number -> out.append((long) number);
      case BigInteger number -> out.append(number);
      case Double number -> out.append(real(number));
      case List<?> list -> list(list, depth);
      case Map<?, ?> map -> map(map, depth);
      default ->
          throw Failure.type(
              "Object of type " + Values.typeName(value) + " is not JSON serializable");
    }
  }

  private static String real(double number) {
    return Double.isNaN(number)
        ? "NaN"
        : Double.isInfinite(number)
            ? (number > 0 ? "Infinity" : "-Infinity")
            : Numbers.repr(number);
  }

  private void list(List<?> list, int depth) {
    if (list.isEmpty()) {
      out.append("[]");
      return;
    }
    out.append('[');
    boolean first = true;
    for (Object item : list) {
      if (!first) {
        out.append(between);
      }
      first = false;
      line(depth);
      write(item, depth + 1);
    }
    line(depth - 1);
    out.append(']');
  }

  private void map(Map<?, ?> map, int depth) {
    if (map.isEmpty()) {
      out.append("{}");
      return;
    }
    out.append('{');
    boolean first = true;
    List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
    if (sorted) {
      entries.sort((a, b) -> Values.compare(render, a.getKey(), b.getKey(), "<"));
    }
    for (Map.Entry<?, ?> entry : entries) {
      if (!first) {
        out.append(between);
      }
      first = false;
      line(depth);
      string(key(entry.getKey()));
      out.append(behindKey);
      write(entry.getValue(), depth + 1);
    }
    line(depth - 1);
    out.append('}');
  }

  private static String key(Object key) {
    return switch (key) {
      case String text -> text;
      case Markup markup -> markup.text();
      case None none -> "null";
      case Boolean bool -> bool ? "true" : "false";
      case Long number -> number.toString();
      case BigInteger number -> number.toString();
      case Double number -> real(number);
      default ->
          throw Failure.type(
              "keys must be str, int, float, bool or None, not " + Values.typeName(key));
    };
  }

  private void line(int depth) {
    if (pretty) {
      render.make((long) indent.length() * depth);
      out.append('\n').repeat(indent, depth);
    }
  }

  private void string(String text) {
    render.make(text.length());
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < ' ' || (ascii && c > '~')) {
            out.append("\\u")
                .append(HEX[c >> 12])
                .append(HEX[c >> 8 & 15])
                .append(HEX[c >> 4 & 15])
                .append(HEX[c & 15]);
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}

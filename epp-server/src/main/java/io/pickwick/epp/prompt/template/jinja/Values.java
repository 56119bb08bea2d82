package io.pickwick.epp.prompt.template.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/** What Python does with values of any type: truth, equality, order, iteration, printing. */
final class Values {
  private Values() {}

  static boolean isString(Object value) {
    return value instanceof String || value instanceof Markup;
  }

  /** The characters of a string. */
  static String text(Object string) {
    return string instanceof Markup markup ? markup.text() : (String) string;
  }

  static String typeName(Object value) {
    return switch (value) {
      case None none -> "NoneType";
      case Boolean bool -> "bool";
      case Long number -> "int";
      case BigInteger number -> "int";
      case Double number -> "float";
      case String string -> "str";
      case Markup markup -> "Markup";
      case Tuple tuple -> "tuple";
      case List<?> list -> "list";
      case Map<?, ?> map -> "dict";
      case Undefined undefined -> "Undefined";
      case Range range -> "range";
      case View view -> view.typeName();
      case Generator generator -> "generator";
      case Namespace namespace -> "Namespace";
      case Loop loop -> "LoopContext";
      case Macro macro -> "Macro";
      default -> "function";
    };
  }

  static boolean truth(Object value) {
    return switch (value) {
      case Boolean bool -> bool;
      case None none -> false;
      case Undefined undefined -> false;
      case String string -> !string.isEmpty();
      case Long number -> number != 0;
      case List<?> list -> !list.isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      case Double number -> number != 0;
      case BigInteger number -> number.signum() != 0;
      case Markup markup -> !markup.text().isEmpty();
      case Range range -> range.size() > 0;
      case View view -> view.size() > 0;
      case Loop loop -> loop.length() > 0;
      default -> true;
    };
  }

  static long length(Object value) {
    return switch (value) {
      case String string -> Text.length(string);
      case Markup markup -> Text.length(markup.text());
      case List<?> list -> list.size();
      case Map<?, ?> map -> map.size();
      case Undefined undefined -> 0;
      case Range range -> range.size();
      case View view -> view.size();
      case Loop loop -> loop.length();
      default -> throw Failure.type("object of type '" + typeName(value) + "' has no len()");
    };
  }

  static boolean isIterable(Object value) {
    return switch (value) {
      case String string -> true;
      case Markup markup -> true;
      case List<?> list -> true;
      case Map<?, ?> map -> true;
      case Undefined undefined -> true;
      case Range range -> true;
      case View view -> true;
      case Generator generator -> true;
      default -> false;
    };
  }

  @SuppressWarnings("unchecked") // values are built here or from JSON, always of Object
  static Iterator<Object> iterator(Object value) {
    return switch (value) {
      case List<?> list -> (Iterator<Object>) list.iterator();
      case Map<?, ?> map -> (Iterator<Object>) map.keySet().iterator();
      case String string -> characters(string);
      case Markup markup -> characters(markup.text());
      case Undefined undefined -> List.of().iterator();
      case Range range -> range.iterator();
      case View view -> view.iterator();
      case Generator generator -> generator.iterator();
      default -> throw Failure.type("'" + typeName(value) + "' object is not iterable");
    };
  }

  private static Iterator<Object> characters(String text) {
    return new Iterator<>() {
      private int at;

      @Override
      public boolean hasNext() {
        return at < text.length();
      }

      @Override
      public Object next() {
        if (at >= text.length()) {
          throw new NoSuchElementException();
        }
        int c = text.codePointAt(at);
        at += Character.charCount(c);
        return Character.toString(c);
      }
    };
  }

  static List<Object> list(Render render, Object value) {
    List<Object> all = new ArrayList<>();
    Iterator<Object> items = iterator(value);
    while (items.hasNext()) {
      render.work(1);
      all.add(items.next());
    }
    return all;
  }

  @SuppressWarnings("unchecked") // as above
  static Map<Object, Object> map(Object value) {
    return (Map<Object, Object>) value;
  }

  /** What a dict or set finds a key by. */
  static Object key(Object value) {
    return switch (value) {
      case String string -> string;
      case Markup markup -> markup.text();
      case Boolean bool -> bool ? 1L : 0L;
      case Double real when real == Math.rint(real) && Math.abs(real) < 1L << 53 ->
          (long) (double) real;
      case Tuple tuple -> {
        List<Object> keys = new ArrayList<>(tuple.size());
        tuple.forEach(item -> keys.add(key(item)));
        yield new Tuple(keys);
      }
      case List<?> list -> throw Failure.type("unhashable type: 'list'");
      case Map<?, ?> map -> throw Failure.type("unhashable type: 'dict'");
      default -> value;
    };
  }

  /** The value of a key, or {@link Missing}. */
  static Object lookUp(Map<Object, Object> map, Object key) {
    Object value = map.get(key instanceof Markup markup ? markup.text() : key);
    if (value != null) {
      return value;
    }
    if (Numbers.isNumber(key)) {
      for (Map.Entry<Object, Object> entry : map.entrySet()) {
        if (Numbers.isNumber(entry.getKey()) && Numbers.equal(entry.getKey(), key)) {
          return entry.getValue();
        }
      }
    }
    return Missing.MISSING;
  }

  static boolean isHashable(Object key) {
    return switch (key) {
      case Tuple tuple -> tuple.stream().allMatch(Values::isHashable);
      case List<?> list -> false;
      case Map<?, ?> map -> false;
      default -> true;
    };
  }

  @SuppressWarnings("ReferenceEquality") // the same object needs no look inside
  static boolean equal(Render render, Object left, Object right) {
    render.work(1);
    if (left == right) {
      return !Numbers.isNan(left);
    }
    if (isString(left)) {
      return isString(right) && text(left).equals(text(right));
    }
    if (Numbers.isNumber(left)) {
      return Numbers.isNumber(right) && Numbers.equal(left, right);
    }
    return switch (left) {
      case List<?> a ->
          right instanceof List<?> b
              && left instanceof Tuple == right instanceof Tuple
              && equalItems(render, a, b);
      case Map<?, ?> a -> right instanceof Map<?, ?> && equalMaps(render, map(a), map(right));
      case Range a -> right instanceof Range b && a.sameItems(b);
      default -> left.equals(right);
    };
  }

  private static boolean equalItems(Render render, List<?> left, List<?> right) {
    if (left.size() != right.size()) {
      return false;
    }
    for (int i = 0; i < left.size(); i++) {
      if (!equal(render, left.get(i), right.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean equalMaps(
      Render render, Map<Object, Object> left, Map<Object, Object> right) {
    if (left.size() != right.size()) {
      return false;
    }
    for (Map.Entry<Object, Object> entry : left.entrySet()) {
      Object other = lookUp(right, entry.getKey());
      if (other == Missing.MISSING || !equal(render, entry.getValue(), other)) {
        return false;
      }
    }
    return true;
  }

  /** The order of two values; {@code operator} is for the message only. */
  static int compare(Render render, Object left, Object right, String operator) {
    render.work(1);
    if (isString(left) && isString(right)) {
      return compareText(text(left), text(right));
    }
    if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
      return Numbers.compare(left, right);
    }
    if (left instanceof List<?> a
        && right instanceof List<?> b
        && left instanceof Tuple == right instanceof Tuple) {
      int common = Math.min(a.size(), b.size());
      for (int i = 0; i < common; i++) {
        if (!equal(render, a.get(i), b.get(i))) {
          return compare(render, a.get(i), b.get(i), operator);
        }
      }
      return Integer.compare(a.size(), b.size());
    }
    if (left instanceof Undefined undefined) {
      throw undefined.failure();
    }
    if (right instanceof Undefined undefined) {
      throw undefined.failure();
    }
    throw Failure.type(
        "'"
            + operator
            + "' not supported between instances of '"
            + typeName(left)
            + "' and '"
            + typeName(right)
            + "'");
  }

  /** By code points, which differs from Java's order above the surrogates. */
  private static int compareText(String left, String right) {
    int common = Math.min(left.length(), right.length());
    for (int i = 0; i < common; i++) {
      char a = left.charAt(i);
      char b = right.charAt(i);
      if (a != b) {
        boolean surrogates = Character.isSurrogate(a) || Character.isSurrogate(b);
        return surrogates && Character.isSurrogate(a) != Character.isSurrogate(b)
            ? (Character.isSurrogate(a) ? 1 : -1)
            : Character.compare(a, b);
      }
    }
    return Integer.compare(left.length(), right.length());
  }

  static boolean ordered(Render render, String operator, Object left, Object right) {
    if (Numbers.isNan(left) || Numbers.isNan(right)) {
      if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
        return false;
      }
    }
    int order = compare(render, left, right, operator);
    return switch (operator) {
      case "<" -> order < 0;
      case "<=" -> order <= 0;
      case ">" -> order > 0;
      case ">=" -> order >= 0;
      default -> throw new IllegalArgumentException(operator);
    };
  }

  static boolean contains(Render render, Object container, Object item) {
    if (isString(container)) {
      if (!isString(item)) {
        throw Failure.type("'in <string>' requires string as left operand, not " + typeName(item));
      }
      String text = text(container);
      render.work(1 + text.length() / 16);
      return text.contains(text(item));
    }
    if (container instanceof Map<?, ?>) {
      key(item);
      return lookUp(map(container), item) != Missing.MISSING;
    }
    if (!isIterable(container)) {
      throw Failure.type("argument of type '" + typeName(container) + "' is not iterable");
    }
    Iterator<Object> items = iterator(container);
    while (items.hasNext()) {
      Object candidate = items.next();
      if (equal(render, candidate, item)) {
        return true;
      }
    }
    return false;
  }

  /** {@code str(value)}. */
  static String string(Render render, Object value) {
    return switch (value) {
      case String string -> string;
      case Markup markup -> markup.text();
      case Undefined undefined -> "";
      case Long number -> Long.toString(number);
      default -> {
        var out = new StringBuilder();
        repr(render, value, out);
        yield out.toString();
      }
    };
  }

  static String repr(Render render, Object value) {
    var out = new StringBuilder();
    repr(render, value, out);
    return out.toString();
  }

  private static void repr(Render render, Object value, StringBuilder out) {
    render.growing(out.length());
    switch (value) {
      case None none -> out.append("None");
      case Boolean bool -> out.append(bool ? "True" : "False");
      case Long number -> out.append((long) number);
      case BigInteger number -> out.append(number);
      case Double number -> out.append(Numbers.repr(number));
      case String string -> {
        render.make(string.length());
        Text.repr(string, out);
      }
      case Markup markup -> {
        out.append("Markup(");
        Text.repr(markup.text(), out);
        out.append(')');
      }
      case Undefined undefined -> out.append("Undefined");
      case Tuple tuple -> {
        out.append('(');
        items(render, tuple, out);
        out.append(tuple.size() == 1 ? ",)" : ")");
      }
      case List<?> list -> {
        out.append('[');
        items(render, list, out);
        out.append(']');
      }
      case Map<?, ?> map -> {
        out.append('{');
        String separator = "";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          out.append(separator);
          separator = ", ";
          repr(render, entry.getKey(), out);
          out.append(": ");
          repr(render, entry.getValue(), out);
        }
        out.append('}');
      }
      case Range range -> out.append(range.described());
      case View view -> {
        out.append(view.typeName()).append("([");
        items(render, view.list(), out);
        out.append("])");
      }
      case Namespace namespace -> {
        out.append("<Namespace ");
        repr(render, namespace.attributes(), out);
        out.append('>');
      }
      case Loop loop ->
          out.append("<LoopContext ")
              .append(loop.index())
              .append('/')
              .append(loop.length())
              .append('>');
      case Macro macro -> {
        out.append("<Macro ");
        if (macro.name().isEmpty()) {
          out.append("anonymous");
        } else {
          Text.repr(macro.name(), out);
        }
        out.append('>');
      }
      default ->
          throw new Failure(
              "printing a " + typeName(value) + " shows an address that nobody can foretell");
    }
  }

  private static void items(Render render, List<?> items, StringBuilder out) {
    String separator = "";
    for (Object item : items) {
      out.append(separator);
      separator = ", ";
      repr(render, item, out);
    }
  }
}

package io.pickwick.epp.prompt.template.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Attributes, items, slices and methods of values, as the immutable sandbox gives them out. */
final class Access {
  private static final Set<String> DICT_METHODS =
      Set.of("copy", "fromkeys", "get", "items", "keys", "values");
  private static final Set<String> DICT_MUTATORS =
      Set.of("clear", "pop", "popitem", "setdefault", "update");
  private static final Set<String> LIST_METHODS = Set.of("copy", "count", "index");
  private static final Set<String> LIST_MUTATORS =
      Set.of("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort");
  private static final Set<String> TUPLE_METHODS = Set.of("count", "index");

  private Access() {}

  static boolean hasMethod(Object object, String name) {
    return switch (object) {
      case String text -> StringMethods.NAMES.contains(name);
      case Markup markup -> StringMethods.NAMES.contains(name);
      case Tuple tuple -> TUPLE_METHODS.contains(name);
      case Range range -> TUPLE_METHODS.contains(name);
      case List<?> list -> LIST_METHODS.contains(name);
      case Map<?, ?> map -> DICT_METHODS.contains(name);
      default -> false;
    };
  }

  private static boolean isMutator(Object object, String name) {
    return object instanceof Map<?, ?>
        ? DICT_MUTATORS.contains(name)
        : object instanceof List<?> && !(object instanceof Tuple) && LIST_MUTATORS.contains(name);
  }

  /** {@code object.name}: the attribute comes before the item. */
  static Object attribute(Object object, String name) {
    if (object instanceof Map<?, ?>) {
      if (hasMethod(object, name)) {
        return method(object, name);
      }
      if (isMutator(object, name)) {
        return Undefined.unsafe(object, name);
      }
      Object value = Values.lookUp(Values.map(object), name);
      return value == Missing.MISSING ? Undefined.of(object, name) : value;
    }
    return plainAttribute(object, name);
  }

  private static Object plainAttribute(Object object, String name) {
    return switch (object) {
      case Undefined undefined -> throw undefined.failure();
      case Loop loop -> loop.attribute(name);
      case Namespace namespace -> {
        Object value = Values.lookUp(namespace.attributes(), name);
        yield value == Missing.MISSING ? Undefined.of(object, name) : value;
      }
      case Macro macro -> macro.attribute(name);
      case Group group when name.equals("grouper") -> group.grouper();
      case Group group when name.equals("list") -> group.list();
      case Globals.Cycler cycler -> cycler.attribute(name);
      default -> {
        if (hasMethod(object, name)) {
          yield method(object, name);
        }
        yield isMutator(object, name) ? Undefined.unsafe(object, name) : Undefined.of(object, name);
      }
    };
  }

  private static Function method(Object self, String name) {
    return (render, arguments) -> call(render, self, name, arguments);
  }

  /** {@code object[key]}: the item comes before the attribute. */
  static Object item(Render render, Object object, Object key) {
    switch (object) {
      case Map<?, ?> map -> {
        if (Values.isHashable(key)) {
          Object value = Values.lookUp(Values.map(object), key);
          if (value != Missing.MISSING) {
            return value;
          }
        }
      }
      case List<?> list -> {
        if (Numbers.isWhole(key)) {
          long index = at(key, list.size());
          if (index >= 0) {
            return list.get((int) index);
          }
        }
      }
      case Range range -> {
        if (Numbers.isWhole(key)) {
          long index = at(key, range.size());
          if (index >= 0) {
            return range.get(index);
          }
        }
      }
      case Undefined undefined -> throw undefined.failure();
      default -> {
        if (Values.isString(object) && Numbers.isWhole(key)) {
          return character(render, object, key);
        }
      }
    }
    return Values.isString(key)
        ? itemAttribute(object, Values.text(key))
        : Undefined.of(object, key);
  }

  private static Object itemAttribute(Object object, String name) {
    if (object instanceof Map<?, ?>) {
      return hasMethod(object, name)
          ? method(object, name)
          : isMutator(object, name) ? Undefined.unsafe(object, name) : Undefined.of(object, name);
    }
    return plainAttribute(object, name);
  }

  /** The place an index means in a sequence, or -1. */
  private static long at(Object key, long size) {
    if (key instanceof BigInteger) {
      return -1;
    }
    long index = index(key);
    if (index < 0) {
      index += size;
    }
    return index < size ? Math.max(index, -1) : -1;
  }

  /** A whole number as a long, at its ends where it does not fit. */
  static long index(Object whole) {
    return switch (whole) {
      case Long number -> number;
      case Boolean bool -> bool ? 1 : 0;
      case BigInteger big -> big.signum() < 0 ? Long.MIN_VALUE / 2 : Long.MAX_VALUE / 2;
      default ->
          throw Failure.type(
              "'" + Values.typeName(whole) + "' object cannot be interpreted as an integer");
    };
  }

  private static Object character(Render render, Object string, Object key) {
    String text = Values.text(string);
    if (key instanceof BigInteger) {
      return Undefined.of(string, key);
    }
    long index = index(key);
    if (index >= text.length() || index < -(long) text.length()) {
      return Undefined.of(string, key);
    }
    render.work(1 + Math.abs(index) / 16);
    try {
      int at =
          index >= 0
              ? text.offsetByCodePoints(0, (int) index)
              : text.offsetByCodePoints(text.length(), (int) index);
      if (at == text.length()) {
        return Undefined.of(string, key);
      }
      String character = Character.toString(text.codePointAt(at));
      return string instanceof Markup ? new Markup(character) : character;
    } catch (IndexOutOfBoundsException e) {
      return Undefined.of(string, key);
    }
  }

  /** {@code object[start:stop:step]}, which Jinja2 leaves to Python. */
  static Object slice(Render render, Object object, Object start, Object stop, Object step) {
    if (object instanceof Undefined undefined) {
      throw undefined.failure();
    }
    boolean sliceable =
        Values.isString(object) || object instanceof List<?> || object instanceof Range;
    if (!sliceable) {
      throw Failure.type("'" + Values.typeName(object) + "' object can't be sliced");
    }
    if (!isBound(start) || !isBound(stop) || !isBound(step)) {
      throw Failure.type("slice indices must be integers or None");
    }
    long stride = step == None.NONE ? 1 : index(step);
    if (stride == 0) {
      throw Failure.value("slice step cannot be zero");
    }
    if (Values.isString(object)) {
      String cut = cut(render, Values.text(object), start, stop, stride);
      return object instanceof Markup ? new Markup(cut) : cut;
    }
    if (object instanceof Range range) {
      Bounds bounds = bounds(start, stop, stride, range.size());
      return Range.of(range.get(bounds.from), range.get(bounds.to), stride * range.step());
    }
    List<?> list = (List<?>) object;
    Bounds bounds = bounds(start, stop, stride, list.size());
    List<Object> cut = new ArrayList<>();
    for (long i = bounds.from; stride > 0 ? i < bounds.to : i > bounds.to; i += stride) {
      cut.add(list.get((int) i));
    }
    render.work(1 + cut.size() / 4);
    return object instanceof Tuple ? new Tuple(cut) : cut;
  }

  private static boolean isBound(Object value) {
    return value == None.NONE || Numbers.isWhole(value);
  }

  private record Bounds(long from, long to) {}

  private static Bounds bounds(Object start, Object stop, long step, long size) {
    long low = step > 0 ? 0 : -1;
    long high = step > 0 ? size : size - 1;
    long from = start == None.NONE ? (step > 0 ? low : high) : clamp(index(start), size, low, high);
    long to = stop == None.NONE ? (step > 0 ? high : low) : clamp(index(stop), size, low, high);
    return new Bounds(from, to);
  }

  private static long clamp(long index, long size, long low, long high) {
    long from = index < 0 ? index + size : index;
    return Math.max(low, Math.min(high, from));
  }

  private static String cut(Render render, String text, Object start, Object stop, long step) {
    render.work(1 + text.length() / 64);
    boolean plain = Text.length(text) == text.length();
    if (step == 1 && plain) {
      Bounds bounds = bounds(start, stop, 1, text.length());
      return bounds.from < bounds.to ? text.substring((int) bounds.from, (int) bounds.to) : "";
    }
    render.make(text.length());
    int[] characters = text.codePoints().toArray();
    Bounds bounds = bounds(start, stop, step, characters.length);
    var cut = new StringBuilder();
    for (long i = bounds.from; step > 0 ? i < bounds.to : i > bounds.to; i += step) {
      cut.appendCodePoint(characters[(int) i]);
    }
    return cut.toString();
  }

  static void put(Map<Object, Object> map, Object key, Object value) {
    Object plain = Values.key(key);
    if (Numbers.isNumber(key)) {
      for (Object known : map.keySet()) {
        if (Numbers.isNumber(known) && Numbers.equal(known, key)) {
          map.put(known, value);
          return;
        }
      }
      plain = key;
    }
    map.put(plain, value);
  }

  // Calls.

  static Object call(Render render, Object callee, Arguments arguments) {
    return switch (callee) {
      case Function function -> function.call(render, arguments);
      case Loop loop -> loop.call(arguments);
      case Undefined undefined -> throw undefined.failure();
      default -> throw Failure.type("'" + Values.typeName(callee) + "' object is not callable");
    };
  }

  /** Calls a method that {@link #hasMethod} has found. */
  static Object call(Render render, Object self, String method, Arguments arguments) {
    return switch (self) {
      case String text -> StringMethods.call(render, text, method, arguments);
      case Markup markup -> StringMethods.callSafe(render, markup, method, arguments);
      case List<?> list -> listMethod(render, list, method, arguments);
      case Range range -> listMethod(render, Values.list(render, range), method, arguments);
      case Map<?, ?> map -> dictMethod(render, Values.map(map), method, arguments);
      default -> throw new IllegalArgumentException(method);
    };
  }

  private static Object listMethod(
      Render render, List<?> list, String method, Arguments arguments) {
    if (method.equals("copy")) {
      render.make(16L * list.size());
      return new ArrayList<Object>(list);
    }
    Object wanted = arguments.require(0, "value", method);
    long count = 0;
    for (int i = 0; i < list.size(); i++) {
      if (Values.equal(render, list.get(i), wanted)) {
        if (method.equals("index")) {
          return (long) i;
        }
        count++;
      }
    }
    if (method.equals("index")) {
      throw Failure.value(Values.repr(render, wanted) + " is not in list");
    }
    return count;
  }

  private static Object dictMethod(
      Render render, Map<Object, Object> map, String method, Arguments arguments) {
    return switch (method) {
      case "get" -> {
        arguments.check("get", 2);
        Object key = arguments.first("get");
        Values.key(key);
        Object value = Values.lookUp(map, key);
        yield value == Missing.MISSING ? arguments.get(1, "", None.NONE) : value;
      }
      case "items", "keys", "values" -> {
        arguments.check(method, 0);
        yield new View("dict_" + method, map);
      }
      case "copy" -> {
        render.make(16L * map.size());
        yield new LinkedHashMap<>(map);
      }
      default -> throw new Failure("dict." + method + " is not supported in chat templates");
    };
  }
}

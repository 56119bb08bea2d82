package io.pickwick.epp.prompt.template.jinja;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What may stand behind {@code is}. */
final class Tests {
  /** A test. */
  @FunctionalInterface
  interface Test {
    boolean holds(Render render, Object value, Arguments arguments);
  }

  private static final Map<String, Test> ALL = new HashMap<>();

  static {
    ALL.put("defined", (render, value, arguments) -> !(value instanceof Undefined));
    ALL.put("undefined", (render, value, arguments) -> value instanceof Undefined);
    ALL.put("none", (render, value, arguments) -> value == None.NONE);
    ALL.put("boolean", (render, value, arguments) -> value instanceof Boolean);
    ALL.put("true", (render, value, arguments) -> value.equals(true));
    ALL.put("false", (render, value, arguments) -> value.equals(false));
    ALL.put(
        "integer",
        (render, value, arguments) -> Numbers.isWhole(value) && !(value instanceof Boolean));
    ALL.put("float", (render, value, arguments) -> value instanceof Double);
    ALL.put("number", (render, value, arguments) -> Numbers.isNumber(value));
    ALL.put("string", (render, value, arguments) -> Values.isString(value));
    ALL.put("mapping", (render, value, arguments) -> value instanceof Map<?, ?>);
    ALL.put("sequence", (render, value, arguments) -> isSequence(value));
    ALL.put(
        "iterable",
        (render, value, arguments) -> Values.isIterable(value) || value instanceof Loop);
    ALL.put("callable", (render, value, arguments) -> isCallable(value));
    ALL.put("escaped", (render, value, arguments) -> value instanceof Markup);
    ALL.put("upper", (render, value, arguments) -> Text.isUpper(Values.string(render, value)));
    ALL.put("lower", (render, value, arguments) -> Text.isLower(Values.string(render, value)));
    ALL.put(
        "odd", (render, value, arguments) -> Values.equal(render, modulo(render, value, 2L), 1L));
    ALL.put(
        "even", (render, value, arguments) -> Values.equal(render, modulo(render, value, 2L), 0L));
    ALL.put(
        "divisibleby",
        (render, value, arguments) ->
            Values.equal(
                render, modulo(render, value, arguments.require(0, "num", "divisibleby")), 0L));
    ALL.put(
        "sameas",
        (render, value, arguments) -> isSame(value, arguments.require(0, "other", "sameas")));
    ALL.put(
        "in",
        (render, value, arguments) ->
            Values.contains(render, arguments.require(0, "seq", "in"), value));
    ALL.put(
        "filter",
        (render, value, arguments) ->
            Values.isString(value) && Filters.find(Values.text(value)).isPresent());
    ALL.put(
        "test",
        (render, value, arguments) ->
            Values.isString(value) && find(Values.text(value)).isPresent());
    compare("==", "eq", "equalto");
    compare("!=", "ne");
    compare("<", "lt", "lessthan");
    compare("<=", "le");
    compare(">", "gt", "greaterthan");
    compare(">=", "ge");
  }

  private Tests() {}

  static Optional<Test> find(String name) {
    return Optional.ofNullable(ALL.get(name));
  }

  private static void compare(String operator, String... names) {
    Test test =
        (render, value, arguments) ->
            Operators.compare(render, operator, value, arguments.first(operator));
    ALL.put(operator, test);
    for (String name : names) {
      ALL.put(name, test);
    }
  }

  private static Object modulo(Render render, Object value, Object by) {
    return Operators.binary(render, "%", value, by);
  }

  private static boolean isSequence(Object value) {
    return Values.isString(value)
        || value instanceof List<?>
        || value instanceof Map<?, ?>
        || value instanceof Range
        || value instanceof Undefined;
  }

  private static boolean isCallable(Object value) {
    return value instanceof Function || value instanceof Loop || value instanceof Undefined;
  }

  /** Identity, as far as Python keeps one object per value. */
  @SuppressWarnings("ReferenceEquality") // identity is what the template asks for
  private static boolean isSame(Object value, Object other) {
    if (value instanceof Long a && other instanceof Long b) {
      return a.equals(b) && a >= -5 && a <= 256;
    }
    return value == other
        || (value instanceof Boolean && value.equals(other))
        || (value instanceof String a && a.isEmpty() && other.equals(""));
  }
}

package io.pickwick.epp.prompt.template.jinja;

import java.util.ArrayList;
import java.util.List;

/** Python's operators. */
final class Operators {
  private Operators() {}

  static Object sign(boolean negative, Object value) {
    if (Numbers.isNumber(value)) {
      return negative ? Numbers.negate(value) : Numbers.positive(value);
    }
    if (value instanceof Undefined undefined) {
      throw undefined.failure();
    }
    throw Failure.type(
        "bad operand type for unary " + (negative ? "-" : "+") + ": " + Values.typeName(value));
  }

  static Object add(Render render, Object left, Object right) {
    if (left instanceof String a && right instanceof String b) {
      render.make((long) a.length() + b.length());
      return a.concat(b);
    }
    return binary(render, "+", left, right);
  }

  static Object binary(Render render, String operator, Object left, Object right) {
    if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
      return Numbers.binary(operator, left, right);
    }
    if (Values.isString(left) && operator.equals("%")) {
      return formatted(render, left, right);
    }
    if (left instanceof Undefined undefined) {
      throw undefined.failure();
    }
    if (right instanceof Undefined undefined) {
      throw undefined.failure();
    }
    if (operator.equals("+")) {
      if (Values.isString(left) && Values.isString(right)) {
        return joined(render, left, right);
      }
      if (left instanceof List<?> a
          && right instanceof List<?> b
          && left instanceof Tuple == right instanceof Tuple) {
        return joined(render, a, b);
      }
    }
    if (operator.equals("*")) {
      if (Numbers.isWhole(right) && isSequence(left)) {
        return repeated(render, left, right);
      }
      if (Numbers.isWhole(left) && isSequence(right)) {
        return repeated(render, right, left);
      }
    }
    throw Failure.type(
        "unsupported operand type(s) for "
            + operator
            + ": '"
            + Values.typeName(left)
            + "' and '"
            + Values.typeName(right)
            + "'");
  }

  private static boolean isSequence(Object value) {
    return Values.isString(value) || value instanceof List<?>;
  }

  private static Object joined(Render render, Object left, Object right) {
    if (left instanceof Markup || right instanceof Markup) {
      return new Markup(Markup.escaped(render, left) + Markup.escaped(render, right));
    }
    return (String) left + (String) right;
  }

  private static Object joined(Render render, List<?> left, List<?> right) {
    render.make(16L * (left.size() + (long) right.size()));
    List<Object> both = new ArrayList<>(left.size() + right.size());
    both.addAll(left);
    both.addAll(right);
    return left instanceof Tuple ? new Tuple(both) : both;
  }

  private static Object repeated(Render render, Object sequence, Object times) {
    long count = Math.max(0, Access.index(times));
    if (sequence instanceof List<?> list) {
      render.make(saturated(16L * list.size(), count));
      List<Object> all = new ArrayList<>();
      for (long i = 0; i < count && !list.isEmpty(); i++) {
        all.addAll(list);
      }
      return sequence instanceof Tuple ? new Tuple(all) : all;
    }
    String text = Values.text(sequence);
    render.make(saturated(text.length(), count));
    String all = text.isEmpty() ? "" : text.repeat((int) count);
    return sequence instanceof Markup ? new Markup(all) : all;
  }

  private static long saturated(long length, long count) {
    return length == 0 ? 0 : count > Long.MAX_VALUE / length ? Long.MAX_VALUE : length * count;
  }

  private static Object formatted(Render render, Object left, Object right) {
    if (left instanceof Markup markup) {
      return new Markup(PercentFormat.format(render, markup.text(), right, true));
    }
    return PercentFormat.format(render, (String) left, right, false);
  }

  static boolean compare(Render render, String operator, Object left, Object right) {
    return switch (operator) {
      case "==" -> Values.equal(render, left, right);
      case "!=" -> !Values.equal(render, left, right);
      case "in" -> Values.contains(render, right, left);
      case "not in" -> !Values.contains(render, right, left);
      default -> Values.ordered(render, operator, left, right);
    };
  }
}

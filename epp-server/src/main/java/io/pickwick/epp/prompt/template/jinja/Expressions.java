package io.pickwick.epp.prompt.template.jinja;

import io.pickwick.epp.prompt.template.jinja.Code.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Compiles the expressions of one scope. */
final class Expressions {
  private final Compiler compiler;
  private final Symbols symbols;

  Expressions(Compiler compiler, Symbols symbols) {
    this.compiler = compiler;
    this.symbols = symbols;
  }

  Value value(Ast.Expression expression) throws TemplateException {
    return switch (expression) {
      case Ast.Const(Object constant) -> frame -> constant;
      case Ast.Name(String name) -> name(name);
      case Ast.ListLiteral(List<Ast.Expression> items) -> {
        Value[] values = values(items);
        yield frame -> {
          frame.render().work(values.length);
          return all(values, frame);
        };
      }
      case Ast.TupleLiteral(List<Ast.Expression> items) -> {
        Value[] values = values(items);
        yield frame -> {
          frame.render().work(values.length);
          return new Tuple(all(values, frame));
        };
      }
      case Ast.DictLiteral dict -> dict(dict);
      case Ast.Attribute(Ast.Expression object, String name) -> {
        Value of = value(object);
        yield frame -> Access.attribute(of.of(frame), name);
      }
      case Ast.Item(Ast.Expression object, Ast.Slice slice) -> slice(object, slice);
      case Ast.Item(Ast.Expression object, Ast.Expression key) -> {
        Value of = value(object);
        Value by = value(key);
        yield frame -> Access.item(frame.render(), of.of(frame), by.of(frame));
      }
      case Ast.Slice slice -> throw compiler.fail("a slice outside of a subscript", 0);
      case Ast.NamespaceRef ref -> throw compiler.fail("a namespace is not expected here", 0);
      case Ast.Call call -> call(call, Optional.empty());
      case Ast.Filter filter -> {
        Value input = value(filter.input().orElseThrow());
        yield filter(filter, input);
      }
      case Ast.Test test -> test(test);
      case Ast.Conditional conditional -> conditional(conditional);
      case Ast.Not(Ast.Expression operand) -> {
        Value of = value(operand);
        yield frame -> !Values.truth(of.of(frame));
      }
      case Ast.And(Ast.Expression left, Ast.Expression right) -> {
        Value first = value(left);
        Value second = value(right);
        yield frame -> {
          Object value = first.of(frame);
          return Values.truth(value) ? second.of(frame) : value;
        };
      }
      case Ast.Or(Ast.Expression left, Ast.Expression right) -> {
        Value first = value(left);
        Value second = value(right);
        yield frame -> {
          Object value = first.of(frame);
          return Values.truth(value) ? value : second.of(frame);
        };
      }
      case Ast.Sign(boolean negative, Ast.Expression operand) -> {
        Value of = value(operand);
        yield frame -> Operators.sign(negative, of.of(frame));
      }
      case Ast.Binary(String operator, Ast.Expression left, Ast.Expression right) -> {
        Value first = value(left);
        Value second = value(right);
        yield operator.equals("+")
            ? frame -> Operators.add(frame.render(), first.of(frame), second.of(frame))
            : frame ->
                Operators.binary(frame.render(), operator, first.of(frame), second.of(frame));
      }
      case Ast.Concat(List<Ast.Expression> parts) -> {
        Value[] values = values(parts);
        yield frame -> {
          Render render = frame.render();
          var out = new StringBuilder();
          for (Value part : values) {
            String text = Values.string(render, part.of(frame));
            render.make((long) out.length() + text.length());
            out.append(text);
          }
          return out.toString();
        };
      }
      case Ast.Compare compare -> compare(compare);
    };
  }

  private Value[] values(List<Ast.Expression> expressions) throws TemplateException {
    Value[] values = new Value[expressions.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = value(expressions.get(i));
    }
    return values;
  }

  private static List<Object> all(Value[] values, Frame frame) {
    List<Object> all = new ArrayList<>(values.length);
    for (Value value : values) {
      all.add(value.of(frame));
    }
    return all;
  }

  private Value name(String name) {
    Symbols.Variable variable = symbols.variable(name);
    int distance = symbols.scope().distanceTo(variable.scope());
    int slot = variable.slot();
    Object missing = Undefined.variable(name);
    if (distance == 0) {
      return frame -> {
        Object value = frame.get(slot);
        return value == Missing.MISSING ? missing : value;
      };
    }
    return frame -> {
      Object value = frame.up(distance).get(slot);
      return value == Missing.MISSING ? missing : value;
    };
  }

  private Value dict(Ast.DictLiteral dict) throws TemplateException {
    Value[] keys = values(dict.keys());
    Value[] values = values(dict.values());
    return frame -> {
      frame.render().work(keys.length);
      Map<Object, Object> map = LinkedHashMap.newLinkedHashMap(keys.length);
      for (int i = 0; i < keys.length; i++) {
        Access.put(map, keys[i].of(frame), values[i].of(frame));
      }
      return map;
    };
  }

  private Value slice(Ast.Expression object, Ast.Slice slice) throws TemplateException {
    Value of = value(object);
    Value none = frame -> None.NONE;
    Value start = slice.start().isPresent() ? value(slice.start().get()) : none;
    Value stop = slice.stop().isPresent() ? value(slice.stop().get()) : none;
    Value step = slice.step().isPresent() ? value(slice.step().get()) : none;
    return frame ->
        Access.slice(frame.render(), of.of(frame), start.of(frame), stop.of(frame), step.of(frame));
  }

  private Value conditional(Ast.Conditional conditional) throws TemplateException {
    compiler.enterConditional();
    Value test = value(conditional.test());
    Value yes = value(conditional.yes());
    Object missing =
        new Undefined(
            "the inline if-expression on line "
                + conditional.line()
                + " evaluated to false and no else section was defined.");
    Value no = conditional.no().isPresent() ? value(conditional.no().get()) : frame -> missing;
    compiler.leaveConditional();
    return frame -> Values.truth(test.of(frame)) ? yes.of(frame) : no.of(frame);
  }

  private Value compare(Ast.Compare compare) throws TemplateException {
    Value first = value(compare.first());
    List<String> operators = compare.operators();
    Value[] others = values(compare.others());
    if (others.length == 1) {
      String operator = operators.getFirst();
      Value other = others[0];
      return frame -> Operators.compare(frame.render(), operator, first.of(frame), other.of(frame));
    }
    return frame -> {
      Object left = first.of(frame);
      for (int i = 0; i < others.length; i++) {
        Object right = others[i].of(frame);
        if (!Operators.compare(frame.render(), operators.get(i), left, right)) {
          return false;
        }
        left = right;
      }
      return true;
    };
  }

  // Calls, filters and tests.

  /** A call that also passes the caller in a slot. */
  Value callWith(Ast.Call call, int callerSlot) throws TemplateException {
    return call(call, Optional.of(frame -> frame.get(callerSlot)));
  }

  private Value call(Ast.Call call, Optional<Value> caller) throws TemplateException {
    ArgumentsCode arguments = arguments(call.arguments(), caller);
    if (call.callee() instanceof Ast.Attribute(Ast.Expression object, String method)) {
      Value of = value(object);
      return frame -> {
        Object self = of.of(frame);
        Render render = frame.render();
        render.work(1);
        return Access.hasMethod(self, method)
            ? Access.call(render, self, method, arguments.of(frame))
            : Access.call(render, Access.attribute(self, method), arguments.of(frame));
      };
    }
    Value callee = value(call.callee());
    return frame -> {
      Object function = callee.of(frame);
      frame.render().work(1);
      return Access.call(frame.render(), function, arguments.of(frame));
    };
  }

  /** A chain of filters whose first input is in a slot. */
  Value filter(Ast.Filter filter, int inputSlot) throws TemplateException {
    Value input =
        filter.input().isPresent() && filter.input().get() instanceof Ast.Filter inner
            ? filter(inner, inputSlot)
            : frame -> frame.get(inputSlot);
    return filter(filter, input);
  }

  private Value filter(Ast.Filter filter, Value input) throws TemplateException {
    String name = filter.name();
    ArgumentsCode arguments = arguments(filter.arguments(), Optional.empty());
    Optional<Filters.Filter> found = Filters.find(name);
    if (found.isEmpty()) {
      if (!compiler.conditional()) {
        throw compiler.fail("no filter named '" + name + "'", filter.line());
      }
      return frame -> {
        throw new Failure("no filter named '" + name + "'");
      };
    }
    Filters.Filter function = found.get();
    return frame -> {
      frame.render().work(1);
      return function.apply(frame.render(), input.of(frame), arguments.of(frame));
    };
  }

  private Value test(Ast.Test test) throws TemplateException {
    String name = test.name();
    Value input = value(test.input());
    ArgumentsCode arguments = arguments(test.arguments(), Optional.empty());
    Optional<Tests.Test> found = Tests.find(name);
    if (found.isEmpty()) {
      if (!compiler.conditional()) {
        throw compiler.fail("no test named '" + name + "'", test.line());
      }
      return frame -> {
        throw new Failure("no test named '" + name + "'");
      };
    }
    Tests.Test function = found.get();
    return frame -> function.holds(frame.render(), input.of(frame), arguments.of(frame));
  }

  /** Evaluates arguments. */
  @FunctionalInterface
  private interface ArgumentsCode {
    Arguments of(Frame frame);
  }

  private ArgumentsCode arguments(Ast.Arguments arguments, Optional<Value> caller)
      throws TemplateException {
    Value[] positional = values(arguments.positional());
    List<String> names = new ArrayList<>();
    List<Value> named = new ArrayList<>();
    for (Ast.Keyword keyword : arguments.named()) {
      names.add(keyword.name());
      named.add(value(keyword.value()));
    }
    caller.ifPresent(value -> {
      names.add("caller");
      named.add(value);
    });
    Optional<Value> more =
        arguments.more().isPresent()
            ? Optional.of(value(arguments.more().get()))
            : Optional.empty();
    Optional<Value> moreNamed =
        arguments.moreNamed().isPresent()
            ? Optional.of(value(arguments.moreNamed().get()))
            : Optional.empty();
    if (positional.length == 0 && named.isEmpty() && more.isEmpty() && moreNamed.isEmpty()) {
      return frame -> Arguments.NONE;
    }
    if (named.isEmpty() && more.isEmpty() && moreNamed.isEmpty()) {
      return frame -> new Arguments(all(positional, frame), Map.of());
    }
    return frame -> {
      List<Object> values = all(positional, frame);
      if (more.isPresent()) {
        values.addAll(Values.list(frame.render(), more.get().of(frame)));
      }
      Map<String, Object> byName = new LinkedHashMap<>();
      for (int i = 0; i < names.size(); i++) {
        byName.put(names.get(i), named.get(i).of(frame));
      }
      if (moreNamed.isPresent()) {
        Object extra = moreNamed.get().of(frame);
        if (!(extra instanceof Map<?, ?>)) {
          throw Failure.type("argument after ** must be a mapping");
        }
        Values.map(extra).forEach((key, value) -> addNamed(byName, key, value));
      }
      return new Arguments(values, byName);
    };
  }

  private static void addNamed(Map<String, Object> byName, Object key, Object value) {
    if (!Values.isString(key)) {
      throw Failure.type("keywords must be strings");
    }
    if (byName.put(Values.text(key), value) != null) {
      throw Failure.type("got multiple values for keyword argument '" + key + "'");
    }
  }
}

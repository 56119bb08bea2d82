package io.pickwick.epp.prompt.template.jinja;

import io.pickwick.epp.prompt.template.jinja.Code.Action;
import io.pickwick.epp.prompt.template.jinja.Code.Assign;
import io.pickwick.epp.prompt.template.jinja.Code.Next;
import io.pickwick.epp.prompt.template.jinja.Code.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Turns the statements of a template into code, scope by scope as Jinja2's compiler does. */
final class Compiler {
  private final String name;
  private final Set<String> undeclared = new HashSet<>();

  /** Whether what is compiled may never run; Jinja2 reports an unknown filter there only then. */
  private int conditional;

  private Compiler(String name) {
    this.name = name;
  }

  /**
   * A compiled template.
   *
   * @param undeclared the variables it expects from its caller
   */
  record Program(List<Action> body, int slots, Set<String> undeclared) {
    void run(Render render) {
      Code.run(body, new Frame(render, slots));
    }
  }

  static Program compile(String name, List<Ast.Statement> template) throws TemplateException {
    var compiler = new Compiler(name);
    Symbols symbols = Symbols.root();
    symbols.visitAll(template);
    List<Action> body = new ArrayList<>();
    body.add(compiler.entry(symbols));
    body.addAll(compiler.statements(template, symbols));
    return new Program(List.copyOf(body), symbols.scope().slots(), Set.copyOf(compiler.undeclared));
  }

  TemplateException fail(String message, int line) {
    return new TemplateException(name + ", line " + line + ": " + message);
  }

  boolean conditional() {
    return conditional > 0;
  }

  void enterConditional() {
    conditional++;
  }

  void leaveConditional() {
    conditional--;
  }

  /** Sets the variables of a scope as it is entered. */
  private Action entry(Symbols symbols) {
    List<Action> loads = new ArrayList<>();
    for (Map.Entry<Symbols.Variable, Symbols.Load> entry : symbols.loads().entrySet()) {
      int slot = entry.getKey().slot();
      switch (entry.getValue()) {
        case Symbols.Load.Parameter parameter -> {}
        case Symbols.Load.Resolve(String variable) -> {
          Optional<Object> global = Globals.find(variable);
          if (global.isEmpty()) {
            undeclared.add(variable);
          }
          Object otherwise = global.orElse(Missing.MISSING);
          loads.add(frame -> {
            Object value = frame.render().variables().get(variable);
            frame.set(slot, value == null ? otherwise : value);
            return Next.GO_ON;
          });
        }
        case Symbols.Load.Alias(Symbols.Variable source) -> {
          int distance = symbols.scope().distanceTo(source.scope());
          int from = source.slot();
          loads.add(frame -> {
            frame.set(slot, frame.up(distance).get(from));
            return Next.GO_ON;
          });
        }
        case Symbols.Load.Unset unset ->
            loads.add(frame -> {
              frame.set(slot, Missing.MISSING);
              return Next.GO_ON;
            });
      }
    }
    List<Action> all = List.copyOf(loads);
    return frame -> Code.run(all, frame);
  }

  /** A body with the entry of its own scope. */
  private List<Action> scoped(List<Ast.Statement> body, Symbols symbols) throws TemplateException {
    int outerConditional = conditional;
    conditional = 0;
    List<Action> actions = new ArrayList<>();
    actions.add(entry(symbols));
    actions.addAll(statements(body, symbols));
    conditional = outerConditional;
    return List.copyOf(actions);
  }

  private List<Action> statements(List<? extends Ast.Statement> body, Symbols symbols)
      throws TemplateException {
    List<Action> actions = new ArrayList<>(body.size());
    for (Ast.Statement statement : body) {
      actions.add(statement(statement, symbols));
    }
    return actions;
  }

  private Action statement(Ast.Statement statement, Symbols symbols) throws TemplateException {
    return switch (statement) {
      case Ast.Output output -> output(output, symbols);
      case Ast.For loop -> loop(loop, symbols);
      case Ast.If condition -> condition(condition, symbols);
      case Ast.Set set -> {
        int line = set.line();
        Value value = value(set.value(), symbols);
        Assign target = target(set.target(), symbols);
        yield frame -> {
          frame.render().at(line);
          target.put(frame, value.of(frame));
          return Next.GO_ON;
        };
      }
      case Ast.SetBlock set -> setBlock(set, symbols);
      case Ast.Macro macro -> {
        Value value = macro(macro.name(), macro.signature(), macro.body(), macro.line(), symbols);
        Assign target = target(new Ast.NameTarget(macro.name()), symbols);
        yield frame -> {
          target.put(frame, value.of(frame));
          return Next.GO_ON;
        };
      }
      case Ast.CallBlock block -> callBlock(block, symbols);
      case Ast.Generation generation -> {
        Symbols inner = symbols.function();
        inner.visitAll(generation.body());
        List<Action> body = scoped(generation.body(), inner);
        yield frame -> {
          Code.run(body, new Frame(frame, inner.scope().slots()));
          return Next.GO_ON;
        };
      }
      case Ast.FilterBlock block -> filterBlock(block, symbols);
      case Ast.With with -> with(with, symbols);
      case Ast.Break _ -> frame -> Next.BREAK;
      case Ast.Continue _ -> frame -> Next.CONTINUE;
    };
  }

  private Value value(Ast.Expression expression, Symbols symbols) throws TemplateException {
    return new Expressions(this, symbols).value(expression);
  }

  private Action output(Ast.Output output, Symbols symbols) throws TemplateException {
    int line = output.line();
    List<Action> writes = new ArrayList<>();
    for (Ast.Expression part : output.parts()) {
      if (part instanceof Ast.Const(String text)) {
        writes.add(frame -> {
          frame.render().write(text);
          return Next.GO_ON;
        });
      } else {
        Value value = value(part, symbols);
        writes.add(frame -> {
          Render render = frame.render();
          render.at(line);
          render.write(Values.string(render, value.of(frame)));
          return Next.GO_ON;
        });
      }
    }
    if (writes.size() == 1) {
      return writes.getFirst();
    }
    List<Action> all = List.copyOf(writes);
    return frame -> Code.run(all, frame);
  }

  private Action condition(Ast.If condition, Symbols symbols) throws TemplateException {
    enterConditional();
    List<Value> tests = new ArrayList<>();
    List<List<Action>> bodies = new ArrayList<>();
    tests.add(value(condition.test(), symbols));
    bodies.add(List.copyOf(statements(condition.body(), symbols)));
    for (Ast.If elif : condition.elifs()) {
      tests.add(value(elif.test(), symbols));
      bodies.add(List.copyOf(statements(elif.body(), symbols)));
    }
    List<Action> otherwise = List.copyOf(statements(condition.otherwise(), symbols));
    leaveConditional();
    int line = condition.line();
    Value[] testValues = tests.toArray(Value[]::new);
    List<List<Action>> bodyActions = List.copyOf(bodies);
    return frame -> {
      frame.render().at(line);
      for (int i = 0; i < testValues.length; i++) {
        if (Values.truth(testValues[i].of(frame))) {
          return Code.run(bodyActions.get(i), frame);
        }
      }
      return Code.run(otherwise, frame);
    };
  }

  private Action setBlock(Ast.SetBlock set, Symbols symbols) throws TemplateException {
    Symbols inner = symbols.inner();
    inner.visitAll(set.body());
    if (set.filter().isPresent()) {
      inner.visit(set.filter().get());
    }
    List<Action> body = scoped(set.body(), inner);
    Assign target = target(set.target(), symbols);
    Symbols.Variable text = inner.temporary();
    Optional<Value> filter =
        set.filter().isPresent()
            ? Optional.of(new Expressions(this, inner).filter(set.filter().get(), text.slot()))
            : Optional.empty();
    return frame -> {
      Next[] next = {Next.GO_ON};
      String written = frame.render().captured(() -> next[0] = Code.run(body, frame));
      if (next[0] == Next.GO_ON) {
        frame.set(text.slot(), written);
        target.put(frame, filter.isPresent() ? filter.get().of(frame) : written);
      }
      return next[0];
    };
  }

  private Action filterBlock(Ast.FilterBlock block, Symbols symbols) throws TemplateException {
    Symbols inner = symbols.inner();
    inner.visitAll(block.body());
    inner.visit(block.filter());
    List<Action> body = scoped(block.body(), inner);
    Symbols.Variable text = inner.temporary();
    Value filter = new Expressions(this, inner).filter(block.filter(), text.slot());
    return frame -> {
      Next[] next = {Next.GO_ON};
      Render render = frame.render();
      String written = render.captured(() -> next[0] = Code.run(body, frame));
      if (next[0] == Next.GO_ON) {
        frame.set(text.slot(), written);
        render.write(Values.string(render, filter.of(frame)));
      }
      return next[0];
    };
  }

  private Action with(Ast.With with, Symbols symbols) throws TemplateException {
    Symbols inner = symbols.inner();
    with.targets().forEach(target -> inner.visitTarget(target, true));
    inner.visitAll(with.body());
    List<Action> actions = new ArrayList<>();
    actions.add(entry(inner));
    for (int i = 0; i < with.targets().size(); i++) {
      Value value = value(with.values().get(i), symbols);
      Assign target = target(with.targets().get(i), inner);
      actions.add(frame -> {
        target.put(frame, value.of(frame));
        return Next.GO_ON;
      });
    }
    actions.addAll(statements(with.body(), inner));
    List<Action> all = List.copyOf(actions);
    return frame -> Code.run(all, frame);
  }

  // Macros.

  private Value macro(
      String macro, Ast.Signature signature, List<Ast.Statement> body, int line, Symbols symbols)
      throws TemplateException {
    Symbols inner = symbols.function();
    List<String> parameters = signature.parameters();
    parameters.forEach(inner::parameter);
    inner.visitAll(signature.defaults());
    inner.visitAll(body);
    Set<String> special = undeclared(body, Set.of("caller", "kwargs", "varargs"));
    List<Symbols.Variable> variables = new ArrayList<>();
    parameters.forEach(parameter -> variables.add(inner.variable(parameter)));
    boolean caller = special.contains("caller");
    int firstDefault = parameters.size() - signature.defaults().size();
    if (caller) {
      int explicit = parameters.indexOf("caller");
      if (explicit < 0) {
        variables.add(inner.parameter("caller"));
      } else if (explicit < firstDefault) {
        throw fail("the special caller argument must be omitted or be given a default", line);
      }
    }
    boolean kwargs = special.contains("kwargs") && !parameters.contains("kwargs");
    if (kwargs) {
      variables.add(inner.parameter("kwargs"));
    }
    boolean varargs = special.contains("varargs") && !parameters.contains("varargs");
    if (varargs) {
      variables.add(inner.parameter("varargs"));
    }
    List<Value> defaults = new ArrayList<>();
    for (int i = 0; i < parameters.size(); i++) {
      String parameter = parameters.get(i);
      Object missing = new Undefined("parameter '" + parameter + "' was not provided");
      defaults.add(
          i < firstDefault
              ? frame -> missing
              : value(signature.defaults().get(i - firstDefault), inner));
    }
    List<Action> actions = scoped(body, inner);
    var shape = new Macro.Shape(macro, parameters, caller, kwargs, varargs);
    int[] slots = variables.stream().mapToInt(Symbols.Variable::slot).toArray();
    return outer ->
        new Macro(
            shape,
            values -> {
              var frame = new Frame(outer, inner.scope().slots());
              for (int i = 0; i < slots.length; i++) {
                frame.set(slots[i], values.get(i));
              }
              actions.getFirst().run(frame);
              for (int i = 0; i < defaults.size(); i++) {
                if (frame.get(slots[i]) == Missing.MISSING) {
                  frame.set(slots[i], defaults.get(i).of(frame));
                }
              }
              return frame.render().captured(() -> Code.run(actions, frame));
            });
  }

  /** Which of some names a body uses before it assigns them. */
  private static Set<String> undeclared(List<Ast.Statement> body, Set<String> names) {
    Set<String> open = new HashSet<>(names);
    Set<String> found = new HashSet<>();
    for (Ast.Node node : Ast.descendants(body)) {
      if (node instanceof Ast.Name(String used) && open.contains(used)) {
        found.add(used);
      } else if (node instanceof Ast.NameTarget(String assigned)) {
        open.remove(assigned);
      } else if (node instanceof Ast.Macro macro) {
        macro.signature().parameters().forEach(open::remove);
      } else if (node instanceof Ast.CallBlock block) {
        block.signature().parameters().forEach(open::remove);
      }
    }
    return found;
  }

  private Action callBlock(Ast.CallBlock block, Symbols symbols) throws TemplateException {
    Value caller = macro("", block.signature(), block.body(), block.line(), symbols);
    int slot = symbols.temporary().slot();
    Value call = new Expressions(this, symbols).callWith(block.call(), slot);
    int line = block.line();
    return frame -> {
      Render render = frame.render();
      render.at(line);
      frame.set(slot, caller.of(frame));
      render.write(Values.string(render, call.of(frame)));
      return Next.GO_ON;
    };
  }

  // Loops.

  private Action loop(Ast.For loop, Symbols symbols) throws TemplateException {
    boolean extended = loop.recursive() || !undeclared(loop.body(), Set.of("loop")).isEmpty();
    Symbols inner = loop.recursive() ? symbols.function() : symbols.inner();
    int loopSlot = extended ? inner.parameter("loop").slot() : -1;
    inner.visitTarget(loop.target(), true);
    inner.visitAll(loop.body());
    Assign target = target(loop.target(), inner);
    Value items = value(loop.items(), symbols);
    Optional<Test> test =
        loop.test().isPresent() ? Optional.of(test(loop, inner)) : Optional.empty();
    List<Action> body = scoped(loop.body(), inner);
    List<Action> otherwise = List.of();
    if (!loop.otherwise().isEmpty()) {
      Symbols other = inner.sibling();
      other.visitAll(loop.otherwise());
      otherwise = scoped(loop.otherwise(), other);
    }
    var code = new LoopCode(body, otherwise, target, test, loopSlot);
    int line = loop.line();
    if (loop.recursive()) {
      return frame -> {
        Render render = frame.render();
        render.at(line);
        render.write(recurse(code, inner, frame, items.of(frame), 0));
        return Next.GO_ON;
      };
    }
    return frame -> {
      Render render = frame.render();
      render.at(line);
      return code.run(frame, items.of(frame), Optional.empty(), 0);
    };
  }

  private static String recurse(
      LoopCode code, Symbols inner, Frame outer, Object items, int depth) {
    Render render = outer.render();
    render.enter();
    try {
      var frame = new Frame(outer, inner.scope().slots());
      Loop.Recursion deeper = (nested, level) -> recurse(code, inner, outer, nested, level);
      return render.captured(() -> code.run(frame, items, Optional.of(deeper), depth));
    } finally {
      render.leave();
    }
  }

  /** The {@code if} of a loop; it has a scope of its own. */
  private record Test(Action entry, Assign target, Value value) {}

  private Test test(Ast.For loop, Symbols inner) throws TemplateException {
    Symbols own = inner.sibling();
    own.visitTarget(loop.target(), true);
    own.visit(loop.test().orElseThrow());
    Assign target = target(loop.target(), own);
    return new Test(entry(own), target, value(loop.test().orElseThrow(), own));
  }

  private record LoopCode(
      List<Action> body, List<Action> otherwise, Assign target, Optional<Test> test, int loopSlot) {
    Next run(Frame frame, Object iterable, Optional<Loop.Recursion> recursion, int depth) {
      Object items = test.isPresent() ? filtered(frame, iterable, test.get()) : iterable;
      boolean completed =
          loopSlot < 0
              ? plain(frame, items)
              : extended(frame, new Loop(frame.render(), items, recursion, depth));
      return completed || otherwise.isEmpty() ? Next.GO_ON : Code.run(otherwise, frame);
    }

    /** Whether one round went through to its end, which is what keeps {@code else} away. */
    private boolean plain(Frame frame, Object iterable) {
      boolean completed = false;
      var items = Values.iterator(iterable);
      while (items.hasNext()) {
        frame.render().work(1);
        target.put(frame, items.next());
        Next next = Code.run(body, frame);
        if (next == Next.BREAK) {
          break;
        }
        completed |= next == Next.GO_ON;
      }
      return completed;
    }

    private boolean extended(Frame frame, Loop loop) {
      boolean completed = false;
      Object item = loop.next();
      while (item != Missing.MISSING) {
        frame.render().work(1);
        target.put(frame, item);
        frame.set(loopSlot, loop);
        Next next = Code.run(body, frame);
        if (next == Next.BREAK) {
          break;
        }
        completed |= next == Next.GO_ON;
        item = loop.next();
      }
      return completed;
    }

    private static Generator filtered(Frame frame, Object iterable, Test test) {
      test.entry().run(frame);
      return new Generator(
          Iterators.filter(
              Values.iterator(iterable),
              item -> {
                frame.render().work(1);
                test.target().put(frame, item);
                return Values.truth(test.value().of(frame));
              }));
    }
  }

  // Assignments.

  private Assign target(Ast.Target target, Symbols symbols) {
    return switch (target) {
      case Ast.NameTarget(String variable) -> {
        int slot = symbols.variable(variable).slot();
        yield (frame, value) -> frame.set(slot, value);
      }
      case Ast.NamespaceTarget(String variable, String attribute) -> {
        Symbols.Variable found = symbols.variable(variable);
        int distance = symbols.scope().distanceTo(found.scope());
        int slot = found.slot();
        yield (frame, value) -> {
          if (!(frame.up(distance).get(slot) instanceof Namespace namespace)) {
            throw new Failure("cannot assign attribute on non-namespace object");
          }
          namespace.attributes().put(attribute, value);
        };
      }
      case Ast.TupleTarget(List<Ast.Target> targets) -> {
        List<Assign> parts = new ArrayList<>();
        targets.forEach(part -> parts.add(target(part, symbols)));
        yield (frame, value) -> unpack(frame, value, parts);
      }
    };
  }

  private static void unpack(Frame frame, Object value, List<Assign> parts) {
    if (!Values.isIterable(value)) {
      throw Failure.type("cannot unpack non-iterable " + Values.typeName(value) + " object");
    }
    var items = Values.iterator(value);
    List<Object> values = new ArrayList<>(parts.size());
    while (items.hasNext() && values.size() <= parts.size()) {
      values.add(items.next());
    }
    if (values.size() != parts.size()) {
      throw Failure.value(
          (values.size() > parts.size() ? "too many" : "not enough")
              + " values to unpack (expected "
              + parts.size()
              + ")");
    }
    for (int i = 0; i < values.size(); i++) {
      parts.get(i).put(frame, values.get(i));
    }
  }
}

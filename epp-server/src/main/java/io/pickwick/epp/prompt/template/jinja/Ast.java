package io.pickwick.epp.prompt.template.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The syntax tree of a template. */
final class Ast {
  private Ast() {}

  /** Anything in the tree. */
  sealed interface Node {
    /** The nodes right below, in the order Jinja2 walks them. */
    List<Node> children();
  }

  /** A piece of the template that writes or assigns. */
  sealed interface Statement extends Node {
    int line();
  }

  /** Something with a value. */
  sealed interface Expression extends Node {}

  /** What can be assigned to. */
  sealed interface Target extends Node {}

  record NameTarget(String name) implements Target {
    @Override
    public List<Node> children() {
      return List.of();
    }
  }

  record NamespaceTarget(String name, String attribute) implements Target {
    @Override
    public List<Node> children() {
      return List.of();
    }
  }

  record TupleTarget(List<Target> targets) implements Target {
    @Override
    public List<Node> children() {
      return List.copyOf(targets);
    }
  }

  record Const(Object value) implements Expression {
    @Override
    public List<Node> children() {
      return List.of();
    }
  }

  record Name(String name) implements Expression {
    @Override
    public List<Node> children() {
      return List.of();
    }
  }

  /** {@code ns.attribute} where a target is expected; never evaluated. */
  record NamespaceRef(String name, String attribute) implements Expression {
    @Override
    public List<Node> children() {
      return List.of();
    }
  }

  record ListLiteral(List<Expression> items) implements Expression {
    @Override
    public List<Node> children() {
      return List.copyOf(items);
    }
  }

  record TupleLiteral(List<Expression> items) implements Expression {
    @Override
    public List<Node> children() {
      return List.copyOf(items);
    }
  }

  record DictLiteral(List<Expression> keys, List<Expression> values) implements Expression {
    @Override
    public List<Node> children() {
      return concat(keys, values);
    }
  }

  record Attribute(Expression object, String name) implements Expression {
    @Override
    public List<Node> children() {
      return List.of(object);
    }
  }

  record Item(Expression object, Expression key) implements Expression {
    @Override
    public List<Node> children() {
      return List.of(object, key);
    }
  }

  record Slice(Optional<Expression> start, Optional<Expression> stop, Optional<Expression> step)
      implements Expression {
    @Override
    public List<Node> children() {
      List<Node> children = new ArrayList<>(3);
      start.ifPresent(children::add);
      stop.ifPresent(children::add);
      step.ifPresent(children::add);
      return children;
    }
  }

  /** Arguments of a call, a filter or a test. */
  record Arguments(
      List<Expression> positional,
      List<Keyword> named,
      Optional<Expression> more,
      Optional<Expression> moreNamed)
      implements Node {
    static final Arguments NONE =
        new Arguments(List.of(), List.of(), Optional.empty(), Optional.empty());

    @Override
    public List<Node> children() {
      List<Node> children = new ArrayList<>(positional);
      children.addAll(named);
      more.ifPresent(children::add);
      moreNamed.ifPresent(children::add);
      return children;
    }
  }

  record Keyword(String name, Expression value) implements Node {
    @Override
    public List<Node> children() {
      return List.of(value);
    }
  }

  record Call(Expression callee, Arguments arguments) implements Expression {
    @Override
    public List<Node> children() {
      return List.of(callee, arguments);
    }
  }

  /** A filter; its input is empty at the head of a filter block. */
  record Filter(Optional<Expression> input, String name, Arguments arguments, int line)
      implements Expression {
    @Override
    public List<Node> children() {
      return input
          .<List<Node>>map(in -> List.of(in, arguments))
          .orElseGet(() -> List.of(arguments));
    }
  }

  record Test(Expression input, String name, Arguments arguments, int line) implements Expression {
    @Override
    public List<Node> children() {
      return List.of(input, arguments);
    }
  }

  record Conditional(Expression test, Expression yes, Optional<Expression> no, int line)
      implements Expression {
    @Override
    public List<Node> children() {
      List<Node> children = new ArrayList<>(3);
      children.add(test);
      children.add(yes);
      no.ifPresent(children::add);
      return children;
    }
  }

  record Not(Expression operand) implements Expression {
    @Override
    public List<Node> children() {
      return List.of(operand);
    }
  }

  record And(Expression left, Expression right) implements Expression {
    @Override
    public List<Node> children() {
      return List.of(left, right);
    }
  }

  record Or(Expression left, Expression right) implements Expression {
    @Override
    public List<Node> children() {
      return List.of(left, right);
    }
  }

  record Sign(boolean negative, Expression operand) implements Expression {
    @Override
    public List<Node> children() {
      return List.of(operand);
    }
  }

  record Binary(String operator, Expression left, Expression right) implements Expression {
    @Override
    public List<Node> children() {
      return List.of(left, right);
    }
  }

  record Concat(List<Expression> parts) implements Expression {
    @Override
    public List<Node> children() {
      return List.copyOf(parts);
    }
  }

  record Compare(Expression first, List<String> operators, List<Expression> others)
      implements Expression {
    @Override
    public List<Node> children() {
      return concat(List.of(first), others);
    }
  }

  record Output(int line, List<Expression> parts) implements Statement {
    @Override
    public List<Node> children() {
      return List.copyOf(parts);
    }
  }

  record For(
      int line,
      Target target,
      Expression items,
      List<Statement> body,
      List<Statement> otherwise,
      Optional<Expression> test,
      boolean recursive)
      implements Statement {
    @Override
    public List<Node> children() {
      List<Node> children = new ArrayList<>();
      children.add(target);
      children.add(items);
      children.addAll(body);
      children.addAll(otherwise);
      test.ifPresent(children::add);
      return children;
    }
  }

  record If(
      int line, Expression test, List<Statement> body, List<If> elifs, List<Statement> otherwise)
      implements Statement {
    @Override
    public List<Node> children() {
      List<Node> children = new ArrayList<>();
      children.add(test);
      children.addAll(body);
      children.addAll(elifs);
      children.addAll(otherwise);
      return children;
    }
  }

  record Set(int line, Target target, Expression value) implements Statement {
    @Override
    public List<Node> children() {
      return List.of(target, value);
    }
  }

  record SetBlock(int line, Target target, Optional<Filter> filter, List<Statement> body)
      implements Statement {
    @Override
    public List<Node> children() {
      List<Node> children = new ArrayList<>();
      children.add(target);
      filter.ifPresent(children::add);
      children.addAll(body);
      return children;
    }
  }

  /** What a macro and the body of a call block share; the last parameters have the defaults. */
  record Signature(List<String> parameters, List<Expression> defaults) {}

  record Macro(int line, String name, Signature signature, List<Statement> body)
      implements Statement {
    @Override
    public List<Node> children() {
      return concat(signature.defaults(), body);
    }
  }

  record CallBlock(int line, Call call, Signature signature, List<Statement> body)
      implements Statement {
    @Override
    public List<Node> children() {
      return concat(concat(List.of(call), signature.defaults()), body);
    }
  }

  /** {@code generation} of transformers: the body, in a scope of its own. */
  record Generation(int line, List<Statement> body) implements Statement {
    @Override
    public List<Node> children() {
      return List.copyOf(body);
    }
  }

  record FilterBlock(int line, Filter filter, List<Statement> body) implements Statement {
    @Override
    public List<Node> children() {
      return concat(body, List.of(filter));
    }
  }

  record With(int line, List<Target> targets, List<Expression> values, List<Statement> body)
      implements Statement {
    @Override
    public List<Node> children() {
      return concat(concat(targets, values), body);
    }
  }

  record Break(int line) implements Statement {
    @Override
    public List<Node> children() {
      return List.of();
    }
  }

  record Continue(int line) implements Statement {
    @Override
    public List<Node> children() {
      return List.of();
    }
  }

  /** All nodes below some, each before its own children. */
  static List<Node> descendants(List<? extends Node> roots) {
    List<Node> all = new ArrayList<>();
    for (Node root : roots) {
      collect(root, all);
    }
    return all;
  }

  private static void collect(Node node, List<Node> all) {
    all.add(node);
    for (Node child : node.children()) {
      collect(child, all);
    }
  }

  private static List<Node> concat(List<? extends Node> first, List<? extends Node> second) {
    List<Node> all = new ArrayList<>(first.size() + second.size());
    all.addAll(first);
    all.addAll(second);
    return all;
  }
}

package io.pickwick.epp.prompt.template.jinja;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which variable a name means in one scope of a template.
 *
 * <p>A port of Jinja2's {@code idtracking}: it decides while compiling, not while rendering,
 * whether a name is a variable of this scope, of an outer one or of the caller, and its oddities
 * (what an assignment in a branch or in a loop does to the name before it) are part of the
 * language.
 */
final class Symbols {
  /** The slots of one function: the template, a macro, or the body of a recursive loop. */
  static final class Scope {
    private final Optional<Scope> outer;
    private int slots;

    Scope(Optional<Scope> outer) {
      this.outer = outer;
    }

    int slots() {
      return slots;
    }

    /** How many functions lie between this one and an outer one. */
    int distanceTo(Scope other) {
      int distance = 0;
      Scope scope = this;
      while (scope != other) {
        scope = scope.outer.orElseThrow();
        distance++;
      }
      return distance;
    }
  }

  /** A variable. */
  record Variable(Scope scope, int slot) {}

  /** How a variable gets its value when its scope is entered. */
  sealed interface Load {
    /** The one who enters has set it. */
    record Parameter() implements Load {}

    /** From the variables the template is rendered with. */
    record Resolve(String name) implements Load {}

    /** From a variable of an outer scope. */
    record Alias(Variable source) implements Load {}

    /** It has none. */
    record Unset() implements Load {}
  }

  private final Scope scope;
  private final Optional<Symbols> parent;
  private final Map<String, Variable> known;
  private final Map<String, Variable> refs;
  private final Map<Variable, Load> loads;
  private final Set<String> stores;

  private Symbols(
      Scope scope,
      Optional<Symbols> parent,
      Map<String, Variable> known,
      Map<String, Variable> refs,
      Map<Variable, Load> loads,
      Set<String> stores) {
    this.scope = scope;
    this.parent = parent;
    this.known = known;
    this.refs = refs;
    this.loads = loads;
    this.stores = stores;
  }

  static Symbols root() {
    return new Symbols(
        new Scope(Optional.empty()),
        Optional.empty(),
        new HashMap<>(),
        new HashMap<>(),
        new LinkedHashMap<>(),
        new HashSet<>());
  }

  /** An inner scope in the same function. */
  Symbols inner() {
    return inner(scope);
  }

  /** An inner scope that is a function of its own. */
  Symbols function() {
    return inner(new Scope(Optional.of(scope)));
  }

  /** Another scope in the same function, below the same outer one. */
  Symbols sibling() {
    return parent.orElseThrow().inner(scope);
  }

  private Symbols inner(Scope inside) {
    return new Symbols(
        inside,
        Optional.of(this),
        new HashMap<>(),
        new HashMap<>(),
        new LinkedHashMap<>(),
        new HashSet<>());
  }

  /** This scope as one branch sees it; both number the same name alike. */
  private Symbols branch() {
    return new Symbols(
        scope,
        parent,
        known,
        new HashMap<>(refs),
        new LinkedHashMap<>(loads),
        new HashSet<>(stores));
  }

  Scope scope() {
    return scope;
  }

  Map<Variable, Load> loads() {
    return loads;
  }

  private Variable define(String name, Load load) {
    Variable variable = known.computeIfAbsent(name, key -> new Variable(scope, scope.slots++));
    refs.put(name, variable);
    loads.put(variable, load);
    return variable;
  }

  Optional<Variable> find(String name) {
    Variable variable = refs.get(name);
    return variable == null ? parent.flatMap(outer -> outer.find(name)) : Optional.of(variable);
  }

  Variable variable(String name) {
    return find(name).orElseThrow(() -> new IllegalStateException("unknown name " + name));
  }

  /** A slot without a name. */
  Variable temporary() {
    return new Variable(scope, scope.slots++);
  }

  Variable parameter(String name) {
    stores.add(name);
    return define(name, new Load.Parameter());
  }

  private void store(String name) {
    stores.add(name);
    if (!refs.containsKey(name)) {
      Optional<Variable> outer = parent.flatMap(symbols -> symbols.find(name));
      define(name, outer.<Load>map(Load.Alias::new).orElseGet(Load.Unset::new));
    }
  }

  private void load(String name) {
    if (find(name).isEmpty()) {
      define(name, new Load.Resolve(name));
    }
  }

  private void merge(List<Symbols> branches) {
    Set<String> stored = new HashSet<>();
    branches.forEach(branch -> stored.addAll(branch.stores));
    stored.removeAll(stores);
    for (Symbols branch : branches) {
      refs.putAll(branch.refs);
      loads.putAll(branch.loads);
      stores.addAll(branch.stores);
    }
    for (String name : stored) {
      Optional<Variable> outer = parent.flatMap(symbols -> symbols.find(name));
      Load load = outer.<Load>map(Load.Alias::new).orElseGet(() -> new Load.Resolve(name));
      loads.put(variable(name), load);
    }
  }

  void visitTarget(Ast.Target target, boolean parameter) {
    switch (target) {
      case Ast.NameTarget(String name) -> {
        if (parameter) {
          parameter(name);
        } else {
          store(name);
        }
      }
      case Ast.NamespaceTarget(String name, String attribute) -> load(name);
      case Ast.TupleTarget(List<Ast.Target> targets) ->
          targets.forEach(inside -> visitTarget(inside, parameter));
    }
  }

  void visitAll(Collection<? extends Ast.Node> nodes) {
    nodes.forEach(this::visit);
  }

  /** Notes the names of a statement or expression that belong to this scope. */
  void visit(Ast.Node node) {
    switch (node) {
      case Ast.Name(String name) -> load(name);
      case Ast.Target target -> visitTarget(target, false);
      case Ast.If condition -> visitIf(condition);
      case Ast.Macro macro -> store(macro.name());
      case Ast.Set set -> {
        visit(set.value());
        visit(set.target());
      }
      case Ast.SetBlock set -> visit(set.target());
      case Ast.For loop -> visit(loop.items());
      case Ast.CallBlock block -> visit(block.call());
      case Ast.FilterBlock block -> visit(block.filter());
      case Ast.With with -> visitAll(with.values());
      case Ast.Generation generation -> {}
      default -> visitAll(node.children());
    }
  }

  private void visitIf(Ast.If condition) {
    visit(condition.test());
    Symbols body = branch();
    body.visitAll(condition.body());
    Symbols elifs = branch();
    elifs.visitAll(condition.elifs());
    Symbols otherwise = branch();
    otherwise.visitAll(condition.otherwise());
    merge(new ArrayList<>(List.of(body, elifs, otherwise)));
  }
}

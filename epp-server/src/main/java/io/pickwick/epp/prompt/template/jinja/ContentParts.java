package io.pickwick.epp.prompt.template.jinja;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds out whether a template loops over the content of messages.
 *
 * <p>vLLM gives such a template the parts of a message and all others one string (its {@code
 * _detect_content_format}); the same tree gives the same answer here, also where the heuristic
 * errs.
 */
final class ContentParts {
  private final List<Ast.Node> all;

  private ContentParts(List<Ast.Node> all) {
    this.all = all;
  }

  static boolean read(List<Ast.Statement> tree) {
    try {
      return new ContentParts(Ast.descendants(tree)).found();
    } catch (UnexpectedTarget e) {
      return false;
    }
  }

  /** Where vLLM's own search fails, it takes the content to be a string. */
  private static final class UnexpectedTarget extends RuntimeException {
    @java.io.Serial private static final long serialVersionUID = 1L;

    UnexpectedTarget() {
      super("not a name", null, false, false);
    }
  }

  private static String name(Ast.Target target) {
    if (target instanceof Ast.NameTarget(String name)) {
      return name;
    }
    throw new UnexpectedTarget();
  }

  private static boolean isVariable(Ast.Node node, String variable) {
    return node instanceof Ast.Name(String name) && name.equals(variable);
  }

  private static boolean isAccess(Ast.Node node, String variable, Optional<String> key) {
    return switch (node) {
      case Ast.Filter filter ->
          filter.input().isPresent() && isAccess(filter.input().get(), variable, key);
      case Ast.Test test -> isAccess(test.input(), variable, key);
      case Ast.Item(Ast.Expression object, Ast.Slice slice) -> isAccess(object, variable, key);
      case Ast.Item(Ast.Expression object, Ast.Const(Object constant)) ->
          key.isPresent() && isVariable(object, variable) && constant.equals(key.get());
      case Ast.Attribute(Ast.Expression object, String attribute) ->
          key.isPresent() && isVariable(object, variable) && attribute.equals(key.get());
      default -> key.isEmpty() && isVariable(node, variable);
    };
  }

  /** The names that may stand for the list of messages. */
  private List<String> messages() {
    List<String> names = new ArrayList<>(List.of("messages"));
    Deque<String> related = new ArrayDeque<>(names);
    Set<String> followed = new HashSet<>();
    while (!related.isEmpty()) {
      String variable = related.pop();
      if (!followed.add(variable)) {
        continue;
      }
      for (Ast.Node node : all) {
        if (node instanceof Ast.Set set && isAccess(set.value(), variable, Optional.empty())) {
          String assigned = name(set.target());
          names.add(assigned);
          related.add(assigned);
        }
      }
    }
    return names;
  }

  /** The names that may stand for one message. */
  private List<String> message() {
    List<String> messages = messages();
    List<String> names = new ArrayList<>();
    for (Ast.Node node : all) {
      if (node instanceof Ast.For loop
          && messages.stream().anyMatch(v -> isAccess(loop.items(), v, Optional.empty()))) {
        names.add(name(loop.target()));
      }
    }
    return names;
  }

  private boolean found() {
    List<String> message = message();
    IdentityHashMap<Ast.Node, Set<String>> contentByLoop = new IdentityHashMap<>();
    Set<Ast.Node> loopsInMacros = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Ast.Node node : all) {
      if (node instanceof Ast.Macro macro) {
        Set<String> content = contentParameters(macro, message);
        for (Ast.Node inside : Ast.descendants(macro.body())) {
          if (inside instanceof Ast.For) {
            loopsInMacros.add(inside);
            if (!content.isEmpty()) {
              contentByLoop.put(inside, content);
            }
          }
        }
      }
    }
    for (Ast.Node node : all) {
      if (node instanceof Ast.For loop
          && walksContent(loop, message, contentByLoop, loopsInMacros)) {
        name(loop.target());
        return true;
      }
    }
    return false;
  }

  private static boolean walksContent(
      Ast.For loop,
      List<String> message,
      IdentityHashMap<Ast.Node, Set<String>> contentByLoop,
      Set<Ast.Node> loopsInMacros) {
    if (message.stream().anyMatch(v -> isAccess(loop.items(), v, Optional.of("content")))) {
      return true;
    }
    if (!(loop.items() instanceof Ast.Name(String items))) {
      return false;
    }
    return contentByLoop.getOrDefault(loop, Set.of()).contains(items)
        || (!loopsInMacros.contains(loop) && items.equals("content"));
  }

  /** The parameters of a macro that somewhere get the content of a message. */
  private Set<String> contentParameters(Ast.Macro macro, List<String> message) {
    List<String> parameters = macro.signature().parameters();
    Set<String> content = new HashSet<>();
    for (Ast.Node node : all) {
      if (node instanceof Ast.Call call && isVariable(call.callee(), macro.name())) {
        List<Ast.Expression> positional = call.arguments().positional();
        for (int i = 0; i < Math.min(positional.size(), parameters.size()); i++) {
          if (isContent(positional.get(i), message)) {
            content.add(parameters.get(i));
          }
        }
        for (Ast.Keyword keyword : call.arguments().named()) {
          if (parameters.contains(keyword.name()) && isContent(keyword.value(), message)) {
            content.add(keyword.name());
          }
        }
      }
    }
    return content;
  }

  private static boolean isContent(Ast.Node node, List<String> message) {
    return message.stream().anyMatch(v -> isAccess(node, v, Optional.of("content")));
  }
}

package io.pickwick.epp.prompt.template.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A macro, or the body of a call block. */
final class Macro implements Function {
  /** Runs the body; the slots of the parameters come in the order of the shape. */
  @FunctionalInterface
  interface Body {
    String run(List<Object> values);
  }

  /** What a macro takes: the last three are for those whose body mentions them. */
  record Shape(
      String name, List<String> parameters, boolean caller, boolean kwargs, boolean varargs) {}

  private final Shape shape;
  private final Body body;

  Macro(Shape shape, Body body) {
    this.shape = shape;
    this.body = body;
  }

  String name() {
    return shape.name();
  }

  Object attribute(String attribute) {
    return switch (attribute) {
      case "name" -> shape.name();
      case "arguments" -> new Tuple(List.copyOf(shape.parameters()));
      case "catch_kwargs" -> shape.kwargs();
      case "catch_varargs" -> shape.varargs();
      case "caller" -> shape.caller();
      default -> Undefined.of(this, attribute);
    };
  }

  @Override
  public Object call(Render render, Arguments arguments) {
    List<String> parameters = shape.parameters();
    List<Object> positional = arguments.positional();
    int given = Math.min(positional.size(), parameters.size());
    List<Object> values = new ArrayList<>(positional.subList(0, given));
    Map<Object, Object> named = new LinkedHashMap<>(arguments.named());
    boolean foundCaller = given == parameters.size() && parameters.contains("caller");
    for (String parameter : parameters.subList(given, parameters.size())) {
      Object value = named.remove(parameter);
      values.add(value == null ? Missing.MISSING : value);
      foundCaller |= parameter.equals("caller");
    }
    if (shape.caller() && !foundCaller) {
      Object caller = named.remove("caller");
      values.add(caller == null ? new Undefined("No caller defined") : caller);
    }
    if (shape.kwargs()) {
      values.add(named);
    } else if (!named.isEmpty()) {
      throw Failure.type(
          "macro '" + name() + "' takes no keyword argument " + named.keySet().iterator().next());
    }
    if (shape.varargs()) {
      values.add(new Tuple(List.copyOf(positional.subList(given, positional.size()))));
    } else if (positional.size() > parameters.size()) {
      throw Failure.type(
          "macro '" + name() + "' takes not more than " + parameters.size() + " argument(s)");
    }
    render.enter();
    try {
      return body.run(values);
    } finally {
      render.leave();
    }
  }
}

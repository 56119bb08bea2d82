package io.pickwick.epp.prompt.template.jinja;

import java.util.List;
import java.util.Map;

/** The values a function, filter or test is called with. */
record Arguments(List<Object> positional, Map<String, Object> named) {
  static final Arguments NONE = new Arguments(List.of(), Map.of());

  int count() {
    return positional.size() + named.size();
  }

  /** The argument at a place or of that name. */
  Object get(int index, String name, Object otherwise) {
    if (index < positional.size()) {
      return positional.get(index);
    }
    Object value = named.get(name);
    return value == null ? otherwise : value;
  }

  Object require(int index, String name, String function) {
    if (index < positional.size()) {
      return positional.get(index);
    }
    Object value = named.get(name);
    if (value == null) {
      throw Failure.type(function + "() missing a required argument: '" + name + "'");
    }
    return value;
  }

  Object first(String function) {
    if (positional.isEmpty()) {
      throw Failure.type(function + "() missing a required argument");
    }
    return positional.getFirst();
  }

  /** Refuses arguments a function does not have. */
  Arguments check(String function, int most, String... names) {
    if (positional.size() > most) {
      throw Failure.type(function + "() takes at most " + most + " arguments");
    }
    if (!named.isEmpty()) {
      List<String> known = List.of(names);
      for (String name : named.keySet()) {
        int at = known.indexOf(name);
        if (at < 0) {
          throw Failure.type(function + "() got an unexpected keyword argument '" + name + "'");
        }
        if (at < positional.size()) {
          throw Failure.type(function + "() got multiple values for argument '" + name + "'");
        }
      }
    }
    return this;
  }

  Arguments from(int index) {
    return new Arguments(positional.subList(index, positional.size()), named);
  }
}

package io.pickwick.epp.prompt.template.jinja;

import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** The {@code loop} variable. */
final class Loop {
  /** Renders the body of a recursive loop once more. */
  @FunctionalInterface
  interface Recursion {
    String render(Object items, int depth);
  }

  private final Render render;
  private final Object iterable;
  private final Optional<Recursion> recursion;
  private final int depth;
  private Iterator<Object> items;
  private Object after = Missing.MISSING;
  private Object current = Missing.MISSING;
  private Object before = Missing.MISSING;
  private Object changed = Missing.MISSING;
  private long index0 = -1;
  private long length = -1;

  Loop(Render render, Object iterable, Optional<Recursion> recursion, int depth) {
    this.render = render;
    this.iterable = iterable;
    this.recursion = recursion;
    this.depth = depth;
    this.items = Values.iterator(iterable);
  }

  /** The next item, or {@link Missing}. */
  Object next() {
    Object item = peek();
    after = Missing.MISSING;
    if (item != Missing.MISSING) {
      index0++;
      before = current;
      current = item;
    }
    return item;
  }

  private Object peek() {
    if (after == Missing.MISSING && items.hasNext()) {
      after = items.next();
    }
    return after;
  }

  long index() {
    return index0 + 1;
  }

  long length() {
    if (length < 0) {
      if (iterable instanceof Generator) {
        List<Object> rest = Values.list(render, new Generator(items));
        length = rest.size() + index() + (after == Missing.MISSING ? 0 : 1);
        items = rest.iterator();
      } else {
        length = Values.length(iterable);
      }
    }
    return length;
  }

  Object attribute(String name) {
    return switch (name) {
      case "index" -> index();
      case "index0" -> index0;
      case "first" -> index0 == 0;
      case "last" -> peek() == Missing.MISSING;
      case "length" -> length();
      case "revindex" -> length() - index0;
      case "revindex0" -> length() - index();
      case "depth" -> depth + 1L;
      case "depth0" -> (long) depth;
      case "previtem" -> index0 == 0 ? new Undefined("there is no previous item") : before;
      case "nextitem" -> {
        Object next = peek();
        yield next == Missing.MISSING ? new Undefined("there is no next item") : next;
      }
      case "cycle" -> (Function) this::cycle;
      case "changed" -> (Function) this::changed;
      default -> Undefined.of(this, name);
    };
  }

  private Object cycle(Render unused, Arguments arguments) {
    if (arguments.positional().isEmpty()) {
      throw Failure.type("no items for cycling given");
    }
    return arguments.positional().get((int) (index0 % arguments.positional().size()));
  }

  private Object changed(Render unused, Arguments arguments) {
    Object value = new Tuple(arguments.positional());
    if (changed != Missing.MISSING && Values.equal(render, changed, value)) {
      return false;
    }
    changed = value;
    return true;
  }

  Object call(Arguments arguments) {
    Recursion recursive =
        recursion.orElseThrow(() ->
            Failure.type("The loop must have the 'recursive' marker to be called recursively."));
    return recursive.render(arguments.require(0, "iterable", "loop"), depth + 1);
  }
}

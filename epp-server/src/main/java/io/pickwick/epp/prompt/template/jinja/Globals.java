package io.pickwick.epp.prompt.template.jinja;

import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The functions every template may call. */
final class Globals {
  private static final Map<String, Object> ALL =
      Map.of(
          "range", (Function) Globals::range,
          "dict", (Function) Globals::dict,
          "namespace", (Function) (render, arguments) -> new Namespace(map(render, arguments)),
          "cycler", (Function) (render, arguments) -> new Cycler(arguments.positional()),
          "joiner", (Function) Globals::joiner,
          "lipsum", (Function) Globals::lipsum,
          "raise_exception", (Function) Globals::raise,
          "strftime_now", (Function) Globals::now);

  private Globals() {}

  static Optional<Object> find(String name) {
    return Optional.ofNullable(ALL.get(name));
  }

  private static Object range(Render render, Arguments arguments) {
    arguments.check("range", 3);
    List<Object> bounds = arguments.positional();
    return switch (bounds.size()) {
      case 1 -> Range.of(0, Access.index(bounds.get(0)), 1);
      case 2 -> Range.of(Access.index(bounds.get(0)), Access.index(bounds.get(1)), 1);
      case 3 ->
          Range.of(
              Access.index(bounds.get(0)),
              Access.index(bounds.get(1)),
              Access.index(bounds.get(2)));
      default -> throw Failure.type("range expected at least 1 argument, got 0");
    };
  }

  private static Object dict(Render render, Arguments arguments) {
    return map(render, arguments);
  }

  private static Map<Object, Object> map(Render render, Arguments arguments) {
    arguments = arguments.positional().size() > 1 ? arguments.check("dict", 1) : arguments;
    Map<Object, Object> map = new LinkedHashMap<>();
    if (!arguments.positional().isEmpty()) {
      Object source = arguments.positional().getFirst();
      if (source instanceof Map<?, ?>) {
        map.putAll(Values.map(source));
      } else if (source instanceof Namespace) {
        throw Failure.type("'Namespace' object is not iterable");
      } else {
        for (Object item : Values.list(render, source)) {
          List<Object> pair = Values.list(render, item);
          if (pair.size() != 2) {
            throw Failure.value("dictionary update sequence needs pairs");
          }
          Access.put(map, pair.get(0), pair.get(1));
        }
      }
    }
    map.putAll(arguments.named());
    render.work(map.size());
    return map;
  }

  private static Object joiner(Render unused, Arguments arguments) {
    Object separator = arguments.get(0, "sep", ", ");
    boolean[] used = {false};
    return (Function)
        (render, none) -> {
          boolean first = !used[0];
          used[0] = true;
          return first ? "" : separator;
        };
  }

  private static Object lipsum(Render render, Arguments arguments) {
    throw new Failure("lipsum is random, so nobody can foretell the prompt");
  }

  private static Object raise(Render render, Arguments arguments) {
    throw new Failure(Values.string(render, arguments.require(0, "message", "raise_exception")));
  }

  private static Object now(Render render, Arguments arguments) {
    Object format = arguments.require(0, "format", "strftime_now");
    if (!Values.isString(format)) {
      throw Failure.type("strftime() argument 1 must be str");
    }
    ZonedDateTime now = render.clock().instant().atZone(ZoneOffset.UTC);
    return TimeFormat.format(render, Values.text(format), now);
  }

  /** {@code cycler(...)}. */
  static final class Cycler {
    private final List<Object> items;
    private int position;

    Cycler(List<Object> items) {
      if (items.isEmpty()) {
        throw Failure.type("at least one item has to be provided");
      }
      this.items = items;
    }

    Object attribute(String name) {
      return switch (name) {
        case "current" -> items.get(position);
        case "next" ->
            (Function)
                (render, arguments) -> {
                  Object item = items.get(position);
                  position = (position + 1) % items.size();
                  return item;
                };
        case "reset" ->
            (Function)
                (render, arguments) -> {
                  position = 0;
                  return None.NONE;
                };
        default -> Undefined.of(this, name);
      };
    }
  }
}

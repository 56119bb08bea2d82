package io.pickwick.epp.prompt.template.jinja;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** The filters of sequences and mappings. */
final class ListFilters {
  private ListFilters() {}

  static void addTo(Map<String, Filters.Filter> all) {
    all.put("list", (render, value, arguments) -> Values.list(render, value));
    all.put("items", (render, value, arguments) -> items(value));
    all.put("first", (render, value, arguments) -> first(value));
    all.put("last", (render, value, arguments) -> last(render, value));
    all.put("reverse", (render, value, arguments) -> reversed(render, value));
    all.put("map", ListFilters::map);
    all.put("select", (render, value, arguments) -> select(render, value, arguments, true, false));
    all.put("reject", (render, value, arguments) -> select(render, value, arguments, false, false));
    all.put(
        "selectattr", (render, value, arguments) -> select(render, value, arguments, true, true));
    all.put(
        "rejectattr", (render, value, arguments) -> select(render, value, arguments, false, true));
    all.put("sort", ListFilters::sort);
    all.put("dictsort", ListFilters::dictSort);
    all.put("unique", ListFilters::unique);
    all.put("min", (render, value, arguments) -> extreme(render, value, arguments, true));
    all.put("max", (render, value, arguments) -> extreme(render, value, arguments, false));
    all.put("sum", ListFilters::sum);
    all.put("batch", ListFilters::batch);
    all.put("slice", ListFilters::slice);
    all.put("groupby", ListFilters::groupBy);
  }

  private static Object items(Object value) {
    if (value instanceof Undefined) {
      return new Generator(List.of().iterator());
    }
    if (!(value instanceof Map<?, ?>)) {
      throw Failure.type("Can only get item pairs from a mapping.");
    }
    return new Generator(View.items(Values.map(value)));
  }

  private static Object first(Object value) {
    Iterator<Object> items = Values.iterator(value);
    return items.hasNext() ? items.next() : new Undefined("No first item, sequence was empty.");
  }

  private static Object last(Render render, Object value) {
    return switch (value) {
      case List<?> list when !list.isEmpty() -> list.getLast();
      case String text when !text.isEmpty() ->
          Character.toString(text.codePointBefore(text.length()));
      case Generator generator -> throw Failure.type("'generator' object is not reversible");
      default -> {
        List<Object> all = Values.list(render, value);
        yield all.isEmpty() ? new Undefined("No last item, sequence was empty.") : all.getLast();
      }
    };
  }

  private static Object reversed(Render render, Object value) {
    if (Values.isString(value)) {
      String text = Values.text(value);
      render.make(text.length());
      String reversed = new StringBuilder(text).reverse().toString();
      return value instanceof Markup ? new Markup(reversed) : reversed;
    }
    if (!Values.isIterable(value)) {
      throw new Failure("argument must be iterable");
    }
    List<Object> all = Values.list(render, value).reversed();
    boolean plain = value instanceof Generator || value instanceof Undefined;
    return plain ? new ArrayList<>(all) : new Generator(all.iterator());
  }

  /** Reads an attribute path such as {@code a.b.0}; None reads the item itself. */
  static UnaryOperator<Object> getter(Render render, Object attribute, Object otherwise) {
    if (attribute == None.NONE) {
      return item -> item;
    }
    List<Object> path = new ArrayList<>();
    if (Values.isString(attribute)) {
      for (Object part : Text.split(Values.text(attribute), ".", -1)) {
        String name = (String) part;
        boolean number = !name.isEmpty() && name.chars().allMatch(c -> c >= '0' && c <= '9');
        path.add(number ? Numbers.parseWhole(name, 10) : name);
      }
    } else {
      path.add(attribute);
    }
    return item -> {
      render.work(path.size());
      Object value = item;
      for (Object part : path) {
        value = Access.item(render, value, part);
        if (otherwise != None.NONE && value instanceof Undefined) {
          value = otherwise;
        }
      }
      return value;
    };
  }

  private static Object ignoreCase(Object value) {
    return Values.isString(value) ? Text.lower(Values.text(value)) : value;
  }

  private static UnaryOperator<Object> getter(
      Render render, Object attribute, Object otherwise, boolean caseSensitive) {
    UnaryOperator<Object> getter = getter(render, attribute, otherwise);
    return caseSensitive ? getter : item -> ignoreCase(getter.apply(item));
  }

  private static Object map(Render render, Object value, Arguments arguments) {
    UnaryOperator<Object> with;
    if (arguments.positional().isEmpty() && arguments.named().containsKey("attribute")) {
      arguments.check("map", 0, "attribute", "default");
      with =
          getter(
              render,
              arguments.require(0, "attribute", "map"),
              arguments.get(1, "default", None.NONE));
    } else {
      if (arguments.positional().isEmpty()) {
        throw new Failure("map requires a filter argument");
      }
      String name = Values.string(render, arguments.positional().getFirst());
      Filters.Filter filter =
          Filters.find(name).orElseThrow(() -> new Failure("No filter named '" + name + "'."));
      Arguments rest = arguments.from(1);
      with = item -> filter.apply(render, item, rest);
    }
    return Values.truth(value)
        ? new Generator(Iterators.map(Values.iterator(value), with))
        : new Generator(List.of().iterator());
  }

  private static Object select(
      Render render, Object value, Arguments arguments, boolean wanted, boolean byAttribute) {
    if (!Values.truth(value)) {
      return new Generator(List.of().iterator());
    }
    UnaryOperator<Object> getter = item -> item;
    Arguments rest = arguments;
    if (byAttribute) {
      if (arguments.positional().isEmpty()) {
        throw new Failure("Missing parameter for attribute name");
      }
      getter = getter(render, arguments.positional().getFirst(), None.NONE);
      rest = arguments.from(1);
    }
    Predicate<Object> test = Values::truth;
    if (!rest.positional().isEmpty()) {
      String name = Values.string(render, rest.positional().getFirst());
      Tests.Test named =
          Tests.find(name).orElseThrow(() -> new Failure("No test named '" + name + "'."));
      Arguments testArguments = rest.from(1);
      test = item -> named.holds(render, item, testArguments);
    }
    UnaryOperator<Object> key = getter;
    Predicate<Object> holds = test;
    return new Generator(
        Iterators.filter(
            Values.iterator(value),
            item -> {
              render.work(1);
              return holds.test(key.apply(item)) == wanted;
            }));
  }

  private static Comparator<Object> order(Render render) {
    return (left, right) -> Values.compare(render, left, right, "<");
  }

  /** Sorts stably by keys that are read once each, as Python does. */
  private static List<Object> sorted(
      Render render, List<Object> items, UnaryOperator<Object> key, boolean reverse) {
    record Keyed(Object key, Object item) {}
    List<Keyed> keyed = new ArrayList<>(items.size());
    items.forEach(item -> keyed.add(new Keyed(key.apply(item), item)));
    Comparator<Object> order = order(render);
    Comparator<Keyed> byKey = (left, right) -> order.compare(left.key, right.key);
    keyed.sort(reverse ? byKey.reversed() : byKey);
    List<Object> sorted = new ArrayList<>(items.size());
    keyed.forEach(one -> sorted.add(one.item));
    return sorted;
  }

  private static Object sort(Render render, Object value, Arguments arguments) {
    arguments.check("sort", 3, "reverse", "case_sensitive", "attribute");
    boolean reverse = Values.truth(arguments.get(0, "reverse", false));
    boolean caseSensitive = Values.truth(arguments.get(1, "case_sensitive", false));
    Object attribute = arguments.get(2, "attribute", None.NONE);
    List<UnaryOperator<Object>> getters = new ArrayList<>();
    if (Values.isString(attribute)) {
      for (Object one : Text.split(Values.text(attribute), ",", -1)) {
        getters.add(getter(render, one, None.NONE, caseSensitive));
      }
    } else {
      getters.add(getter(render, attribute, None.NONE, caseSensitive));
    }
    return sorted(
        render,
        Values.list(render, value),
        item -> {
          List<Object> keys = new ArrayList<>(getters.size());
          getters.forEach(getter -> keys.add(getter.apply(item)));
          return keys;
        },
        reverse);
  }

  private static Object dictSort(Render render, Object value, Arguments arguments) {
    arguments.check("dictsort", 3, "case_sensitive", "by", "reverse");
    boolean caseSensitive = Values.truth(arguments.get(0, "case_sensitive", false));
    String by = Values.string(render, arguments.get(1, "by", "key"));
    boolean reverse = Values.truth(arguments.get(2, "reverse", false));
    int place =
        switch (by) {
          case "key" -> 0;
          case "value" -> 1;
          default -> throw new Failure("You can only sort by either \"key\" or \"value\"");
        };
    if (!(value instanceof Map<?, ?>)) {
      if (value instanceof Undefined undefined) {
        throw undefined.failure();
      }
      throw Failure.type("'" + Values.typeName(value) + "' object has no attribute 'items'");
    }
    List<Object> pairs = new View("dict_items", Values.map(value)).list();
    return sorted(
        render,
        pairs,
        pair -> {
          Object key = ((Tuple) pair).get(place);
          return caseSensitive ? key : ignoreCase(key);
        },
        reverse);
  }

  private static Object unique(Render render, Object value, Arguments arguments) {
    arguments.check("unique", 2, "case_sensitive", "attribute");
    boolean caseSensitive = Values.truth(arguments.get(0, "case_sensitive", false));
    UnaryOperator<Object> key =
        getter(render, arguments.get(1, "attribute", None.NONE), None.NONE, caseSensitive);
    Set<Object> seen = new HashSet<>();
    return new Generator(
        Iterators.filter(Values.iterator(value), item -> seen.add(Values.key(key.apply(item)))));
  }

  private static Object extreme(
      Render render, Object value, Arguments arguments, boolean smallest) {
    arguments.check("min", 2, "case_sensitive", "attribute");
    boolean caseSensitive = Values.truth(arguments.get(0, "case_sensitive", false));
    UnaryOperator<Object> getter =
        getter(render, arguments.get(1, "attribute", None.NONE), None.NONE, caseSensitive);
    Iterator<Object> items = Values.iterator(value);
    if (!items.hasNext()) {
      return new Undefined("No aggregated item, sequence was empty.");
    }
    Object best = items.next();
    Object bestKey = getter.apply(best);
    while (items.hasNext()) {
      Object item = items.next();
      Object key = getter.apply(item);
      if (Values.ordered(render, smallest ? "<" : ">", key, bestKey)) {
        best = item;
        bestKey = key;
      }
    }
    return best;
  }

  private static Object sum(Render render, Object value, Arguments arguments) {
    arguments.check("sum", 2, "attribute", "start");
    UnaryOperator<Object> getter =
        getter(render, arguments.get(0, "attribute", None.NONE), None.NONE);
    Object sum = arguments.get(1, "start", 0L);
    if (Values.isString(sum)) {
      throw Failure.type("sum() can't sum strings [use ''.join(seq) instead]");
    }
    Iterator<Object> items = Values.iterator(value);
    while (items.hasNext()) {
      sum = Operators.add(render, sum, getter.apply(items.next()));
    }
    return sum;
  }

  private static Object batch(Render render, Object value, Arguments arguments) {
    arguments.check("batch", 2, "linecount", "fill_with");
    long size = Access.index(arguments.require(0, "linecount", "batch"));
    Object fill = arguments.get(1, "fill_with", None.NONE);
    List<Object> batches = new ArrayList<>();
    Optional<List<Object>> row = Optional.empty();
    Iterator<Object> items = Values.iterator(value);
    List<Object> current = new ArrayList<>();
    while (items.hasNext()) {
      render.work(1);
      if (current.size() == size) {
        batches.add(current);
        current = new ArrayList<>();
      }
      current.add(items.next());
      row = Optional.of(current);
    }
    if (row.isPresent()) {
      if (fill != None.NONE && current.size() < size) {
        render.make(16 * size);
        while (current.size() < size) {
          current.add(fill);
        }
      }
      batches.add(current);
    }
    return new Generator(batches.iterator());
  }

  private static Object slice(Render render, Object value, Arguments arguments) {
    arguments.check("slice", 2, "slices", "fill_with");
    long slices = Access.index(arguments.require(0, "slices", "slice"));
    Object fill = arguments.get(1, "fill_with", None.NONE);
    List<Object> all = Values.list(render, value);
    if (slices == 0) {
      throw new Failure("integer division or modulo by zero");
    }
    render.make(16 * Math.max(0, slices));
    List<Object> columns = new ArrayList<>();
    long size = Math.floorDiv(all.size(), slices);
    long extra = Math.floorMod(all.size(), slices);
    int offset = 0;
    for (long i = 0; i < slices; i++) {
      int start = (int) (offset + i * size);
      if (i < extra) {
        offset++;
      }
      int end = (int) (offset + (i + 1) * size);
      List<Object> column = new ArrayList<>(all.subList(start, end));
      if (fill != None.NONE && i >= extra) {
        column.add(fill);
      }
      columns.add(column);
    }
    return new Generator(columns.iterator());
  }

  private static Object groupBy(Render render, Object value, Arguments arguments) {
    arguments.check("groupby", 3, "attribute", "default", "case_sensitive");
    Object attribute = arguments.require(0, "attribute", "groupby");
    Object otherwise = arguments.get(1, "default", None.NONE);
    boolean caseSensitive = Values.truth(arguments.get(2, "case_sensitive", false));
    UnaryOperator<Object> key = getter(render, attribute, otherwise, caseSensitive);
    UnaryOperator<Object> shown = getter(render, attribute, otherwise);
    List<Object> groups = new ArrayList<>();
    List<Object> members = new ArrayList<>();
    Object current = Missing.MISSING;
    for (Object item : sorted(render, Values.list(render, value), key, false)) {
      Object itemKey = key.apply(item);
      if (current != Missing.MISSING && !Values.equal(render, current, itemKey)) {
        groups.add(new Group(shown.apply(members.getFirst()), members));
        members = new ArrayList<>();
      }
      current = itemKey;
      members.add(item);
    }
    if (!members.isEmpty()) {
      groups.add(new Group(shown.apply(members.getFirst()), members));
    }
    return groups;
  }
}

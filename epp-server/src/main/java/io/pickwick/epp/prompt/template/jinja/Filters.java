package io.pickwick.epp.prompt.template.jinja;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What may stand behind {@code |}: the filters of values and texts. */
final class Filters {
  /** A filter. */
  @FunctionalInterface
  interface Filter {
    Object apply(Render render, Object value, Arguments arguments);
  }

  private static final Pattern WORD = Pattern.compile("\\w+", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern WORD_START = Pattern.compile("[-\\s({\\[<]+");

  private static final Map<String, Filter> ALL = new HashMap<>();

  static {
    ALL.put("abs", (render, value, arguments) -> Numbers.absolute(number(value)));
    ALL.put("attr", Filters::attribute);
    ALL.put("default", Filters::defaulted);
    ALL.put("d", Filters::defaulted);
    ALL.put("length", (render, value, arguments) -> Values.length(value));
    ALL.put("count", (render, value, arguments) -> Values.length(value));
    ALL.put("string", (render, value, arguments) -> string(render, value));
    ALL.put("safe", (render, value, arguments) -> new Markup(Values.string(render, value)));
    ALL.put("e", Filters::escaped);
    ALL.put("escape", Filters::escaped);
    ALL.put(
        "forceescape",
        (render, value, arguments) -> new Markup(Text.escape(Values.string(render, value))));
    ALL.put("tojson", Json::dumps);
    ALL.put("int", Filters::whole);
    ALL.put("float", Filters::real);
    ALL.put("round", Filters::round);
    ALL.put("upper", (render, value, arguments) -> Text.upper(Values.string(render, value)));
    ALL.put("lower", (render, value, arguments) -> Text.lower(Values.string(render, value)));
    ALL.put(
        "capitalize", (render, value, arguments) -> Text.capitalize(Values.string(render, value)));
    ALL.put("title", (render, value, arguments) -> title(Values.string(render, value)));
    ALL.put("trim", Filters::trim);
    ALL.put("replace", Filters::replace);
    ALL.put("format", Filters::format);
    ALL.put("indent", Filters::indent);
    ALL.put("center", Filters::center);
    ALL.put("truncate", Filters::truncate);
    ALL.put("wordcount", (render, value, arguments) -> words(Values.string(render, value)));
    ALL.put("join", Filters::join);
    ListFilters.addTo(ALL);
  }

  private Filters() {}

  static Optional<Filter> find(String name) {
    return Optional.ofNullable(ALL.get(name));
  }

  /** {@code soft_str}: safe text stays safe. */
  private static Object string(Render render, Object value) {
    return value instanceof Markup ? value : Values.string(render, value);
  }

  private static Object number(Object value) {
    if (value instanceof Undefined undefined) {
      throw undefined.failure();
    }
    if (!Numbers.isNumber(value)) {
      throw Failure.type("bad operand type: '" + Values.typeName(value) + "'");
    }
    return value;
  }

  private static Object attribute(Render render, Object value, Arguments arguments) {
    Object name = arguments.require(0, "name", "attr");
    if (value instanceof Map<?, ?> && !Access.hasMethod(value, Values.string(render, name))) {
      return Undefined.of(value, name);
    }
    return Access.attribute(value, Values.string(render, name));
  }

  private static Object defaulted(Render render, Object value, Arguments arguments) {
    arguments.check("default", 2, "default_value", "boolean");
    boolean replaced =
        value instanceof Undefined
            || (Values.truth(arguments.get(1, "boolean", false)) && !Values.truth(value));
    return replaced ? arguments.get(0, "default_value", "") : value;
  }

  private static Object escaped(Render render, Object value, Arguments arguments) {
    return value instanceof Markup ? value : new Markup(Text.escape(Values.string(render, value)));
  }

  private static Object whole(Render render, Object value, Arguments arguments) {
    arguments.check("int", 2, "default", "base");
    Object otherwise = arguments.get(0, "default", 0L);
    try {
      if (Values.isString(value)) {
        long base = Access.index(arguments.get(1, "base", 10L));
        return Numbers.parseWhole(Values.text(value), (int) base);
      }
      return wholeOf(value);
    } catch (Failure failure) {
      if (failure.kind() != Failure.Kind.TYPE && failure.kind() != Failure.Kind.VALUE) {
        throw failure;
      }
    }
    try {
      return Numbers.truncate(realOf(value));
    } catch (Failure failure) {
      if (failure.kind() == Failure.Kind.ERROR) {
        throw failure;
      }
      return otherwise;
    }
  }

  private static Object wholeOf(Object value) {
    if (value instanceof Double real) {
      return Numbers.truncate(real);
    }
    if (Numbers.isWhole(value)) {
      return Numbers.positive(value);
    }
    if (value instanceof Undefined undefined) {
      throw undefined.failure();
    }
    throw Failure.type("int() argument must be a number, not " + Values.typeName(value));
  }

  private static double realOf(Object value) {
    if (Numbers.isNumber(value)) {
      return Numbers.real(value);
    }
    if (Values.isString(value)) {
      return Numbers.parseReal(Values.text(value));
    }
    if (value instanceof Undefined undefined) {
      throw undefined.failure();
    }
    throw Failure.type("float() argument must be a number, not " + Values.typeName(value));
  }

  private static Object real(Render render, Object value, Arguments arguments) {
    Object otherwise = arguments.check("float", 1, "default").get(0, "default", 0.0);
    try {
      return realOf(value);
    } catch (Failure failure) {
      if (failure.kind() == Failure.Kind.TYPE || failure.kind() == Failure.Kind.VALUE) {
        return otherwise;
      }
      throw failure;
    }
  }

  private static Object round(Render render, Object value, Arguments arguments) {
    arguments.check("round", 2, "precision", "method");
    long digits = Access.index(arguments.get(0, "precision", 0L));
    String method = Values.string(render, arguments.get(1, "method", "common"));
    Object number = number(value);
    if (method.equals("common")) {
      return Numbers.round(number, digits);
    }
    if (!method.equals("ceil") && !method.equals("floor")) {
      throw new Failure("method must be common, ceil or floor");
    }
    Object power = Numbers.binary("**", 10L, digits);
    double scaled = Numbers.real(Numbers.binary("*", number, power));
    Object cut = Numbers.truncate(method.equals("ceil") ? Math.ceil(scaled) : Math.floor(scaled));
    return Numbers.binary("/", cut, power);
  }

  private static String title(String text) {
    var out = new StringBuilder(text.length());
    var starts = WORD_START.matcher(text);
    int from = 0;
    while (starts.find()) {
      out.append(capitalized(text.substring(from, starts.start()))).append(starts.group());
      from = starts.end();
    }
    return out.append(capitalized(text.substring(from))).toString();
  }

  private static String capitalized(String word) {
    if (word.isEmpty()) {
      return word;
    }
    int first = Character.charCount(word.codePointAt(0));
    return Text.upper(word.substring(0, first)) + Text.lower(word.substring(first));
  }

  private static Object trim(Render render, Object value, Arguments arguments) {
    Object chars = arguments.check("trim", 1, "chars").get(0, "chars", None.NONE);
    String text = Values.string(render, value);
    render.work(1 + text.length() / 32);
    String trimmed =
        chars == None.NONE
            ? Text.strip(text)
            : Text.strip(text, Values.string(render, chars), true, true);
    return value instanceof Markup ? new Markup(trimmed) : trimmed;
  }

  private static Object replace(Render render, Object value, Arguments arguments) {
    arguments.check("replace", 3, "old", "new", "count");
    Object count = arguments.get(2, "count", None.NONE);
    return Text.replace(
        render,
        Values.string(render, value),
        Values.string(render, arguments.require(0, "old", "replace")),
        Values.string(render, arguments.require(1, "new", "replace")),
        count == None.NONE ? -1 : Access.index(count));
  }

  private static Object format(Render render, Object value, Arguments arguments) {
    if (!arguments.positional().isEmpty() && !arguments.named().isEmpty()) {
      throw new Failure("can't handle positional and keyword arguments at the same time");
    }
    Object values =
        arguments.named().isEmpty()
            ? new Tuple(arguments.positional())
            : new HashMap<Object, Object>(arguments.named());
    return Operators.binary(render, "%", string(render, value), values);
  }

  private static Object indent(Render render, Object value, Arguments arguments) {
    arguments.check("indent", 3, "width", "first", "blank");
    Object width = arguments.get(0, "width", 4L);
    String indention =
        Values.isString(width)
            ? Values.text(width)
            : StringMethods.padding(render, Access.index(width), " ");
    if (!Values.isString(value)) {
      throw Failure.type("indent needs a string, not " + Values.typeName(value));
    }
    boolean blank = Values.truth(arguments.get(2, "blank", false));
    var out = new StringBuilder();
    boolean start = true;
    for (Object line : Text.lines(Values.text(value) + "\n", false)) {
      String text = (String) line;
      render.make((long) out.length() + text.length() + indention.length());
      if (!start) {
        out.append('\n');
        if (blank || !text.isEmpty()) {
          out.append(indention);
        }
      }
      start = false;
      out.append(text);
    }
    boolean first = Values.truth(arguments.get(1, "first", false));
    String text = (first ? indention : "") + out;
    return value instanceof Markup ? new Markup(text) : text;
  }

  private static Object center(Render render, Object value, Arguments arguments) {
    String text = Values.string(render, value);
    long width = Access.index(arguments.check("center", 1, "width").get(0, "width", 80L));
    return StringMethods.center(render, text, width - Text.length(text), " ");
  }

  private static Object truncate(Render render, Object value, Arguments arguments) {
    arguments.check("truncate", 4, "length", "killwords", "end", "leeway");
    long length = Access.index(arguments.get(0, "length", 255L));
    String end = Values.string(render, arguments.get(2, "end", "..."));
    Object leewayValue = arguments.get(3, "leeway", None.NONE);
    long leeway = leewayValue == None.NONE ? 5 : Access.index(leewayValue);
    if (length < Text.length(end) || leeway < 0) {
      throw new Failure("truncate expects a length of at least that of its end");
    }
    if (Values.length(value) <= length + leeway) {
      return value;
    }
    if (!Values.isString(value)) {
      throw Failure.type("truncate needs a string, not " + Values.typeName(value));
    }
    String text = Values.text(value);
    String cut = text.substring(0, Text.offset(text, (int) length - Text.length(end)));
    if (!Values.truth(arguments.get(1, "killwords", false))) {
      int space = cut.lastIndexOf(' ');
      cut = space < 0 ? cut : cut.substring(0, space);
    }
    return cut + end;
  }

  private static long words(String text) {
    return WORD.matcher(text).results().count();
  }

  private static Object join(Render render, Object value, Arguments arguments) {
    arguments.check("join", 2, "d", "attribute");
    Object attribute = arguments.get(1, "attribute", None.NONE);
    String separator = Values.string(render, arguments.get(0, "d", ""));
    Iterator<Object> items = Values.iterator(value);
    var getter = ListFilters.getter(render, attribute, None.NONE);
    List<Object> texts = new ArrayList<>();
    while (items.hasNext()) {
      texts.add(Values.string(render, getter.apply(items.next())));
    }
    return StringMethods.join(render, separator, texts);
  }
}

package io.pickwick.epp.prompt.template.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;

/** The methods of Python's strings. */
final class StringMethods {
  static final Set<String> NAMES =
      Set.of(
          "capitalize",
          "casefold",
          "center",
          "count",
          "encode",
          "endswith",
          "expandtabs",
          "find",
          "format",
          "format_map",
          "index",
          "isalnum",
          "isalpha",
          "isascii",
          "isdecimal",
          "isdigit",
          "isidentifier",
          "islower",
          "isnumeric",
          "isprintable",
          "isspace",
          "istitle",
          "isupper",
          "join",
          "ljust",
          "lower",
          "lstrip",
          "maketrans",
          "partition",
          "removeprefix",
          "removesuffix",
          "replace",
          "rfind",
          "rindex",
          "rjust",
          "rpartition",
          "rsplit",
          "rstrip",
          "split",
          "splitlines",
          "startswith",
          "strip",
          "swapcase",
          "title",
          "translate",
          "upper",
          "zfill");

  private StringMethods() {}

  /** A method of safe text: its arguments are escaped, and what it returns is safe. */
  static Object callSafe(Render render, Markup self, String method, Arguments arguments) {
    boolean escapes =
        switch (method) {
          case "join", "format", "format_map", "replace" -> true;
          default -> false;
        };
    Arguments safe = escapes ? escaped(render, method, arguments) : arguments;
    return marked(call(render, self.text(), method, safe));
  }

  private static Arguments escaped(Render render, String method, Arguments arguments) {
    List<Object> positional = new ArrayList<>();
    for (int i = 0; i < arguments.positional().size(); i++) {
      Object value = arguments.positional().get(i);
      if (method.equals("join")) {
        List<Object> items = new ArrayList<>();
        Values.iterator(value).forEachRemaining(item -> items.add(Markup.escaped(render, item)));
        positional.add(items);
      } else if (method.equals("replace") && i != 1) {
        positional.add(value);
      } else {
        positional.add(Numbers.isNumber(value) ? value : Markup.escaped(render, value));
      }
    }
    return new Arguments(positional, arguments.named());
  }

  private static Object marked(Object result) {
    return switch (result) {
      case String text -> new Markup(text);
      case Tuple tuple -> new Tuple(tuple.stream().map(StringMethods::marked).toList());
      case List<?> list -> {
        List<Object> marked = new ArrayList<>();
        list.forEach(item -> marked.add(marked(item)));
        yield marked;
      }
      default -> result;
    };
  }

  static Object call(Render render, String self, String method, Arguments arguments) {
    render.work(1 + self.length() / 32);
    return switch (method) {
      case "strip" -> strip(self, arguments, true, true, method);
      case "lstrip" -> strip(self, arguments, true, false, method);
      case "rstrip" -> strip(self, arguments, false, true, method);
      case "split", "rsplit" -> split(render, self, method, arguments);
      case "splitlines" -> {
        arguments.check(method, 1, "keepends");
        render.make(self.length());
        yield Text.lines(self, Values.truth(arguments.get(0, "keepends", false)));
      }
      case "startswith", "endswith" -> affix(self, method, arguments);
      case "replace" -> {
        arguments.check(method, 3, "old", "new", "count");
        yield Text.replace(
            render,
            self,
            string(arguments.first(method)),
            string(arguments.require(1, "new", method)),
            Access.index(arguments.get(2, "count", -1L)));
      }
      case "upper" -> Text.upper(self);
      case "lower" -> Text.lower(self);
      case "casefold" -> Text.lower(Text.upper(self));
      case "title" -> Text.title(self);
      case "capitalize" -> Text.capitalize(self);
      case "swapcase" -> Text.swapCase(self);
      case "join" -> join(render, self, arguments.check(method, 1).first(method));
      case "format" -> StringFormat.format(render, self, arguments);
      case "format_map" ->
          StringFormat.format(render, self, named(arguments.check(method, 1).first(method)));
      case "find", "rfind", "index", "rindex", "count" -> search(self, method, arguments);
      case "partition", "rpartition" -> partition(self, method, arguments);
      case "removeprefix" -> {
        String prefix = string(arguments.check(method, 1).first(method));
        yield self.startsWith(prefix) ? self.substring(prefix.length()) : self;
      }
      case "removesuffix" -> {
        String suffix = string(arguments.check(method, 1).first(method));
        yield self.endsWith(suffix) ? self.substring(0, self.length() - suffix.length()) : self;
      }
      case "center", "ljust", "rjust" -> justified(render, self, method, arguments);
      case "zfill" -> {
        long width = Access.index(arguments.check(method, 1).first(method));
        int sign = self.startsWith("+") || self.startsWith("-") ? 1 : 0;
        String zeros = padding(render, width - Text.length(self), "0");
        yield self.substring(0, sign) + zeros + self.substring(sign);
      }
      case "expandtabs" -> expandTabs(render, self, arguments);
      case "isspace" -> all(self, Text::isSpace);
      case "isdigit" -> all(self, StringMethods::isDigit);
      case "isdecimal" -> all(self, Character::isDigit);
      case "isnumeric" -> all(self, StringMethods::isNumeric);
      case "isalpha" -> all(self, Character::isLetter);
      case "isalnum" -> all(self, c -> Character.isLetter(c) || isNumeric(c));
      case "isascii" -> self.chars().allMatch(c -> c < 128);
      case "isprintable" -> self.codePoints().allMatch(Text::isPrintable);
      case "isupper" -> Text.isUpper(self);
      case "islower" -> Text.isLower(self);
      case "istitle" -> Text.isTitle(self);
      case "isidentifier" -> isIdentifier(self);
      default -> throw new Failure("str." + method + " is not supported in chat templates");
    };
  }

  private static boolean all(String text, IntPredicate property) {
    return !text.isEmpty() && text.codePoints().allMatch(property);
  }

  private static boolean isDigit(int c) {
    return Character.isDigit(c)
        || (Character.getType(c) == Character.OTHER_NUMBER
            && (c == 0xb2 || c == 0xb3 || c == 0xb9 || (c >= 0x2070 && c <= 0x2089)));
  }

  private static boolean isNumeric(int c) {
    return switch (Character.getType(c)) {
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true;
      default -> false;
    };
  }

  private static boolean isIdentifier(String text) {
    if (text.isEmpty()) {
      return false;
    }
    int first = text.codePointAt(0);
    return (first == '_' || Character.isUnicodeIdentifierStart(first))
        && text.codePoints()
            .allMatch(c ->
                c == '_'
                    || (Character.isUnicodeIdentifierPart(c)
                        && !Character.isIdentifierIgnorable(c)));
  }

  private static String string(Object value) {
    if (!Values.isString(value)) {
      throw Failure.type("must be str, not " + Values.typeName(value));
    }
    return Values.text(value);
  }

  private static Object strip(
      String self, Arguments arguments, boolean left, boolean right, String method) {
    Object chars = arguments.check(method, 1).get(0, "", None.NONE);
    if (chars != None.NONE) {
      return Text.strip(self, string(chars), left, right);
    }
    String stripped = left ? Text.stripLeft(self) : self;
    return right ? Text.stripRight(stripped) : stripped;
  }

  private static Object split(Render render, String self, String method, Arguments arguments) {
    arguments.check(method, 2, "sep", "maxsplit");
    render.make(self.length());
    Object separator = arguments.get(0, "sep", None.NONE);
    long most = Access.index(arguments.get(1, "maxsplit", -1L));
    boolean right = method.equals("rsplit");
    if (separator == None.NONE) {
      return right ? Text.wordsFromRight(self, most) : Text.words(self, most);
    }
    String by = string(separator);
    if (by.isEmpty()) {
      throw Failure.value("empty separator");
    }
    return right ? Text.splitFromRight(self, by, most) : Text.split(self, by, most);
  }

  private static Object affix(String self, String method, Arguments arguments) {
    Object affix = arguments.check(method, 3).first(method);
    String within = self;
    if (arguments.positional().size() > 1) {
      Span span = span(self, arguments);
      if (span.start > span.stop) {
        return false;
      }
      within = self.substring(span.start, span.stop);
    }
    if (affix instanceof Tuple any) {
      for (Object one : any) {
        if (hasAffix(within, method, string(one))) {
          return true;
        }
      }
      return false;
    }
    return hasAffix(within, method, string(affix));
  }

  private static boolean hasAffix(String text, String method, String affix) {
    return method.equals("startswith") ? text.startsWith(affix) : text.endsWith(affix);
  }

  private record Span(int start, int stop) {}

  /** The part of a text that the second and third argument name, as UTF-16 offsets. */
  private static Span span(String self, Arguments arguments) {
    int length = Text.length(self);
    int start = bound(arguments.get(1, "", None.NONE), 0, length);
    int stop = Math.min(bound(arguments.get(2, "", None.NONE), length, length), length);
    int from = start > length ? self.length() + 1 : Text.offset(self, start);
    return new Span(from, Text.offset(self, stop));
  }

  private static int bound(Object value, int otherwise, int length) {
    if (value == None.NONE) {
      return otherwise;
    }
    long index = Access.index(value);
    return (int) Math.min(index < 0 ? Math.max(0, index + length) : index, length + 1L);
  }

  private static Object search(String self, String method, Arguments arguments) {
    String part = string(arguments.check(method, 3).first(method));
    Span span = span(self, arguments);
    boolean valid = span.start <= span.stop;
    String within = valid ? self.substring(span.start, span.stop) : "";
    if (method.equals("count")) {
      return valid ? Text.count(within, part) : 0L;
    }
    int at = -1;
    if (valid) {
      at = method.startsWith("r") ? within.lastIndexOf(part) : within.indexOf(part);
    }
    if (at < 0) {
      if (method.endsWith("index")) {
        throw Failure.value("substring not found");
      }
      return -1L;
    }
    return (long) self.codePointCount(0, span.start + at);
  }

  private static Object partition(String self, String method, Arguments arguments) {
    String separator = string(arguments.check(method, 1).first(method));
    if (separator.isEmpty()) {
      throw Failure.value("empty separator");
    }
    boolean right = method.startsWith("r");
    int at = right ? self.lastIndexOf(separator) : self.indexOf(separator);
    if (at < 0) {
      return right ? Tuple.of("", "", self) : Tuple.of(self, "", "");
    }
    return Tuple.of(self.substring(0, at), separator, self.substring(at + separator.length()));
  }

  static String join(Render render, String separator, Object items) {
    var out = new StringBuilder();
    var parts = Values.iterator(items);
    boolean first = true;
    int index = 0;
    while (parts.hasNext()) {
      Object part = parts.next();
      if (!Values.isString(part)) {
        throw Failure.type(
            "sequence item "
                + index
                + ": expected str instance, "
                + Values.typeName(part)
                + " found");
      }
      String text = Values.text(part);
      render.growing(out.length() + separator.length() + text.length());
      if (!first) {
        out.append(separator);
      }
      first = false;
      index++;
      out.append(text);
    }
    return out.toString();
  }

  private static Arguments named(Object mapping) {
    if (!(mapping instanceof Map<?, ?>)) {
      throw Failure.type("format_map() argument must be a mapping");
    }
    Map<String, Object> named = new LinkedHashMap<>();
    Values.map(mapping)
        .forEach((key, value) -> {
          if (Values.isString(key)) {
            named.put(Values.text(key), value);
          }
        });
    return new Arguments(List.of(), named);
  }

  static String padding(Render render, long width, String fill) {
    if (width <= 0) {
      return "";
    }
    render.make(width);
    return fill.repeat((int) width);
  }

  private static Object justified(Render render, String self, String method, Arguments arguments) {
    arguments.check(method, 2);
    String fill = string(arguments.get(1, "", " "));
    if (Text.length(fill) != 1) {
      throw Failure.type("The fill character must be exactly one character long");
    }
    long room = Access.index(arguments.first(method)) - Text.length(self);
    return switch (method) {
      case "ljust" -> self + padding(render, room, fill);
      case "rjust" -> padding(render, room, fill) + self;
      default -> center(render, self, room, fill);
    };
  }

  static String center(Render render, String text, long room, String fill) {
    if (room <= 0) {
      return text;
    }
    long width = room + Text.length(text);
    long left = room / 2 + (room & width & 1);
    return padding(render, left, fill) + text + padding(render, room - left, fill);
  }

  private static Object expandTabs(Render render, String self, Arguments arguments) {
    long size = Access.index(arguments.check("expandtabs", 1, "tabsize").get(0, "tabsize", 8L));
    var out = new StringBuilder();
    long column = 0;
    for (int c : self.codePoints().toArray()) {
      if (c == '\t') {
        if (size > 0) {
          long spaces = size - column % size;
          out.append(padding(render, spaces, " "));
          column += spaces;
        }
      } else {
        out.appendCodePoint(c);
        column = c == '\n' || c == '\r' ? 0 : column + 1;
      }
    }
    return out.toString();
  }
}

package io.pickwick.epp.prompt.template.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Python's strings: white space, code points, cases, cutting and searching. */
public final class Text {
  private Text() {}

  /** What {@code str.isspace} says. */
  static boolean isSpace(int c) {
    if (c <= ' ') {
      return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
    }
    return c >= 0x85
        && (c == 0x85
            || c == 0xa0
            || c == 0x1680
            || (c >= 0x2000 && c <= 0x200a)
            || c == 0x2028
            || c == 0x2029
            || c == 0x202f
            || c == 0x205f
            || c == 0x3000);
  }

  static boolean isSpace(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      if (!isSpace(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /** {@code str.strip()}. */
  public static String strip(String text) {
    return stripRight(stripLeft(text));
  }

  static String stripLeft(String text) {
    int start = 0;
    while (start < text.length() && isSpace(text.charAt(start))) {
      start++;
    }
    return text.substring(start);
  }

  /** {@code str.rstrip()}. */
  public static String stripRight(String text) {
    int end = text.length();
    while (end > 0 && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(0, end);
  }

  /** Cuts code points that are in {@code chars} off the ends. */
  static String strip(String text, String chars, boolean left, boolean right) {
    int start = 0;
    int end = text.length();
    while (left && start < end) {
      int c = text.codePointAt(start);
      if (chars.indexOf(c) < 0) {
        break;
      }
      start += Character.charCount(c);
    }
    while (right && end > start) {
      int c = text.codePointBefore(end);
      if (chars.indexOf(c) < 0) {
        break;
      }
      end -= Character.charCount(c);
    }
    return text.substring(start, end);
  }

  static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  /** The place of a code point; {@code index} lies within the text. */
  static int offset(String text, int index) {
    return text.offsetByCodePoints(0, index);
  }

  static String upper(String text) {
    return text.toUpperCase(Locale.ROOT);
  }

  static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = Character.charCount(text.codePointAt(0));
    return titleCase(text.substring(0, first)) + lower(text.substring(first));
  }

  private static String titleCase(String character) {
    int c = character.codePointAt(0);
    int title = Character.toTitleCase(c);
    if (title != c || character.equals(upper(character))) {
      return Character.toString(title);
    }
    String upper = upper(character);
    int first = Character.charCount(upper.codePointAt(0));
    return upper.substring(0, first) + lower(upper.substring(first));
  }

  /** {@code str.title}: a letter behind something that is none begins a word. */
  static String title(String text) {
    var out = new StringBuilder(text.length());
    boolean inWord = false;
    int at = 0;
    while (at < text.length()) {
      int c = text.codePointAt(at);
      String character = Character.toString(c);
      boolean cased = isCased(c);
      out.append(cased ? (inWord ? lower(character) : titleCase(character)) : character);
      inWord = cased;
      at += Character.charCount(c);
    }
    return out.toString();
  }

  static String swapCase(String text) {
    var out = new StringBuilder(text.length());
    text.codePoints()
        .forEach(c -> {
          String character = Character.toString(c);
          out.append(Character.isUpperCase(c) ? lower(character) : upper(character));
        });
    return out.toString();
  }

  static boolean isCased(int c) {
    return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
  }

  static boolean isUpper(String text) {
    return text.codePoints().anyMatch(Text::isCased)
        && text.codePoints().noneMatch(c -> Character.isLowerCase(c) || Character.isTitleCase(c));
  }

  static boolean isLower(String text) {
    return text.codePoints().anyMatch(Text::isCased)
        && text.codePoints().noneMatch(c -> Character.isUpperCase(c) || Character.isTitleCase(c));
  }

  static boolean isTitle(String text) {
    boolean inWord = false;
    boolean any = false;
    for (int c : text.codePoints().toArray()) {
      if (Character.isUpperCase(c) || Character.isTitleCase(c)) {
        if (inWord) {
          return false;
        }
        inWord = true;
        any = true;
      } else if (Character.isLowerCase(c)) {
        if (!inWord) {
          return false;
        }
        any = true;
      } else {
        inWord = false;
      }
    }
    return any;
  }

  /** {@code str.split(None)}; {@code most} below zero means no limit. */
  static List<Object> words(String text, long most) {
    List<Object> words = new ArrayList<>();
    int at = 0;
    while (true) {
      while (at < text.length() && isSpace(text.charAt(at))) {
        at++;
      }
      if (at == text.length()) {
        return words;
      }
      if (most >= 0 && words.size() >= most) {
        words.add(text.substring(at));
        return words;
      }
      int end = at;
      while (end < text.length() && !isSpace(text.charAt(end))) {
        end++;
      }
      words.add(text.substring(at, end));
      at = end;
    }
  }

  /** {@code str.rsplit(None)}. */
  static List<Object> wordsFromRight(String text, long most) {
    List<Object> words = new ArrayList<>();
    int end = text.length();
    while (true) {
      while (end > 0 && isSpace(text.charAt(end - 1))) {
        end--;
      }
      if (end == 0) {
        return words.reversed();
      }
      if (most >= 0 && words.size() >= most) {
        words.add(text.substring(0, end));
        return words.reversed();
      }
      int start = end;
      while (start > 0 && !isSpace(text.charAt(start - 1))) {
        start--;
      }
      words.add(text.substring(start, end));
      end = start;
    }
  }

  static List<Object> split(String text, String separator, long most) {
    List<Object> parts = new ArrayList<>();
    int from = 0;
    int at = text.indexOf(separator);
    while (at >= 0 && (most < 0 || parts.size() < most)) {
      parts.add(text.substring(from, at));
      from = at + separator.length();
      at = text.indexOf(separator, from);
    }
    parts.add(text.substring(from));
    return parts;
  }

  static List<Object> splitFromRight(String text, String separator, long most) {
    List<Object> parts = new ArrayList<>();
    int end = text.length();
    int at = text.lastIndexOf(separator);
    while (at >= 0 && (most < 0 || parts.size() < most)) {
      parts.add(text.substring(at + separator.length(), end));
      end = at;
      at = at < separator.length() ? -1 : text.lastIndexOf(separator, at - separator.length());
    }
    parts.add(text.substring(0, end));
    return parts.reversed();
  }

  private static boolean isLineEnd(char c) {
    return (c >= '\n' && c <= '\r')
        || (c >= 0x1c && c <= 0x1e)
        || c == 0x85
        || c == 0x2028
        || c == 0x2029;
  }

  static List<Object> lines(String text, boolean keepEnds) {
    List<Object> lines = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      int end = at;
      while (end < text.length() && !isLineEnd(text.charAt(end))) {
        end++;
      }
      int next = end;
      if (end < text.length()) {
        next = text.startsWith("\r\n", end) ? end + 2 : end + 1;
      }
      lines.add(text.substring(at, keepEnds ? next : end));
      at = next;
    }
    return lines;
  }

  /** How often {@code part} is in the text, without overlaps. */
  static long count(String text, String part) {
    if (part.isEmpty()) {
      return length(text) + 1L;
    }
    long count = 0;
    int at = text.indexOf(part);
    while (at >= 0) {
      count++;
      at = text.indexOf(part, at + part.length());
    }
    return count;
  }

  static String replace(Render render, String text, String old, String with, long most) {
    long times = count(text, old);
    if (most >= 0) {
      times = Math.min(times, most);
    }
    if (times == 0) {
      render.work(1 + text.length() / 16);
      return text;
    }
    render.make(text.length() + times * (with.length() - (long) old.length()));
    var out = new StringBuilder();
    int from = 0;
    for (long i = 0; i < times; i++) {
      int at;
      if (old.isEmpty()) {
        at = i == 0 ? 0 : from + Character.charCount(text.codePointAt(from));
      } else {
        at = text.indexOf(old, from);
      }
      out.append(text, from, at).append(with);
      from = at + old.length();
    }
    return out.append(text, from, text.length()).toString();
  }

  static String escape(String text) {
    var out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '\'' -> out.append("&#39;");
        case '"' -> out.append("&#34;");
        default -> out.append(c);
      }
    }
    return out.toString();
  }

  /** {@code repr} of a string. */
  static void repr(String text, StringBuilder out) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    out.append(quote);
    int at = 0;
    while (at < text.length()) {
      int c = text.codePointAt(at);
      at += Character.charCount(c);
      switch (c) {
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\\' -> out.append("\\\\");
        default -> {
          if (c == quote) {
            out.append('\\').append(quote);
          } else if (isPrintable(c)) {
            out.appendCodePoint(c);
          } else if (c < 0x100) {
            out.append(String.format(Locale.ROOT, "\\x%02x", c));
          } else if (c < 0x10000) {
            out.append(String.format(Locale.ROOT, "\\u%04x", c));
          } else {
            out.append(String.format(Locale.ROOT, "\\U%08x", c));
          }
        }
      }
    }
    out.append(quote);
  }

  static boolean isPrintable(int c) {
    if (c == ' ') {
      return true;
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SPACE_SEPARATOR ->
          false;
      default -> true;
    };
  }
}

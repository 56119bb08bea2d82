package io.pickwick.epp.prompt.token;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A set of characters as patterns write it: {@code \p{L}}, {@code \s}, {@code [a-z\r\n]}. */
final class CharacterClass {
  /** No character. */
  static final CharacterClass NONE = of(0);

  private final int classes;
  private final int[] ranges;

  private CharacterClass(int classes, int... ranges) {
    this.classes = classes;
    this.ranges = ranges;
  }

  /** The characters of these classes of {@link CodePoints}. */
  static CharacterClass of(int classes) {
    return new CharacterClass(classes);
  }

  boolean contains(byte[] text, int at, int to) {
    if ((CodePoints.look(text, at, to) & classes) != 0) {
      return true;
    }
    return ranges.length > 0 && inRanges(CodePoints.codePoint(text, at, to));
  }

  boolean contains(int codePoint) {
    return (CodePoints.classes(codePoint) & classes) != 0 || inRanges(codePoint);
  }

  boolean disjoint(CharacterClass other) {
    if (isEmpty() || other.isEmpty()) {
      return true;
    }
    for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
      if (contains(codePoint) && other.contains(codePoint)) {
        return false;
      }
    }
    return true;
  }

  /** The class that the text describes, if it is one that this knows. */
  static Optional<CharacterClass> parse(String text) {
    if (!text.startsWith("[")) {
      Optional<Integer> classes = named(text);
      return classes.map(CharacterClass::of);
    }
    int end = text.length() - 1;
    if (end < 2 || text.charAt(end) != ']' || text.charAt(1) == '^') {
      return Optional.empty();
    }
    int classes = 0;
    List<Integer> ranges = new ArrayList<>();
    int at = 1;
    while (at < end) {
      int first = text.codePointAt(at);
      if (first == '[' || first == ']' || first == '&') {
        return Optional.empty();
      }
      if (first == '\\') {
        int length =
            at + 1 < end && text.charAt(at + 1) == 'p' ? text.indexOf('}', at) + 1 - at : 2;
        if (length < 2 || at + length > end) {
          return Optional.empty();
        }
        String escape = text.substring(at, at + length);
        Optional<Integer> named = named(escape);
        at += length;
        if (named.isPresent()) {
          classes |= named.get();
          continue;
        }
        switch (escape) {
          case "\\r" -> first = '\r';
          case "\\n" -> first = '\n';
          case "\\t" -> first = '\t';
          default -> {
            return Optional.empty();
          }
        }
      } else {
        at += Character.charCount(first);
      }
      int last = first;
      if (at + 1 < end && text.charAt(at) == '-') {
        last = text.codePointAt(at + 1);
        if (last == '\\' || last < first) {
          return Optional.empty();
        }
        at += 1 + Character.charCount(last);
      }
      ranges.add(first);
      ranges.add(last);
    }
    return Optional.of(
        new CharacterClass(classes, ranges.stream().mapToInt(Integer::intValue).toArray()));
  }

  private static Optional<Integer> named(String name) {
    return switch (name) {
      case "\\p{L}" -> Optional.of(CodePoints.LETTER);
      case "\\p{M}" -> Optional.of(CodePoints.MARK);
      case "\\p{N}" -> Optional.of(CodePoints.NUMBER);
      case "\\p{P}" -> Optional.of(CodePoints.PUNCTUATION);
      case "\\p{S}" -> Optional.of(CodePoints.SYMBOL);
      case "\\p{Ll}" -> Optional.of(CodePoints.LOWER);
      case "\\s" -> Optional.of(CodePoints.SPACE);
      default -> Optional.empty();
    };
  }

  private boolean isEmpty() {
    return classes == 0 && ranges.length == 0;
  }

  private boolean inRanges(int codePoint) {
    for (int i = 0; i < ranges.length; i += 2) {
      if (codePoint >= ranges[i] && codePoint <= ranges[i + 1]) {
        return true;
      }
    }
    return false;
  }
}

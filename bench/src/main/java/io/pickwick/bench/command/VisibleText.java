package io.pickwick.bench.command;

/**
 * Text of others, such as a name in a file, as it may be shown: what can't be seen but changes how
 * a terminal, an editor or a browser shows the rest is replaced by something that can be seen.
 *
 * <p>Control characters become their pictures ({@code ␛}), and all else without a glyph of its own
 * its number ({@code ‹U+202E›}): the marks of bidirectional text, other formatting characters,
 * separators of lines, halves of pairs, what is for private use, and what is no character.
 */
public final class VisibleText {
  private static final int PICTURES = 0x2400;
  private static final int PICTURE_OF_DELETE = 0x2421;

  private VisibleText() {}

  /** All of it, on as many lines as it has. */
  public static String of(String text) {
    StringBuilder shown = new StringBuilder(text.length());
    text.codePoints()
        .forEach(one -> {
          if (one == '\n' || one == '\t' || seen(one)) {
            shown.appendCodePoint(one);
          } else {
            replace(one, shown);
          }
        });
    return shown.toString();
  }

  /** All of it on one line. */
  public static String line(String text) {
    return of(text.replaceAll("\\s+", " ").strip());
  }

  /** Whether it is one line that is shown as it is. */
  public static boolean isPlain(String text) {
    return text.codePoints().allMatch(VisibleText::seen);
  }

  private static boolean seen(int one) {
    return switch (Character.getType(one)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }

  private static void replace(int one, StringBuilder to) {
    if (one < 0x20) {
      to.appendCodePoint(PICTURES + one);
    } else if (one == 0x7F) {
      to.appendCodePoint(PICTURE_OF_DELETE);
    } else {
      to.append("‹U+%04X›".formatted(one));
    }
  }
}

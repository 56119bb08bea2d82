package io.pickwick.bench.serve;

/**
 * What others have said, as it may be printed: a server's words must neither make lines of their
 * own, nor steer the terminal, nor turn its direction of writing.
 */
final class Printable {
  private Printable() {}

  /** The same on one line, with a space for each character that does not print. */
  static String of(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    text.codePoints().map(Printable::plain).forEach(plain::appendCodePoint);
    return plain.toString();
  }

  private static int plain(int codePoint) {
    return switch (Character.getType(codePoint)) {
      // Formats are those of directions, and letters without a width.
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          ' ';
      default -> codePoint;
    };
  }
}

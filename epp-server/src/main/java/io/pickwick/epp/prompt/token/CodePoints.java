package io.pickwick.epp.prompt.token;

import java.util.Arrays;

/** What kind each character of a UTF-8 text is, in the classes that pre-tokenizer patterns use. */
final class CodePoints {
  /** {@code \p{Lu}} or {@code \p{Lt}}. */
  static final int UPPER = 1;

  /** {@code \p{Ll}}. */
  static final int LOWER = 1 << 1;

  /** {@code \p{Lm}} or {@code \p{Lo}}. */
  static final int CASELESS = 1 << 2;

  /** {@code \p{L}}. */
  static final int LETTER = UPPER | LOWER | CASELESS;

  /** {@code \p{M}}. */
  static final int MARK = 1 << 3;

  /** {@code \p{N}}. */
  static final int NUMBER = 1 << 4;

  /** {@code \p{P}}. */
  static final int PUNCTUATION = 1 << 5;

  /** {@code \p{S}}. */
  static final int SYMBOL = 1 << 6;

  /** {@code \s}: the property White_Space. */
  static final int SPACE = 1 << 7;

  /** {@code [\r\n]}. */
  static final int NEWLINE = 1 << 8;

  private static final int LENGTH_SHIFT = 12;
  private static final int PAGE_BITS = 8;
  private static final int PAGE = 1 << PAGE_BITS;
  private static final int OUTSIDE = 0xFFFD;

  private static final short[][] PAGES = pages();
  private static final short[] ASCII = PAGES[0];

  private CodePoints() {}

  /** The classes of the character at a position, its {@link #length} included. */
  static int look(byte[] text, int at, int to) {
    byte first = text[at];
    return first >= 0 ? ASCII[first] : wide(text, at, to);
  }

  /** The length in bytes of a character that {@link #look} saw. */
  static int length(int looked) {
    return looked >>> LENGTH_SHIFT;
  }

  /** Where a run of characters of any of these classes ends. */
  static int run(byte[] text, int from, int to, int classes) {
    int at = from;
    while (at < to) {
      int looked = look(text, at, to);
      if ((looked & classes) == 0) {
        break;
      }
      at += length(looked);
    }
    return at;
  }

  /** Where a run of characters of none of these classes ends. */
  static int runOutside(byte[] text, int from, int to, int classes) {
    int at = from;
    while (at < to) {
      int looked = look(text, at, to);
      if ((looked & classes) != 0) {
        break;
      }
      at += length(looked);
    }
    return at;
  }

  /** The code point at a position; U+FFFD if the bytes are none. */
  static int codePoint(byte[] text, int at, int to) {
    int first = text[at];
    if (first >= 0) {
      return first;
    }
    if (first >= (byte) 0xC2 && first < (byte) 0xE0 && to - at >= 2) {
      return ((first & 0x1F) << 6) | (text[at + 1] & 0x3F);
    }
    if (first >= (byte) 0xE0 && first < (byte) 0xF0 && to - at >= 3) {
      return ((first & 0x0F) << 12) | ((text[at + 1] & 0x3F) << 6) | (text[at + 2] & 0x3F);
    }
    if (first >= (byte) 0xF0 && first < (byte) 0xF5 && to - at >= 4) {
      int codePoint =
          ((first & 0x07) << 18)
              | ((text[at + 1] & 0x3F) << 12)
              | ((text[at + 2] & 0x3F) << 6)
              | (text[at + 3] & 0x3F);
      return codePoint <= Character.MAX_CODE_POINT ? codePoint : OUTSIDE;
    }
    return OUTSIDE;
  }

  /** The classes of a code point. */
  static int classes(int codePoint) {
    return PAGES[codePoint >>> PAGE_BITS][codePoint & (PAGE - 1)] & ((1 << LENGTH_SHIFT) - 1);
  }

  /** Whether {@code \w} of Rust's regex crate matches: the annex C of Unicode's UTS 18. */
  static boolean wordCharacter(int codePoint) {
    return Character.isAlphabetic(codePoint)
        || codePoint == 0x200C
        || codePoint == 0x200D
        || switch (Character.getType(codePoint)) {
          case Character.NON_SPACING_MARK,
              Character.COMBINING_SPACING_MARK,
              Character.ENCLOSING_MARK,
              Character.DECIMAL_DIGIT_NUMBER,
              Character.CONNECTOR_PUNCTUATION ->
              true;
          default -> false;
        };
  }

  private static int wide(byte[] text, int at, int to) {
    int codePoint = codePoint(text, at, to);
    int looked = PAGES[codePoint >>> PAGE_BITS][codePoint & (PAGE - 1)];
    // Only bytes that are no character get here with a length that doesn't fit.
    return at + length(looked) <= to ? looked : 1 << LENGTH_SHIFT;
  }

  private static short[][] pages() {
    short[][] pages = new short[(Character.MAX_CODE_POINT + 1) >>> PAGE_BITS][];
    short[] before = new short[0];
    for (int i = 0; i < pages.length; i++) {
      short[] page = new short[PAGE];
      for (int j = 0; j < PAGE; j++) {
        page[j] = (short) entry((i << PAGE_BITS) | j);
      }
      pages[i] = Arrays.equals(page, before) ? before : page;
      before = pages[i];
    }
    return pages;
  }

  private static int entry(int codePoint) {
    int length = codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
    return (length << LENGTH_SHIFT) | general(codePoint) | space(codePoint);
  }

  private static int space(int codePoint) {
    if (codePoint == '\r' || codePoint == '\n') {
      return SPACE | NEWLINE;
    }
    boolean white =
        (codePoint >= 9 && codePoint <= 13)
            || codePoint == 0x85
            || Character.isSpaceChar(codePoint);
    return white ? SPACE : 0;
  }

  private static int general(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.UPPERCASE_LETTER, Character.TITLECASE_LETTER -> UPPER;
      case Character.LOWERCASE_LETTER -> LOWER;
      case Character.MODIFIER_LETTER, Character.OTHER_LETTER -> CASELESS;
      case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK ->
          MARK;
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
          NUMBER;
      case Character.CONNECTOR_PUNCTUATION,
          Character.DASH_PUNCTUATION,
          Character.START_PUNCTUATION,
          Character.END_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION,
          Character.OTHER_PUNCTUATION ->
          PUNCTUATION;
      case Character.MATH_SYMBOL,
          Character.CURRENCY_SYMBOL,
          Character.MODIFIER_SYMBOL,
          Character.OTHER_SYMBOL ->
          SYMBOL;
      default -> 0;
    };
  }
}

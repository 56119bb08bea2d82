package io.pickwick.epp.prompt.token;

/**
 * A pre-tokenizer's pattern: cuts text into the words that byte-pair merges never cross. Positions
 * are those of bytes in UTF-8 text, always at a character's start.
 *
 * <p>A match never depends on what stands before it, nor on anything at or behind {@code to}.
 */
sealed interface WordPattern permits ChatWords, CasedWords, DeepSeekWords, Gpt2Words, Run {
  /**
   * The end of the match that starts at a position, or the position itself if none starts there.
   */
  int end(byte[] text, int at, int to);

  /** Whether matches follow each other without anything between them in every text. */
  default boolean coversAll() {
    return true;
  }

  /** Where the first match at or behind a position starts; {@code to} if there is none. */
  default int next(byte[] text, int from, int to) {
    int at = from;
    while (at < to && end(text, at, to) == at) {
      at += CodePoints.length(CodePoints.look(text, at, to));
    }
    return at;
  }

  /**
   * Whether every text with these bytes around a line's start is cut there, and the part before it
   * and the part behind it are each cut as in the whole.
   *
   * @param at a place with a newline before it and an ASCII letter behind it
   */
  boolean cutsLine(byte[] text, int from, int at);

  /**
   * The end of {@code 's}, {@code 't}, {@code 're}, {@code 've}, {@code 'm}, {@code 'll} or {@code
   * 'd} in any case; the position itself if there is none.
   */
  static int contraction(byte[] text, int at, int to) {
    if (to - at < 2 || text[at] != '\'') {
      return at;
    }
    int second = to - at >= 3 ? text[at + 2] | 0x20 : 0;
    return switch (text[at + 1] | 0x20) {
      case 's', 't', 'm', 'd' -> at + 2;
      case 'r', 'v' -> second == 'e' ? at + 3 : at;
      case 'l' -> second == 'l' ? at + 3 : at;
      // U+017F, the long s, is an s to a pattern that ignores case.
      default ->
          text[at + 1] == (byte) 0xC5 && to - at >= 3 && text[at + 2] == (byte) 0xBF ? at + 3 : at;
    };
  }

  /**
   * The end of white space by the patterns {@code \s*[\r\n]+|\s+(?!\S)|\s+}, the first of them only
   * if lines count; the position itself if no white space stands there.
   */
  static int whiteSpace(byte[] text, int from, int to, boolean lines) {
    int at = from;
    int last = from;
    int lineEnd = from;
    while (at < to) {
      int looked = CodePoints.look(text, at, to);
      if ((looked & CodePoints.SPACE) == 0) {
        break;
      }
      last = at;
      at += CodePoints.length(looked);
      if ((looked & CodePoints.NEWLINE) != 0) {
        lineEnd = at;
      }
    }
    if (lines && lineEnd > from) {
      return lineEnd;
    }
    // The last white space goes with the word behind it.
    return at == to || last == from ? at : last;
  }
}

package io.pickwick.epp.prompt.token;

import static io.pickwick.epp.prompt.token.CodePoints.CASELESS;
import static io.pickwick.epp.prompt.token.CodePoints.LETTER;
import static io.pickwick.epp.prompt.token.CodePoints.LOWER;
import static io.pickwick.epp.prompt.token.CodePoints.MARK;
import static io.pickwick.epp.prompt.token.CodePoints.NEWLINE;
import static io.pickwick.epp.prompt.token.CodePoints.NUMBER;
import static io.pickwick.epp.prompt.token.CodePoints.SPACE;
import static io.pickwick.epp.prompt.token.CodePoints.UPPER;

import java.util.Optional;

/**
 * The words of o200k (GPT-4o, gpt-oss), which end before a capital behind a small letter; and of
 * Mistral's Tekken, without contractions and with single digits.
 *
 * @param contractions whether a contraction belongs to the word before it
 * @param digits how many digits at most stay together
 */
record CasedWords(boolean contractions, int digits) implements WordPattern {
  private static final int LEADING = UPPER | CASELESS | MARK;
  private static final int TRAILING = LOWER | CASELESS | MARK;
  private static final int BOTH = CASELESS | MARK;
  private static final int NO_SYMBOL = SPACE | LETTER | NUMBER;

  /** The words of a pattern as model files write it, if it is one of these. */
  static Optional<WordPattern> of(String regex) {
    for (CasedWords words : new CasedWords[] {new CasedWords(true, 3), new CasedWords(false, 1)}) {
      if (words.regex().equals(regex)) {
        return Optional.of(words);
      }
    }
    return Optional.empty();
  }

  private String regex() {
    String suffix = contractions ? "(?i:'s|'t|'re|'ve|'m|'ll|'d)?" : "";
    return "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
        + suffix
        + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*"
        + suffix
        + (digits == 1 ? "|\\p{N}" : "|\\p{N}{1,3}")
        + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  }

  @Override
  public int end(byte[] text, int at, int to) {
    int first = CodePoints.look(text, at, to);
    int behind = at + CodePoints.length(first);
    if ((first & NUMBER) != 0) {
      return ChatWords.numbers(text, behind, to, digits);
    }
    int word = word(text, at, to, first, behind);
    if (word > at) {
      return contractions ? WordPattern.contraction(text, word, to) : word;
    }
    int second = behind < to ? CodePoints.look(text, behind, to) : SPACE;
    if ((text[at] == ' ' && (second & NO_SYMBOL) == 0) || (first & SPACE) == 0) {
      int end = CodePoints.runOutside(text, behind, to, NO_SYMBOL);
      while (end < to && (text[end] == '\r' || text[end] == '\n' || text[end] == '/')) {
        end++;
      }
      return end;
    }
    return WordPattern.whiteSpace(text, at, to, true);
  }

  @Override
  public boolean cutsLine(byte[] text, int from, int at) {
    return true;
  }

  // The pattern's alternatives in its order: small letters behind any others, with the sign before
  // them and without it; then capitals alone, with it and without it. Only a mark is both a sign
  // and a part of a word.
  private static int word(byte[] text, int at, int to, int first, int behind) {
    boolean sign = (first & (NEWLINE | LETTER)) == 0 && behind < to;
    boolean part = (first & (LETTER | MARK)) != 0;
    int end = sign ? small(text, behind, to) : behind;
    if (end > behind) {
      return end;
    }
    end = part ? small(text, at, to) : at;
    if (end > at) {
      return end;
    }
    end = sign ? CodePoints.run(text, behind, to, LEADING) : behind;
    if (end > behind) {
      return end;
    }
    return part ? CodePoints.run(text, at, to, LEADING) : at;
  }

  /** The end of leading letters and at least one trailing letter; the position itself if none. */
  private static int small(byte[] text, int from, int to) {
    int at = from;
    int lastBoth = from;
    while (at < to) {
      int looked = CodePoints.look(text, at, to);
      if ((looked & LOWER) != 0) {
        return CodePoints.run(text, at, to, TRAILING);
      }
      if ((looked & LEADING) == 0) {
        break;
      }
      at += CodePoints.length(looked);
      if ((looked & BOTH) != 0) {
        lastBoth = at;
      }
    }
    return lastBoth;
  }
}

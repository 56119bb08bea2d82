package io.pickwick.epp.prompt.token;

import static io.pickwick.epp.prompt.token.CodePoints.LETTER;
import static io.pickwick.epp.prompt.token.CodePoints.MARK;
import static io.pickwick.epp.prompt.token.CodePoints.NEWLINE;
import static io.pickwick.epp.prompt.token.CodePoints.NUMBER;
import static io.pickwick.epp.prompt.token.CodePoints.SPACE;

import java.util.Optional;

/**
 * The words of cl100k and its kin: Llama 3 and GLM 4, with numbers cut after three digits; Qwen 2
 * and 3, with single digits; Qwen 3.5, where marks are letters too.
 *
 * @param letters the classes that make a word
 * @param digits how many digits at most stay together
 */
record ChatWords(int letters, int digits) implements WordPattern {
  private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
  private static final String SPACES = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  /** The words of a pattern as model files write it, if it is one of these. */
  static Optional<WordPattern> of(String regex) {
    for (ChatWords words :
        new ChatWords[] {
          new ChatWords(LETTER, 3), new ChatWords(LETTER, 1), new ChatWords(LETTER | MARK, 1)
        }) {
      if (words.regex(CONTRACTIONS).equals(regex)
          || words
              .regex("(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])")
              .equals(regex)) {
        return Optional.of(words);
      }
    }
    return Optional.empty();
  }

  private String regex(String contractions) {
    boolean marks = (letters & MARK) != 0;
    return contractions
        + "|[^\\r\\n\\p{L}\\p{N}]?"
        + (marks ? "[\\p{L}\\p{M}]+" : "\\p{L}+")
        + (digits == 1 ? "|\\p{N}" : "|\\p{N}{1,3}")
        + (marks ? "| ?[^\\s\\p{L}\\p{M}\\p{N}]+" : "| ?[^\\s\\p{L}\\p{N}]+")
        + "[\\r\\n]*|"
        + SPACES;
  }

  @Override
  public int end(byte[] text, int at, int to) {
    int first = CodePoints.look(text, at, to);
    int behind = at + CodePoints.length(first);
    if ((first & letters) != 0) {
      return CodePoints.run(text, behind, to, letters);
    }
    if ((first & NUMBER) != 0) {
      return numbers(text, behind, to, digits);
    }
    int contraction = WordPattern.contraction(text, at, to);
    if (contraction > at) {
      return contraction;
    }
    int second = behind < to ? CodePoints.look(text, behind, to) : 0;
    if ((second & letters) != 0 && (first & NEWLINE) == 0) {
      return CodePoints.run(text, behind, to, letters);
    }
    boolean spaced = text[at] == ' ' && behind < to && (second & (SPACE | letters | NUMBER)) == 0;
    if (spaced || (first & SPACE) == 0) {
      int end = CodePoints.runOutside(text, behind, to, SPACE | letters | NUMBER);
      return CodePoints.run(text, end, to, NEWLINE);
    }
    return WordPattern.whiteSpace(text, at, to, true);
  }

  @Override
  public boolean cutsLine(byte[] text, int from, int at) {
    return true;
  }

  /** Where a number ends of which one digit was seen. */
  static int numbers(byte[] text, int from, int to, int digits) {
    int at = from;
    for (int count = 1; count < digits && at < to; count++) {
      int looked = CodePoints.look(text, at, to);
      if ((looked & NUMBER) == 0) {
        break;
      }
      at += CodePoints.length(looked);
    }
    return at;
  }
}

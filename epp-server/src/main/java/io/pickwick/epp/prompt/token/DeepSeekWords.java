package io.pickwick.epp.prompt.token;

import static io.pickwick.epp.prompt.token.CodePoints.LETTER;
import static io.pickwick.epp.prompt.token.CodePoints.MARK;
import static io.pickwick.epp.prompt.token.CodePoints.NEWLINE;
import static io.pickwick.epp.prompt.token.CodePoints.PUNCTUATION;
import static io.pickwick.epp.prompt.token.CodePoints.SYMBOL;

/** The words of DeepSeek V3 and R1, the last of its three steps. */
record DeepSeekWords() implements WordPattern {
  /** The pattern as model files write it. */
  static final String REGEX =
      "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
          + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
          + "| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private static final int WORD = LETTER | MARK;
  private static final int SIGN = PUNCTUATION | SYMBOL;

  @Override
  public int end(byte[] text, int at, int to) {
    int first = CodePoints.look(text, at, to);
    int behind = at + CodePoints.length(first);
    if ((first & WORD) != 0) {
      return CodePoints.run(text, behind, to, WORD);
    }
    int second = behind < to ? CodePoints.look(text, behind, to) : 0;
    if ((first & SIGN) != 0) {
      if (text[at] > 0 && behind < to && letter(text[behind])) {
        int end = behind + 1;
        while (end < to && letter(text[end])) {
          end++;
        }
        return end;
      }
      return signs(text, behind, to);
    }
    if ((second & WORD) != 0 && (first & NEWLINE) == 0) {
      return CodePoints.run(text, behind, to, WORD);
    }
    if (text[at] == ' ' && (second & SIGN) != 0) {
      return signs(text, behind, to);
    }
    return WordPattern.whiteSpace(text, at, to, true);
  }

  @Override
  public boolean coversAll() {
    return false;
  }

  @Override
  public boolean cutsLine(byte[] text, int from, int at) {
    return true;
  }

  private static int signs(byte[] text, int from, int to) {
    return CodePoints.run(text, CodePoints.run(text, from, to, SIGN), to, NEWLINE);
  }

  private static boolean letter(byte character) {
    return (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z');
  }
}

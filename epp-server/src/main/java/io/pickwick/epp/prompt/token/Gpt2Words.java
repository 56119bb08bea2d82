package io.pickwick.epp.prompt.token;

import static io.pickwick.epp.prompt.token.CodePoints.LETTER;
import static io.pickwick.epp.prompt.token.CodePoints.NUMBER;
import static io.pickwick.epp.prompt.token.CodePoints.SPACE;

/** The words of GPT-2, which byte-level pre-tokenizers take when told no other pattern. */
record Gpt2Words() implements WordPattern {
  /** The pattern as model files write it. */
  static final String REGEX =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

  private static final int NO_SYMBOL = SPACE | LETTER | NUMBER;

  @Override
  public int end(byte[] text, int at, int to) {
    int contraction = contraction(text, at, to);
    if (contraction > at) {
      return contraction;
    }
    int first = CodePoints.look(text, at, to);
    int behind = at + CodePoints.length(first);
    int kind = first;
    if (text[at] == ' ' && behind < to) {
      kind = CodePoints.look(text, behind, to);
    }
    if ((kind & LETTER) != 0) {
      return CodePoints.run(text, behind, to, LETTER);
    }
    if ((kind & NUMBER) != 0) {
      return CodePoints.run(text, behind, to, NUMBER);
    }
    if ((kind & SPACE) == 0) {
      return CodePoints.runOutside(text, behind, to, NO_SYMBOL);
    }
    return WordPattern.whiteSpace(text, at, to, false);
  }

  /** White space of several characters is cut by what follows it; a single newline is not. */
  @Override
  public boolean cutsLine(byte[] text, int from, int at) {
    return at - from >= 2 && text[at - 2] > ' ';
  }

  private static int contraction(byte[] text, int at, int to) {
    if (to - at < 2 || text[at] != '\'') {
      return at;
    }
    int second = to - at >= 3 ? text[at + 2] : 0;
    return switch (text[at + 1]) {
      case 's', 't', 'm', 'd' -> at + 2;
      case 'r', 'v' -> second == 'e' ? at + 3 : at;
      case 'l' -> second == 'l' ? at + 3 : at;
      default -> at;
    };
  }
}

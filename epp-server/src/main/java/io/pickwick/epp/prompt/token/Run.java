package io.pickwick.epp.prompt.token;

import java.util.Optional;

/**
 * Characters of one class in a row, such as {@code \p{N}{1,3}} or {@code \s?\p{L}+}, with at most
 * one character of another class before them.
 *
 * @param lead what may stand before the run; never shares a character with the body
 * @param most how many characters at most
 */
record Run(CharacterClass lead, CharacterClass body, int most) implements WordPattern {
  Run {
    if (!lead.disjoint(body)) {
      throw new IllegalArgumentException("a run's lead and body share characters");
    }
  }

  /** A run of at most so many characters of a class. */
  static Run of(CharacterClass body, int most) {
    return new Run(CharacterClass.NONE, body, most);
  }

  /** The run that a pattern describes, if it describes one. */
  static Optional<WordPattern> of(String regex) {
    String rest = regex;
    CharacterClass lead = CharacterClass.NONE;
    if (rest.startsWith("\\s?")) {
      lead = CharacterClass.of(CodePoints.SPACE);
      rest = rest.substring(3);
    }
    int most = 1;
    if (rest.endsWith("+")) {
      most = Integer.MAX_VALUE;
      rest = rest.substring(0, rest.length() - 1);
    } else if (rest.endsWith("{1,3}")) {
      most = 3;
      rest = rest.substring(0, rest.length() - 5);
    }
    CharacterClass before = lead;
    int limit = most;
    return CharacterClass.parse(rest)
        .filter(body -> body.disjoint(before))
        .map(body -> new Run(before, body, limit));
  }

  @Override
  public int end(byte[] text, int at, int to) {
    int begin = at;
    if (lead.contains(text, at, to)) {
      begin += CodePoints.length(CodePoints.look(text, at, to));
    }
    int end = begin;
    for (int count = 0; count < most && end < to && body.contains(text, end, to); count++) {
      end += CodePoints.length(CodePoints.look(text, end, to));
    }
    return end > begin ? end : at;
  }

  @Override
  public boolean coversAll() {
    return false;
  }

  @Override
  public boolean cutsLine(byte[] text, int from, int at) {
    return !body.contains('\n') && !lead.contains('\n');
  }
}

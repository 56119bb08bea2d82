package io.pickwick.epp.prompt.token;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** The tokens of a byte-level model: which bytes each stands for and how they merge. */
final class Vocabulary {
  private static final byte[] NO_BYTES = {};

  private final MergeTable table;
  private final int[] byteIds;
  private final byte[][] tokens;
  private final byte[][] named;
  private final int[] words;

  /**
   * @param byteIds the token of each byte
   * @param tokens the bytes of each token of the model by its id; empty where there is none
   * @param named the same with the added tokens
   * @param wholeWords whether a word that is a token is taken without merging
   */
  Vocabulary(MergeTable table, int[] byteIds, byte[][] tokens, byte[][] named, boolean wholeWords) {
    this.table = table;
    this.byteIds = byteIds;
    this.tokens = tokens;
    this.named = named;
    this.words = wholeWords ? table(tokens) : new int[0];
  }

  /** What one thread merges with. */
  Merger merger() {
    return new Merger(table, byteIds);
  }

  /** The token that a whole word is without merging, or -1. */
  int word(byte[] text, int from, int to) {
    if (words.length == 0) {
      return -1;
    }
    int at = hash(text, from, to) & words.length - 1;
    while (words[at] >= 0) {
      byte[] token = tokens[words[at]];
      if (Arrays.equals(token, 0, token.length, text, from, to)) {
        return words[at];
      }
      at = at + 1 & words.length - 1;
    }
    return -1;
  }

  /** The bytes of a token as text. */
  Optional<String> text(int id) {
    byte[] bytes = id >= 0 && id < named.length ? named[id] : NO_BYTES;
    return bytes.length == 0
        ? Optional.empty()
        : Optional.of(new String(bytes, StandardCharsets.UTF_8));
  }

  private static int[] table(byte[][] tokens) {
    int[] table = new int[Integer.highestOneBit(Math.max(16, 2 * tokens.length)) << 1];
    Arrays.fill(table, -1);
    for (int id = 0; id < tokens.length; id++) {
      if (tokens[id].length > 0) {
        int at = hash(tokens[id], 0, tokens[id].length) & table.length - 1;
        while (table[at] >= 0) {
          at = at + 1 & table.length - 1;
        }
        table[at] = id;
      }
    }
    return table;
  }

  private static int hash(byte[] text, int from, int to) {
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + text[i];
    }
    return hash ^ hash >>> 15;
  }
}

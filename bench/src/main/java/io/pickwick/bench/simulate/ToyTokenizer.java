package io.pickwick.bench.simulate;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A tokenizer without a vocabulary: about four bytes of text are a token.
 *
 * <p>A token is up to five bytes: letters and digits with one other byte before them, or a run of
 * one other byte. Equal beginnings of two texts give equal tokens, but for the last one. Ids below
 * {@link #FIRST} are marks that no text gives; collisions above are harmless.
 */
final class ToyTokenizer {
  /** Begins a message of a chat. */
  static final int MESSAGE_START = 1;

  /** Ends a message of a chat. */
  static final int MESSAGE_END = 2;

  /** Stands for what is not text, such as an image. */
  static final int MEDIA = 3;

  /** The lowest id of a token of text. */
  static final int FIRST = 256;

  private static final int LONGEST = 5;
  private static final int IDS = 127_744;

  private ToyTokenizer() {}

  /** The tokens of a text. */
  static int[] encode(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int[] tokens = new int[bytes.length / 3 + 4];
    int count = 0;
    for (int at = 0; at < bytes.length; ) {
      int end = end(bytes, at);
      if (count == tokens.length) {
        tokens = Arrays.copyOf(tokens, 2 * count);
      }
      tokens[count++] = id(bytes, at, end);
      at = end;
    }
    return Arrays.copyOf(tokens, count);
  }

  private static int end(byte[] bytes, int start) {
    int limit = Math.min(bytes.length, start + LONGEST);
    int end = start + 1;
    if (!word(bytes[start]) && end < limit && bytes[end] == bytes[start]) {
      while (end < limit && bytes[end] == bytes[start]) {
        end++;
      }
      return end;
    }
    while (end < limit && word(bytes[end])) {
      end++;
    }
    return end;
  }

  private static boolean word(byte b) {
    return b < 0 || (b >= '0' && b <= '9') || (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z');
  }

  private static int id(byte[] bytes, int from, int to) {
    long hash = (long) to - from;
    for (int i = from; i < to; i++) {
      hash = (hash ^ bytes[i]) * 0x9E3779B97F4A7C15L;
      hash ^= hash >>> 29;
    }
    return FIRST + (int) Long.remainderUnsigned(hash, IDS);
  }
}

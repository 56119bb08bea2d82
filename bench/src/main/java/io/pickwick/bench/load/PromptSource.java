package io.pickwick.bench.load;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/**
 * Chat completion bodies of one length: half of each prompt is shared within one of eight groups,
 * the rest is its own.
 *
 * <p>Safe for concurrent use. The words are random and short, four and a half bytes with their
 * blank on average; nothing in them needs escaping.
 */
final class PromptSource {
  private static final int GROUPS = 8;
  private static final int STAMP = 24;

  private final byte[][] shared = new byte[GROUPS][];
  private final byte[] words;
  private final int ownBytes;
  private final byte[] tail;

  PromptSource(int tokens, String model, boolean stream, long seed) {
    Random random = new Random(seed);
    int bytes = Math.max(2 * STAMP, tokens * 9 / 2);
    for (int group = 0; group < GROUPS; group++) {
      byte[] text = words(random, bytes / 2);
      byte[] head =
          ("{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"")
              .getBytes(StandardCharsets.UTF_8);
      shared[group] = new byte[head.length + text.length];
      System.arraycopy(head, 0, shared[group], 0, head.length);
      System.arraycopy(text, 0, shared[group], head.length, text.length);
    }
    ownBytes = bytes - bytes / 2;
    words = words(random, 2 * ownBytes + STAMP);
    String end =
        stream
            ? "\"}],\"max_tokens\":100,\"stream\":true,\"stream_options\":{\"include_usage\":true}}"
            : "\"}],\"max_tokens\":100}";
    tail = end.getBytes(StandardCharsets.UTF_8);
  }

  /** The body of the given request; no two numbers have the same own half. */
  byte[] body(long number) {
    byte[] head = shared[(int) (number % GROUPS)];
    byte[] body = new byte[head.length + ownBytes + tail.length];
    System.arraycopy(head, 0, body, 0, head.length);
    byte[] stamp =
        "r%0".concat((STAMP - 2) + "d ").formatted(number).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(stamp, 0, body, head.length, STAMP);
    int from = (int) (number * 31 % ownBytes);
    System.arraycopy(words, from, body, head.length + STAMP, ownBytes - STAMP);
    System.arraycopy(tail, 0, body, head.length + ownBytes, tail.length);
    return body;
  }

  private static byte[] words(Random random, int length) {
    byte[] text = new byte[length];
    int at = 0;
    while (at < length) {
      int letters = random.nextInt(2, 6);
      while (letters-- > 0 && at < length) {
        text[at++] = (byte) ('a' + random.nextInt(26));
      }
      if (at < length) {
        text[at++] = ' ';
      }
    }
    return text;
  }
}

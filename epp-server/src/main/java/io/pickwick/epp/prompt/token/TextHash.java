package io.pickwick.epp.prompt.token;

/**
 * A 128-bit hash of byte ranges under secrets, so that nobody outside the process can make two
 * texts meet.
 *
 * <p>Two independent lanes, each folding the 128-bit product of sixteen masked bytes into its
 * state, the construction of wyhash (github.com/wangyi-fudan/wyhash) with the masks secret.
 */
final class TextHash {
  private final long highSecret;
  private final long highMask;
  private final long lowSecret;
  private final long lowMask;

  TextHash(long highSecret, long highMask, long lowSecret, long lowMask) {
    this.highSecret = highSecret;
    this.highMask = highMask;
    this.lowSecret = lowSecret;
    this.lowMask = lowMask;
  }

  long high(byte[] bytes, int from, int to) {
    return hash(bytes, from, to, highSecret, highMask);
  }

  long low(byte[] bytes, int from, int to) {
    return hash(bytes, from, to, lowSecret, lowMask);
  }

  /** The high half of what continues a text of this hash with a text of that hash. */
  long high(long high, long next) {
    return fold(high ^ highSecret, next ^ highMask) ^ next;
  }

  /** The low half of what continues a text of this hash with a text of that hash. */
  long low(long low, long next) {
    return fold(low ^ lowSecret, next ^ lowMask) ^ next;
  }

  private static long hash(byte[] bytes, int from, int to, long secret, long mask) {
    long state = secret ^ (to - from);
    int at = from;
    for (; to - at >= 16; at += 16) {
      state = fold(Bytes.eight(bytes, at) ^ mask ^ state, Bytes.eight(bytes, at + 8) ^ secret);
    }
    long first = 0;
    long second = 0;
    for (int i = 0; at + i < to; i++) {
      long value = bytes[at + i] & 0xFFL;
      if (i < 8) {
        first |= value << (8 * i);
      } else {
        second |= value << (8 * (i - 8));
      }
    }
    state = fold(first ^ mask ^ state, second ^ secret);
    return fold(state ^ mask, (to - from) ^ secret);
  }

  private static long fold(long a, long b) {
    return (a * b) ^ Math.unsignedMultiplyHigh(a, b);
  }
}

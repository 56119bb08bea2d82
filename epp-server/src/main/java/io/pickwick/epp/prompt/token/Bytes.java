package io.pickwick.epp.prompt.token;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Eight bytes at a time as a long, the first of them lowest.
 *
 * <p>Finds a byte as "Bit Twiddling Hacks" (graphics.stanford.edu/~seander/bithacks.html,
 * ZeroInWord) does.
 */
final class Bytes {
  private static final long LOW_BITS = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private Bytes() {}

  /** The eight bytes from a position on. */
  static long eight(byte[] bytes, int at) {
    return (long) LONGS.get(bytes, at);
  }

  /** A byte eight times. */
  static long repeated(byte value) {
    return (value & 0xFF) * LOW_BITS;
  }

  /** Not zero if a byte is; its lowest bit set is in the first such byte. */
  static long zeros(long eight) {
    return (eight - LOW_BITS) & ~eight & HIGH_BITS;
  }

  /** The index of the first byte that {@link #zeros} found. */
  static int first(long zeros) {
    return Long.numberOfTrailingZeros(zeros) >>> 3;
  }

  /** Where a byte is next; {@code to} if it isn't. */
  static int find(byte[] bytes, int from, int to, byte value) {
    long wanted = repeated(value);
    int at = from;
    for (; to - at >= Long.BYTES; at += Long.BYTES) {
      long found = zeros(eight(bytes, at) ^ wanted);
      if (found != 0) {
        return at + first(found);
      }
    }
    while (at < to && bytes[at] != value) {
      at++;
    }
    return at;
  }
}

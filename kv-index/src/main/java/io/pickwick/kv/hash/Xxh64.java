package io.pickwick.kv.hash;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The 64-bit xxHash of a byte range, and a mixer of two 64-bit values.
 *
 * <p>Layout and constants follow the xxHash specification, section "XXH64 algorithm description"
 * (github.com/Cyan4973/xxHash, doc/xxhash_spec.md).
 */
final class Xxh64 {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long P1 = 0x9E3779B185EBCA87L;
  private static final long P2 = 0xC2B2AE3D27D4EB4FL;
  private static final long P3 = 0x165667B19E3779F9L;
  private static final long P4 = 0x85EBCA77C2B2AE63L;
  private static final long P5 = 0x27D4EB2F165667C5L;

  private static final long INVERSE_P2 = inverse(P2);
  private static final long INVERSE_P3 = inverse(P3);

  private Xxh64() {}

  static long hash(byte[] bytes, int offset, int length, long seed) {
    int at = offset;
    int end = offset + length;
    long hash;
    if (length >= 32) {
      long a = seed + P1 + P2;
      long b = seed + P2;
      long c = seed;
      long d = seed - P1;
      for (int last = end - 32; at <= last; at += 32) {
        a = round(a, (long) LONG.get(bytes, at));
        b = round(b, (long) LONG.get(bytes, at + 8));
        c = round(c, (long) LONG.get(bytes, at + 16));
        d = round(d, (long) LONG.get(bytes, at + 24));
      }
      hash =
          Long.rotateLeft(a, 1)
              + Long.rotateLeft(b, 7)
              + Long.rotateLeft(c, 12)
              + Long.rotateLeft(d, 18);
      hash = (hash ^ round(0, a)) * P1 + P4;
      hash = (hash ^ round(0, b)) * P1 + P4;
      hash = (hash ^ round(0, c)) * P1 + P4;
      hash = (hash ^ round(0, d)) * P1 + P4;
    } else {
      hash = seed + P5;
    }
    hash += length;
    for (; at + 8 <= end; at += 8) {
      hash = Long.rotateLeft(hash ^ round(0, (long) LONG.get(bytes, at)), 27) * P1 + P4;
    }
    if (at + 4 <= end) {
      hash ^= ((int) INT.get(bytes, at) & 0xFFFFFFFFL) * P1;
      hash = Long.rotateLeft(hash, 23) * P2 + P3;
      at += 4;
    }
    for (; at < end; at++) {
      hash = Long.rotateLeft(hash ^ (bytes[at] & 0xFF) * P5, 11) * P1;
    }
    return avalanche(hash);
  }

  /** One value from two; for either of them fixed, a bijection of the other. */
  static long mix(long first, long second) {
    return avalanche(Long.rotateLeft(first * P1, 31) + second * P2);
  }

  /** The second value of {@link #mix}, from the first and the mixture. */
  static long unmix(long first, long mixed) {
    long h = mixed ^ (mixed >>> 32);
    h *= INVERSE_P3;
    h = h ^ (h >>> 29) ^ (h >>> 58);
    h *= INVERSE_P2;
    h = h ^ (h >>> 33);
    return (h - Long.rotateLeft(first * P1, 31)) * INVERSE_P2;
  }

  /** The factor that undoes an odd one modulo 2^64; each step doubles the bits that are right. */
  private static long inverse(long odd) {
    long inverse = odd;
    for (int bits = 3; bits < Long.SIZE; bits *= 2) {
      inverse *= 2 - odd * inverse;
    }
    return inverse;
  }

  private static long round(long accumulator, long input) {
    return Long.rotateLeft(accumulator + input * P2, 31) * P1;
  }

  private static long avalanche(long hash) {
    long h = hash;
    h = (h ^ (h >>> 33)) * P2;
    h = (h ^ (h >>> 29)) * P3;
    return h ^ (h >>> 32);
  }
}

package io.pickwick.kv.hash;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * The 128-bit XXH3 of a byte range, with seed 0 and the default secret.
 *
 * <p>Layout and constants follow the xxHash specification, section "XXH3 algorithm description"
 * (github.com/Cyan4973/xxHash, doc/xxhash_spec.md). One instance is used by one thread.
 */
final class Xxh3 implements BlockDigest {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle BIG_ENDIAN_LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final long P32_1 = 0x9E3779B1L;
  private static final long P32_2 = 0x85EBCA77L;
  private static final long P32_3 = 0xC2B2AE3DL;
  private static final long P64_1 = 0x9E3779B185EBCA87L;
  private static final long P64_2 = 0xC2B2AE3D27D4EB4FL;
  private static final long P64_3 = 0x165667B19E3779F9L;
  private static final long P64_4 = 0x85EBCA77C2B2AE63L;
  private static final long P64_5 = 0x27D4EB2F165667C5L;
  private static final long MIX_1 = 0x165667919E3779F9L;
  private static final long MIX_2 = 0x9FB21C651E98DF25L;

  private static final byte[] SECRET =
      HexFormat.of()
          .parseHex(
              "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
                  + "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
                  + "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
                  + "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
                  + "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
                  + "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e");

  private static final int STRIPE = 64;
  private static final int SECRET_STEP = 8;
  private static final int STRIPES_PER_BLOCK = (SECRET.length - STRIPE) / SECRET_STEP;

  private final long[] lanes = new long[8];
  private long low;
  private long high;

  @Override
  public int length() {
    return 16;
  }

  @Override
  public void digest(byte[] in, int from, int length, byte[] out) {
    hash(in, from, length);
    BIG_ENDIAN_LONG.set(out, 0, high);
    BIG_ENDIAN_LONG.set(out, 8, low);
  }

  private void hash(byte[] in, int from, int length) {
    if (length > 240) {
      hashLong(in, from, length);
    } else if (length > 128) {
      hash129to240(in, from, length);
    } else if (length > 16) {
      hash17to128(in, from, length);
    } else if (length > 8) {
      hash9to16(in, from, length);
    } else if (length >= 4) {
      hash4to8(in, from, length);
    } else if (length > 0) {
      hash1to3(in, from, length);
    } else {
      low = avalanche64(secret(64) ^ secret(72));
      high = avalanche64(secret(80) ^ secret(88));
    }
  }

  private void hash1to3(byte[] in, int from, int length) {
    int first = in[from] & 0xFF;
    int middle = in[from + (length >> 1)] & 0xFF;
    int last = in[from + length - 1] & 0xFF;
    int combined = (first << 16) | (middle << 24) | last | (length << 8);
    int turned = Integer.rotateLeft(Integer.reverseBytes(combined), 13);
    low = avalanche64(unsigned(combined) ^ unsigned(secretInt(0) ^ secretInt(4)));
    high = avalanche64(unsigned(turned) ^ unsigned(secretInt(8) ^ secretInt(12)));
  }

  private void hash4to8(byte[] in, int from, int length) {
    long input =
        unsigned((int) INT.get(in, from)) + ((long) (int) INT.get(in, from + length - 4) << 32);
    long keyed = input ^ secret(16) ^ secret(24);
    long factor = P64_1 + ((long) length << 2);
    long lo = keyed * factor;
    long hi = Math.unsignedMultiplyHigh(keyed, factor) + (lo << 1);
    lo ^= hi >>> 3;
    lo = (lo ^ (lo >>> 35)) * MIX_2;
    low = lo ^ (lo >>> 28);
    high = avalanche(hi);
  }

  private void hash9to16(byte[] in, int from, int length) {
    long first = (long) LONG.get(in, from);
    long last = (long) LONG.get(in, from + length - 8);
    long keyed = first ^ last ^ secret(32) ^ secret(40);
    long lo = keyed * P64_1 + ((long) (length - 1) << 54);
    long flipped = last ^ secret(48) ^ secret(56);
    long hi =
        Math.unsignedMultiplyHigh(keyed, P64_1) + flipped + (flipped & 0xFFFFFFFFL) * (P32_2 - 1);
    lo ^= Long.reverseBytes(hi);
    low = avalanche(lo * P64_2);
    high = avalanche(Math.unsignedMultiplyHigh(lo, P64_2) + hi * P64_2);
  }

  private void hash17to128(byte[] in, int from, int length) {
    low = length * P64_1;
    high = 0;
    int end = from + length;
    if (length > 96) {
      mix32(in, from + 48, end - 64, 96);
    }
    if (length > 64) {
      mix32(in, from + 32, end - 48, 64);
    }
    if (length > 32) {
      mix32(in, from + 16, end - 32, 32);
    }
    mix32(in, from, end - 16, 0);
    finishMiddle(length);
  }

  private void hash129to240(byte[] in, int from, int length) {
    low = length * P64_1;
    high = 0;
    for (int at = 0; at < 128; at += 32) {
      mix32(in, from + at, from + at + 16, at);
    }
    low = avalanche(low);
    high = avalanche(high);
    for (int at = 128; at + 32 <= length; at += 32) {
      mix32(in, from + at, from + at + 16, 3 + at - 128);
    }
    int end = from + length;
    mix32(in, end - 16, end - 32, 103);
    finishMiddle(length);
  }

  private void mix32(byte[] in, int first, int second, int secretAt) {
    low += mix16(in, first, secretAt);
    low ^= (long) LONG.get(in, second) + (long) LONG.get(in, second + 8);
    high += mix16(in, second, secretAt + 16);
    high ^= (long) LONG.get(in, first) + (long) LONG.get(in, first + 8);
  }

  private void finishMiddle(int length) {
    long sum = low + high;
    high = -avalanche(low * P64_1 + high * P64_4 + length * P64_2);
    low = avalanche(sum);
  }

  private void hashLong(byte[] in, int from, int length) {
    lanes[0] = P32_3;
    lanes[1] = P64_1;
    lanes[2] = P64_2;
    lanes[3] = P64_3;
    lanes[4] = P64_4;
    lanes[5] = P32_2;
    lanes[6] = P64_5;
    lanes[7] = P32_1;
    int stripes = (length - 1) / STRIPE;
    for (int stripe = 0; stripe < stripes; stripe++) {
      int inBlock = stripe % STRIPES_PER_BLOCK;
      accumulate(in, from + stripe * STRIPE, inBlock * SECRET_STEP);
      if (inBlock == STRIPES_PER_BLOCK - 1) {
        scramble();
      }
    }
    accumulate(in, from + length - STRIPE, SECRET.length - STRIPE - 7);
    low = merge(11, length * P64_1);
    high = merge(SECRET.length - STRIPE - 11, ~(length * P64_2));
  }

  private void accumulate(byte[] in, int at, int secretAt) {
    for (int lane = 0; lane < 8; lane++) {
      long data = (long) LONG.get(in, at + 8 * lane);
      long keyed = data ^ secret(secretAt + 8 * lane);
      lanes[lane ^ 1] += data;
      lanes[lane] += (keyed & 0xFFFFFFFFL) * (keyed >>> 32);
    }
  }

  private void scramble() {
    for (int lane = 0; lane < 8; lane++) {
      long value = lanes[lane];
      lanes[lane] = (value ^ (value >>> 47) ^ secret(SECRET.length - STRIPE + 8 * lane)) * P32_1;
    }
  }

  private long merge(int secretAt, long start) {
    long sum = start;
    for (int pair = 0; pair < 4; pair++) {
      sum +=
          fold(
              lanes[2 * pair] ^ secret(secretAt + 16 * pair),
              lanes[2 * pair + 1] ^ secret(secretAt + 16 * pair + 8));
    }
    return avalanche(sum);
  }

  private static long mix16(byte[] in, int at, int secretAt) {
    return fold(
        (long) LONG.get(in, at) ^ secret(secretAt),
        (long) LONG.get(in, at + 8) ^ secret(secretAt + 8));
  }

  private static long fold(long a, long b) {
    return (a * b) ^ Math.unsignedMultiplyHigh(a, b);
  }

  private static long avalanche(long hash) {
    long h = (hash ^ (hash >>> 37)) * MIX_1;
    return h ^ (h >>> 32);
  }

  private static long avalanche64(long hash) {
    long h = (hash ^ (hash >>> 33)) * P64_2;
    h = (h ^ (h >>> 29)) * P64_3;
    return h ^ (h >>> 32);
  }

  private static long secret(int at) {
    return (long) LONG.get(SECRET, at);
  }

  private static int secretInt(int at) {
    return (int) INT.get(SECRET, at);
  }

  private static long unsigned(int value) {
    return value & 0xFFFFFFFFL;
  }
}

package io.pickwick.kv.zmtp;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;

/**
 * NaCl's secret-key boxes: XSalsa20 (D. J. Bernstein, "Extending the Salsa20 nonce") and Poly1305
 * ("The Poly1305-AES message-authentication code"); the tag of 16 bytes comes first.
 */
final class SecretBox {
  /*
   * The JDK has neither cipher, and jnacl's are NaCl's slow reference ones, in which a handshake or a
   * frame would hold up all other connections.
   *
   * Salsa20's block is a square of 16 words: constants on the diagonal, the key in two halves, four
   * words between them that are a nonce and a counter. The first 32 bytes of the stream are
   * Poly1305's key; the message is boxed with those that follow.
   *
   * Poly1305 reckons modulo 2^130 - 5 in five limbs of 26 bits, so that no product or sum of
   * products leaves 64 bits. Nothing here branches on, or indexes by, what is secret.
   */
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int SIGMA_0 = 0x61707865;
  private static final int SIGMA_1 = 0x3320646e;
  private static final int SIGMA_2 = 0x79622d32;
  private static final int SIGMA_3 = 0x6b206574;
  private static final int BLOCK = 64;
  private static final int TAG = 16;
  private static final int TAG_KEY = 32;
  private static final int NONCE_HEAD = 16;
  private static final long LIMB = 0x3ffffff;
  private static final long HIGH_BIT = 1 << 24;

  private SecretBox() {}

  /** HSalsa20: a key of a key and 16 bytes. */
  static byte[] hash(byte[] key, byte[] in) {
    byte[] block = new byte[BLOCK];
    int[] x = square(key, word(in, 0), word(in, 4), word(in, 8), word(in, 12));
    rounds(x);
    int[] told = {x[0], x[5], x[10], x[15], x[6], x[7], x[8], x[9]};
    for (int i = 0; i < told.length; i++) {
      INTS.set(block, 4 * i, told[i]);
    }
    return Arrays.copyOf(block, TAG_KEY);
  }

  /** A box of bytes, with a nonce of 24 bytes and a key of 32. */
  static byte[] seal(byte[] plain, byte[] nonce, byte[] key) {
    byte[] box = new byte[TAG + plain.length];
    byte[] tagKey = stream(plain, 0, box, TAG, plain.length, nonce, key);
    byte[] tag = tag(box, TAG, plain.length, tagKey);
    System.arraycopy(tag, 0, box, 0, TAG);
    return box;
  }

  /** What is in a box; empty if it was not made with that nonce and key. */
  static Optional<byte[]> open(byte[] box, byte[] nonce, byte[] key) {
    int length = box.length - TAG;
    byte[] plain = new byte[length];
    // The first block tells the tag's key; the rest is wasted on a forged box only.
    byte[] tagKey = stream(box, TAG, plain, 0, 0, nonce, key);
    byte[] must = tag(box, TAG, length, tagKey);
    if (!MessageDigest.isEqual(must, Arrays.copyOf(box, TAG))) {
      return Optional.empty();
    }
    stream(box, TAG, plain, 0, length, nonce, key);
    return Optional.of(plain);
  }

  private static int word(byte[] from, int at) {
    return (int) INTS.get(from, at);
  }

  private static int[] square(byte[] key, int n0, int n1, int n2, int n3) {
    return new int[] {
      SIGMA_0,
      word(key, 0),
      word(key, 4),
      word(key, 8),
      word(key, 12),
      SIGMA_1,
      n0,
      n1,
      n2,
      n3,
      SIGMA_2,
      word(key, 16),
      word(key, 20),
      word(key, 24),
      word(key, 28),
      SIGMA_3
    };
  }

  /** Puts bytes under the stream and gives the stream's first 32 bytes. */
  private static byte[] stream(
      byte[] in, int from, byte[] out, int to, int length, byte[] nonce, byte[] key) {
    byte[] inner = hash(key, Arrays.copyOf(nonce, NONCE_HEAD));
    int[] start = square(inner, word(nonce, NONCE_HEAD), word(nonce, NONCE_HEAD + 4), 0, 0);
    int[] x = new int[start.length];
    byte[] block = new byte[BLOCK];
    byte[] first = new byte[TAG_KEY];
    int done = -TAG_KEY;
    while (done < length) {
      System.arraycopy(start, 0, x, 0, x.length);
      rounds(x);
      for (int i = 0; i < x.length; i++) {
        INTS.set(block, 4 * i, x[i] + start[i]);
      }
      if (++start[8] == 0) {
        start[9]++;
      }
      int skipped = 0;
      if (done < 0) {
        System.arraycopy(block, 0, first, 0, TAG_KEY);
        skipped = TAG_KEY;
        done = 0;
      }
      int some = Math.min(BLOCK - skipped, length - done);
      for (int i = 0; i < some; i++) {
        out[to + done + i] = (byte) (in[from + done + i] ^ block[skipped + i]);
      }
      done += some;
    }
    return first;
  }

  /** Salsa20's twenty rounds. */
  private static void rounds(int[] x) {
    int x0 = x[0];
    int x1 = x[1];
    int x2 = x[2];
    int x3 = x[3];
    int x4 = x[4];
    int x5 = x[5];
    int x6 = x[6];
    int x7 = x[7];
    int x8 = x[8];
    int x9 = x[9];
    int x10 = x[10];
    int x11 = x[11];
    int x12 = x[12];
    int x13 = x[13];
    int x14 = x[14];
    int x15 = x[15];
    for (int i = 0; i < 10; i++) {
      x4 ^= Integer.rotateLeft(x0 + x12, 7);
      x8 ^= Integer.rotateLeft(x4 + x0, 9);
      x12 ^= Integer.rotateLeft(x8 + x4, 13);
      x0 ^= Integer.rotateLeft(x12 + x8, 18);
      x9 ^= Integer.rotateLeft(x5 + x1, 7);
      x13 ^= Integer.rotateLeft(x9 + x5, 9);
      x1 ^= Integer.rotateLeft(x13 + x9, 13);
      x5 ^= Integer.rotateLeft(x1 + x13, 18);
      x14 ^= Integer.rotateLeft(x10 + x6, 7);
      x2 ^= Integer.rotateLeft(x14 + x10, 9);
      x6 ^= Integer.rotateLeft(x2 + x14, 13);
      x10 ^= Integer.rotateLeft(x6 + x2, 18);
      x3 ^= Integer.rotateLeft(x15 + x11, 7);
      x7 ^= Integer.rotateLeft(x3 + x15, 9);
      x11 ^= Integer.rotateLeft(x7 + x3, 13);
      x15 ^= Integer.rotateLeft(x11 + x7, 18);
      x1 ^= Integer.rotateLeft(x0 + x3, 7);
      x2 ^= Integer.rotateLeft(x1 + x0, 9);
      x3 ^= Integer.rotateLeft(x2 + x1, 13);
      x0 ^= Integer.rotateLeft(x3 + x2, 18);
      x6 ^= Integer.rotateLeft(x5 + x4, 7);
      x7 ^= Integer.rotateLeft(x6 + x5, 9);
      x4 ^= Integer.rotateLeft(x7 + x6, 13);
      x5 ^= Integer.rotateLeft(x4 + x7, 18);
      x11 ^= Integer.rotateLeft(x10 + x9, 7);
      x8 ^= Integer.rotateLeft(x11 + x10, 9);
      x9 ^= Integer.rotateLeft(x8 + x11, 13);
      x10 ^= Integer.rotateLeft(x9 + x8, 18);
      x12 ^= Integer.rotateLeft(x15 + x14, 7);
      x13 ^= Integer.rotateLeft(x12 + x15, 9);
      x14 ^= Integer.rotateLeft(x13 + x12, 13);
      x15 ^= Integer.rotateLeft(x14 + x13, 18);
    }
    x[0] = x0;
    x[1] = x1;
    x[2] = x2;
    x[3] = x3;
    x[4] = x4;
    x[5] = x5;
    x[6] = x6;
    x[7] = x7;
    x[8] = x8;
    x[9] = x9;
    x[10] = x10;
    x[11] = x11;
    x[12] = x12;
    x[13] = x13;
    x[14] = x14;
    x[15] = x15;
  }

  private static long unsigned(byte[] from, int at) {
    return word(from, at) & 0xffffffffL;
  }

  /** Poly1305's tag. */
  private static byte[] tag(byte[] of, int from, int length, byte[] key) {
    long r0 = unsigned(key, 0) & 0x3ffffff;
    long r1 = (unsigned(key, 3) >>> 2) & 0x3ffff03;
    long r2 = (unsigned(key, 6) >>> 4) & 0x3ffc0ff;
    long r3 = (unsigned(key, 9) >>> 6) & 0x3f03fff;
    long r4 = (unsigned(key, 12) >>> 8) & 0x00fffff;
    long s1 = 5 * r1;
    long s2 = 5 * r2;
    long s3 = 5 * r3;
    long s4 = 5 * r4;
    long h0 = 0;
    long h1 = 0;
    long h2 = 0;
    long h3 = 0;
    long h4 = 0;
    byte[] last = new byte[TAG];
    for (int at = 0; at < length; at += TAG) {
      byte[] block = of;
      int begin = from + at;
      long high = HIGH_BIT;
      if (length - at < TAG) {
        System.arraycopy(of, begin, last, 0, length - at);
        last[length - at] = 1;
        block = last;
        begin = 0;
        high = 0;
      }
      h0 += unsigned(block, begin) & LIMB;
      h1 += (unsigned(block, begin + 3) >>> 2) & LIMB;
      h2 += (unsigned(block, begin + 6) >>> 4) & LIMB;
      h3 += (unsigned(block, begin + 9) >>> 6) & LIMB;
      h4 += (unsigned(block, begin + 12) >>> 8) | high;
      long d0 = h0 * r0 + h1 * s4 + h2 * s3 + h3 * s2 + h4 * s1;
      long d1 = h0 * r1 + h1 * r0 + h2 * s4 + h3 * s3 + h4 * s2;
      long d2 = h0 * r2 + h1 * r1 + h2 * r0 + h3 * s4 + h4 * s3;
      long d3 = h0 * r3 + h1 * r2 + h2 * r1 + h3 * r0 + h4 * s4;
      long d4 = h0 * r4 + h1 * r3 + h2 * r2 + h3 * r1 + h4 * r0;
      d1 += d0 >>> 26;
      d2 += d1 >>> 26;
      d3 += d2 >>> 26;
      d4 += d3 >>> 26;
      h0 = (d0 & LIMB) + 5 * (d4 >>> 26);
      h1 = (d1 & LIMB) + (h0 >>> 26);
      h0 &= LIMB;
      h2 = d2 & LIMB;
      h3 = d3 & LIMB;
      h4 = d4 & LIMB;
    }
    h2 += h1 >>> 26;
    h1 &= LIMB;
    h3 += h2 >>> 26;
    h2 &= LIMB;
    h4 += h3 >>> 26;
    h3 &= LIMB;
    h0 += 5 * (h4 >>> 26);
    h4 &= LIMB;
    h1 += h0 >>> 26;
    h0 &= LIMB;
    // The sum less the modulus, taken if it is not negative.
    long g0 = h0 + 5;
    long g1 = h1 + (g0 >>> 26);
    long g2 = h2 + (g1 >>> 26);
    long g3 = h3 + (g2 >>> 26);
    long g4 = h4 + (g3 >>> 26) - (1L << 26);
    long keep = g4 >> 63;
    h0 = (h0 & keep) | (g0 & LIMB & ~keep);
    h1 = (h1 & keep) | (g1 & LIMB & ~keep);
    h2 = (h2 & keep) | (g2 & LIMB & ~keep);
    h3 = (h3 & keep) | (g3 & LIMB & ~keep);
    h4 = (h4 & keep) | (g4 & LIMB & ~keep);
    long f0 = ((h0 | (h1 << 26)) & 0xffffffffL) + unsigned(key, 16);
    long f1 = (((h1 >>> 6) | (h2 << 20)) & 0xffffffffL) + unsigned(key, 20);
    long f2 = (((h2 >>> 12) | (h3 << 14)) & 0xffffffffL) + unsigned(key, 24);
    long f3 = (((h3 >>> 18) | (h4 << 8)) & 0xffffffffL) + unsigned(key, 28);
    f1 += f0 >>> 32;
    f2 += f1 >>> 32;
    f3 += f2 >>> 32;
    byte[] tag = new byte[TAG];
    INTS.set(tag, 0, (int) f0);
    INTS.set(tag, 4, (int) f1);
    INTS.set(tag, 8, (int) f2);
    INTS.set(tag, 12, (int) f3);
    return tag;
  }
}

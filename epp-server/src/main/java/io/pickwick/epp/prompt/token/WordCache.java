package io.pickwick.epp.prompt.token;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * The tokens of words seen lately, shared by all threads and bounded by its number of entries.
 *
 * <p>Holds words of up to 32 bytes and 15 tokens.
 */
final class WordCache {
  // A word has two places, the first of its pair the newer one; a new word goes to the first and
  // what was there to the second. An entry is one array that never changes: the word's length in
  // bytes and tokens, the word in longs padded with zeros, the ids two to a long. It is published
  // by a release store and read by an acquire load; racing writers may lose each other's entries,
  // which only costs a merge.
  static final int MOST_BYTES = 32;
  private static final int MOST_IDS = 15;
  private static final int COUNT_SHIFT = 8;

  private static final VarHandle ENTRIES = MethodHandles.arrayElementVarHandle(long[][].class);
  private static final long[] ABSENT = {0};

  private final long[][] entries;
  private final int mask;

  /**
   * @param pairs how many pairs of places, a power of two
   */
  WordCache(int pairs) {
    entries = new long[2 * pairs][];
    Arrays.fill(entries, ABSENT);
    mask = pairs - 1;
  }

  /** Where a word of at most {@link #MOST_BYTES} bytes belongs. */
  int place(byte[] text, int from, int to) {
    long hash = (to - from) * 0x9E3779B97F4A7C15L;
    for (int at = from; at < to; at += 8) {
      hash = (hash ^ piece(text, at, to)) * 0x9FB21C651E98DF25L;
      hash ^= hash >>> 32;
    }
    return 2 * ((int) (hash ^ (hash >>> 15)) & mask);
  }

  /** Tells the word's ids and says so, or says that it doesn't know the word. */
  boolean tell(int place, byte[] text, int from, int to, IntConsumer ids) {
    long[] entry = (long[]) ENTRIES.getAcquire(entries, place);
    if (!holds(entry, text, from, to)) {
      entry = (long[]) ENTRIES.getAcquire(entries, place + 1);
      if (!holds(entry, text, from, to)) {
        return false;
      }
    }
    int count = (int) entry[0] >>> COUNT_SHIFT;
    int base = 1 + ((to - from + 7) >>> 3);
    for (int i = 0; i < count; i++) {
      ids.accept((int) (entry[base + (i >>> 1)] >>> ((i & 1) << 5)));
    }
    return true;
  }

  void put(int place, byte[] text, int from, int to, int[] ids, int count) {
    if (count > MOST_IDS) {
      return;
    }
    int length = to - from;
    int base = 1 + ((length + 7) >>> 3);
    long[] entry = new long[base + ((count + 1) >>> 1)];
    entry[0] = length | ((long) count << COUNT_SHIFT);
    for (int i = 1, at = from; at < to; i++, at += 8) {
      entry[i] = piece(text, at, to);
    }
    for (int i = 0; i < count; i++) {
      entry[base + (i >>> 1)] |= (ids[i] & 0xFFFFFFFFL) << ((i & 1) << 5);
    }
    ENTRIES.setRelease(entries, place + 1, (long[]) ENTRIES.getAcquire(entries, place));
    ENTRIES.setRelease(entries, place, entry);
  }

  private static boolean holds(long[] entry, byte[] text, int from, int to) {
    if (((int) entry[0] & ((1 << COUNT_SHIFT) - 1)) != to - from) {
      return false;
    }
    for (int i = 1, at = from; at < to; i++, at += 8) {
      if (entry[i] != piece(text, at, to)) {
        return false;
      }
    }
    return true;
  }

  /** Up to eight bytes of the word, the first lowest, zeros above. */
  private static long piece(byte[] text, int at, int to) {
    int length = to - at;
    if (at + 8 <= text.length) {
      long bytes = Bytes.eight(text, at);
      return length >= 8 ? bytes : bytes & ((1L << (8 * length)) - 1);
    }
    long bytes = 0;
    for (int i = Math.min(length, 8) - 1; i >= 0; i--) {
      bytes = (bytes << 8) | (text[at + i] & 0xFF);
    }
    return bytes;
  }
}

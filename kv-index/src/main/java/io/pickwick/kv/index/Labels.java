package io.pickwick.kv.index;

import java.util.Arrays;

/**
 * The tags under which one publisher holds blocks, each by a small number of its own.
 *
 * <p>One thread at a time may change them; any may read.
 */
final class Labels {
  /*
   * A publisher that invents tags uses up its own numbers and nobody else's, and of those only as
   * many as it has blocks under: a number that no block is held under any more is given to the next
   * tag. A reader notices, because the block that it had the number from has changed too.
   */

  static final int BITS = 9;

  /** The base model's. */
  static final int BASE = 0;

  /** A block that the publisher holds under several tags, which answers to none. */
  static final int MIXED = (1 << BITS) - 1;

  /** How many tags besides the base model's a publisher may hold blocks under at a time. */
  static final int MOST = MIXED - 1;

  /** Those of a publisher that never used a tag. */
  static final Labels NONE = new Labels();

  private static final int FIRST = 4;

  private volatile long[] tags = new long[0];
  private int[] blocks = new int[0];
  private int given;

  /** Whether a number stands for a tag. */
  boolean isFor(int label, long tag) {
    if (label == BASE) {
      return tag == 0;
    }
    long[] all = tags;
    return label <= all.length && all[label - 1] == tag;
  }

  /** The number of a tag that is not the base model's, a new one when need be; negative if full. */
  int of(long tag) {
    int free = -1;
    for (int i = 0; i < given; i++) {
      if (tags[i] == tag) {
        return i + 1;
      }
      if (blocks[i] == 0) {
        free = i;
      }
    }
    if (free < 0) {
      if (given == MOST) {
        return -1;
      }
      free = given++;
      if (free == blocks.length) {
        int length = Math.min(MOST, Math.max(FIRST, 2 * free));
        blocks = Arrays.copyOf(blocks, length);
        tags = Arrays.copyOf(tags, length);
      }
    }
    tags[free] = tag;
    return free + 1;
  }

  /** So many more blocks are held under a number, or less. */
  void count(int label, int more) {
    if (label != BASE && label != MIXED) {
      blocks[label - 1] += more;
    }
  }

  long bytes() {
    return (long) blocks.length * (Long.BYTES + Integer.BYTES);
  }
}

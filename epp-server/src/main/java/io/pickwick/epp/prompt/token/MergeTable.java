package io.pickwick.epp.prompt.token;

import java.util.Arrays;

/**
 * Which two tokens merge into which, and before which others: an open-addressed table of primitives
 * from a pair of ids to rank and result.
 */
final class MergeTable {
  /** What {@link #find} says of a pair that doesn't merge; higher than any rank. */
  static final long NONE = Long.MAX_VALUE;

  private static final long EMPTY = -1;

  private final long[] pairs;
  private final long[] merges;
  private final int mask;

  MergeTable(int expected) {
    int size = Integer.highestOneBit(Math.max(16, expected * 2)) << 1;
    pairs = new long[size];
    merges = new long[size];
    mask = size - 1;
    Arrays.fill(pairs, EMPTY);
  }

  /** Adds a merge; of two of the same pair the later one counts. */
  void put(int left, int right, int rank, int result) {
    int at = slot((long) left << 32 | right);
    pairs[at] = (long) left << 32 | right;
    merges[at] = (long) rank << 32 | result;
  }

  /** The rank in the high and the result in the low half, or {@link #NONE}. */
  long find(int left, int right) {
    long pair = (long) left << 32 | right;
    int at = slot(pair);
    return pairs[at] == pair ? merges[at] : NONE;
  }

  private int slot(long pair) {
    long mixed = pair * 0x9E3779B97F4A7C15L;
    int at = (int) ((mixed >>> 32) ^ (mixed >>> 52)) & mask;
    while (pairs[at] != EMPTY && pairs[at] != pair) {
      at = (at + 1) & mask;
    }
    return at;
  }
}

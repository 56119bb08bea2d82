package io.pickwick.epp.prompt.token;

import java.util.Arrays;

/**
 * Merges the bytes of one word into tokens: always the pair of the lowest rank, of equal ones the
 * leftmost, until no pair merges. Used by one thread, word after word.
 */
final class Merger {
  // Short words look through all pairs for each merge. Long ones keep the pairs in a heap and the
  // tokens in a linked list; a pair in the heap counts only if its left token still is the one that
  // makes it, which its rank tells, since a pair has one rank and a rank one pair.
  private static final int SHORT = 80;

  private final MergeTable table;
  private final int[] byteIds;
  private int[] ids = new int[SHORT];
  private final long[] merges = new long[SHORT];
  private int count;

  /**
   * @param byteIds the token of each byte
   */
  Merger(MergeTable table, int[] byteIds) {
    this.table = table;
    this.byteIds = byteIds;
  }

  /** Merges a word of at least one byte; its tokens stand in {@link #ids()} until the next. */
  void merge(byte[] text, int from, int to) {
    count = to - from;
    if (count > ids.length) {
      ids = new int[Math.max(count, 2 * ids.length)];
    }
    for (int i = 0; i < count; i++) {
      ids[i] = byteIds[text[from + i] & 0xFF];
    }
    if (count <= SHORT) {
      mergeShort();
    } else {
      mergeLong();
    }
  }

  /** Takes a word as one token. */
  void take(int id) {
    ids[0] = id;
    count = 1;
  }

  int[] ids() {
    return ids;
  }

  int count() {
    return count;
  }

  private void mergeShort() {
    int[] tokens = ids;
    long[] found = merges;
    int last = count - 1;
    for (int i = 0; i < last; i++) {
      found[i] = table.find(tokens[i], tokens[i + 1]);
    }
    while (last > 0) {
      int lowest = 0;
      long merge = found[0];
      for (int i = 1; i < last; i++) {
        if (found[i] < merge) {
          merge = found[i];
          lowest = i;
        }
      }
      if (merge == MergeTable.NONE) {
        break;
      }
      tokens[lowest] = (int) merge;
      System.arraycopy(tokens, lowest + 2, tokens, lowest + 1, last - lowest - 1);
      System.arraycopy(found, lowest + 1, found, lowest, last - lowest - 1);
      last--;
      if (lowest < last) {
        found[lowest] = table.find(tokens[lowest], tokens[lowest + 1]);
      }
      if (lowest > 0) {
        found[lowest - 1] = table.find(tokens[lowest - 1], tokens[lowest]);
      }
    }
    count = last + 1;
  }

  private void mergeLong() {
    int[] tokens = ids;
    int[] next = new int[count];
    int[] previous = new int[count];
    PairHeap heap = new PairHeap(count);
    for (int i = 0; i < count; i++) {
      next[i] = i + 1 < count ? i + 1 : -1;
      previous[i] = i - 1;
    }
    for (int i = 0; i + 1 < count; i++) {
      push(heap, i, tokens[i], tokens[i + 1]);
    }
    while (!heap.isEmpty()) {
      long top = heap.pop();
      int at = (int) top;
      int right = tokens[at] < 0 ? -1 : next[at];
      if (right < 0) {
        continue;
      }
      long merge = table.find(tokens[at], tokens[right]);
      if (merge == MergeTable.NONE || merge >>> 32 != top >>> 32) {
        continue;
      }
      tokens[at] = (int) merge;
      tokens[right] = -1;
      int behind = next[right];
      next[at] = behind;
      if (behind >= 0) {
        previous[behind] = at;
        push(heap, at, tokens[at], tokens[behind]);
      }
      int before = previous[at];
      if (before >= 0) {
        push(heap, before, tokens[before], tokens[at]);
      }
    }
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (tokens[i] >= 0) {
        tokens[kept++] = tokens[i];
      }
    }
    count = kept;
  }

  private void push(PairHeap heap, int at, int left, int right) {
    long merge = table.find(left, right);
    if (merge != MergeTable.NONE) {
      heap.push(merge >>> 32 << 32 | at);
    }
  }

  /** The lowest of longs first: rank in the high half, position in the low one. */
  private static final class PairHeap {
    private long[] heap;
    private int size;

    PairHeap(int expected) {
      heap = new long[expected];
    }

    boolean isEmpty() {
      return size == 0;
    }

    void push(long value) {
      if (size == heap.length) {
        heap = Arrays.copyOf(heap, 2 * size);
      }
      int at = size++;
      while (at > 0) {
        int parent = (at - 1) >>> 1;
        if (heap[parent] <= value) {
          break;
        }
        heap[at] = heap[parent];
        at = parent;
      }
      heap[at] = value;
    }

    long pop() {
      long top = heap[0];
      long value = heap[--size];
      int at = 0;
      while (true) {
        int child = 2 * at + 1;
        if (child >= size) {
          break;
        }
        if (child + 1 < size && heap[child + 1] < heap[child]) {
          child++;
        }
        if (heap[child] >= value) {
          break;
        }
        heap[at] = heap[child];
        at = child;
      }
      heap[at] = value;
      return top;
    }
  }
}

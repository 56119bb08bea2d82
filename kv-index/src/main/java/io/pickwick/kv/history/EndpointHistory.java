package io.pickwick.kv.history;

import io.pickwick.kv.hash.PromptKeys;
import java.util.Arrays;

/** The blocks of one endpoint in the exact order of their last use. */
final class EndpointHistory {
  /*
   * Nodes live in parallel arrays and are linked by number, 0 being no node; freed nodes are linked
   * through `older`. `index` finds the node of a key: open addressing with linear probing, at most
   * three quarters full, and backward-shift deletion. All of it is guarded by the monitor; the
   * rack's table is changed under the rack's write lock in small portions, so that readers soon get
   * a word in.
   *
   * New and evicted keys are scattered over tables that do not fit the processor's caches, and each
   * change waits for the one before. So before each portion all places are read once in a plain
   * loop: those reads do not depend on each other and wait for memory together, outside the lock.
   */

  private static final int NONE = 0;
  private static final int FIRST_NODES = 16;
  private static final int PORTION = 64;
  private static final long SCRAMBLER = 0x9E3779B97F4A7C15L;
  private static final int BYTES_PER_NODE = Long.BYTES + 2 * Integer.BYTES + Short.BYTES;

  private final Rack rack;
  private final int position;
  private final int blockTokens;
  private final int defaultCapacity;

  private int capacity;
  private int blocks;
  private int size;
  private int newest;
  private int oldest;
  private int free;

  /** Written so that the reads of warm are not optimised away; never read. */
  @SuppressWarnings("UnusedVariable")
  private long glanced;

  private int nodes;
  private long[] keys = new long[0];
  private int[] newer = new int[0];
  private int[] older = new int[0];
  private short[] weights = new short[0];
  private int[] index = new int[0];

  EndpointHistory(Rack rack, int position, int blockTokens, int defaultCapacity) {
    this.rack = rack;
    this.position = position;
    this.blockTokens = blockTokens;
    this.defaultCapacity = defaultCapacity;
    this.capacity = defaultCapacity;
  }

  synchronized void record(PromptKeys prompt) {
    int count = fitting(prompt);
    int held = held(prompt, count);
    int cursor = touch(prompt, held);
    int block = held;
    while (block < count) {
      int stop = Math.min(block + PORTION, count);
      warm(prompt, block, stop);
      long stamp = rack.lock();
      try {
        for (; block < stop; block++) {
          cursor = insert(prompt.key(block), weight(prompt, block), cursor);
        }
      } finally {
        rack.unlock(stamp);
      }
    }
  }

  synchronized void forget() {
    evictTo(0);
    capacity = defaultCapacity;
  }

  synchronized void capacity(int blocks) {
    capacity = blocks;
    evictTo(blocks);
  }

  synchronized int blocks() {
    return blocks;
  }

  synchronized long bytes() {
    return (long) keys.length * BYTES_PER_NODE + (long) index.length * Integer.BYTES;
  }

  /** How many blocks from the prompt's start fit into the capacity. */
  private int fitting(PromptKeys prompt) {
    int count = prompt.count();
    if (prompt.tokensIn(count) / blockTokens + count <= capacity) {
      return count;
    }
    long sum = 0;
    for (int block = 0; block < count; block++) {
      sum += weight(prompt, block);
      if (sum > capacity) {
        return block;
      }
    }
    return count;
  }

  /** How many of the first blocks are here; they are a run from the start. */
  private int held(PromptKeys prompt, int count) {
    if (size == 0 || count == 0) {
      return 0;
    }
    if (node(prompt.key(count - 1)) != NONE) {
      return count;
    }
    int lo = 0;
    int hi = count - 1;
    while (lo < hi) {
      int middle = (lo + hi) >>> 1;
      if (node(prompt.key(middle)) != NONE) {
        lo = middle + 1;
      } else {
        hi = middle;
      }
    }
    return lo;
  }

  /** Makes the first blocks the newest, and answers the node of the last of them. */
  private int touch(PromptKeys prompt, int held) {
    int last = NONE;
    int hint = NONE;
    for (int block = held - 1; block >= 0; block--) {
      long key = prompt.key(block);
      int node = hint != NONE && keys[hint] == key ? hint : node(key);
      if (node == NONE) {
        continue;
      }
      hint = newer[node];
      unlink(node);
      linkAfter(NONE, node);
      if (last == NONE) {
        last = node;
      }
    }
    return last;
  }

  /** Reads the places that the insertion of these blocks is going to visit. */
  private void warm(PromptKeys prompt, int from, int to) {
    if (index.length == 0) {
      return;
    }
    long sum = 0;
    for (int block = from; block < to; block++) {
      long key = prompt.key(block);
      sum += rack.glance(key) + index[home(key)];
    }
    if (blocks + (to - from) > capacity) {
      int node = oldest;
      for (int i = from; i < to && node != NONE; i++) {
        sum += rack.glance(keys[node]) + index[home(keys[node])];
        node = newer[node];
      }
    }
    glanced = sum;
  }

  /** Puts a key just behind the cursor's node, or first if there is none. */
  private int insert(long key, int weight, int cursor) {
    if (node(key) != NONE) {
      return cursor;
    }
    while (blocks + weight > capacity) {
      evictOldest();
    }
    int node = allocate();
    keys[node] = key;
    weights[node] = (short) weight;
    linkAfter(cursor, node);
    enter(node);
    size++;
    blocks += weight;
    rack.hold(key, position);
    return node;
  }

  private void evictTo(int limit) {
    while (blocks > limit) {
      long stamp = rack.lock();
      try {
        for (int i = 0; i < PORTION && blocks > limit; i++) {
          evictOldest();
        }
      } finally {
        rack.unlock(stamp);
      }
    }
    if (size == 0) {
      clear();
    }
  }

  private void evictOldest() {
    int node = oldest;
    rack.release(keys[node], position);
    leave(node);
    unlink(node);
    older[node] = free;
    free = node;
    size--;
    blocks -= weights[node];
  }

  private void clear() {
    newest = NONE;
    oldest = NONE;
    free = NONE;
    nodes = 0;
    keys = new long[0];
    newer = new int[0];
    older = new int[0];
    weights = new short[0];
    index = new int[0];
  }

  private int weight(PromptKeys prompt, int block) {
    int tokens = prompt.tokensIn(block + 1) - prompt.tokensIn(block);
    return Math.clamp((tokens + blockTokens - 1) / blockTokens, 1, Short.MAX_VALUE);
  }

  private int allocate() {
    if (free != NONE) {
      int node = free;
      free = older[node];
      return node;
    }
    int node = ++nodes;
    if (node >= keys.length) {
      int length = (int) Math.min(Math.max(FIRST_NODES, keys.length * 3L / 2), capacity + 1L);
      keys = Arrays.copyOf(keys, length);
      newer = Arrays.copyOf(newer, length);
      older = Arrays.copyOf(older, length);
      weights = Arrays.copyOf(weights, length);
    }
    return node;
  }

  private void unlink(int node) {
    int before = newer[node];
    int after = older[node];
    if (before == NONE) {
      newest = after;
    } else {
      older[before] = after;
    }
    if (after == NONE) {
      oldest = before;
    } else {
      newer[after] = before;
    }
  }

  private void linkAfter(int cursor, int node) {
    int after = cursor == NONE ? newest : older[cursor];
    newer[node] = cursor;
    older[node] = after;
    if (cursor == NONE) {
      newest = node;
    } else {
      older[cursor] = node;
    }
    if (after == NONE) {
      oldest = node;
    } else {
      newer[after] = node;
    }
  }

  private int node(long key) {
    if (index.length == 0) {
      return NONE;
    }
    int place = home(key);
    int node = index[place];
    while (node != NONE && keys[node] != key) {
      place = (place + 1) & (index.length - 1);
      node = index[place];
    }
    return node;
  }

  private void enter(int node) {
    if ((size + 1) * 4L > index.length * 3L) {
      int[] old = index;
      index = new int[Math.max(2 * FIRST_NODES, 2 * old.length)];
      for (int known : old) {
        if (known != NONE) {
          place(known);
        }
      }
    }
    place(node);
  }

  private void place(int node) {
    int place = home(keys[node]);
    while (index[place] != NONE) {
      place = (place + 1) & (index.length - 1);
    }
    index[place] = node;
  }

  private void leave(int node) {
    int mask = index.length - 1;
    int hole = home(keys[node]);
    while (index[hole] != node) {
      hole = (hole + 1) & mask;
    }
    int at = (hole + 1) & mask;
    while (index[at] != NONE) {
      int distance = (at - home(keys[index[at]])) & mask;
      if (distance >= ((at - hole) & mask)) {
        index[hole] = index[at];
        hole = at;
      }
      at = (at + 1) & mask;
    }
    index[hole] = NONE;
  }

  private int home(long key) {
    return (int) ((key * SCRAMBLER) >>> (Long.SIZE - Integer.numberOfTrailingZeros(index.length)));
  }
}

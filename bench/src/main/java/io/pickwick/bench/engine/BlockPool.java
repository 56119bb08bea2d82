package io.pickwick.bench.engine;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * The KV blocks of an engine: who is referenced, who is free, and which hash each holds.
 *
 * <p>Block 0 is the null block and is never handed out. Not thread-safe.
 */
final class BlockPool {
  /*
   * Primitive arrays indexed by block, in the order of vLLM's BlockPool:
   *
   * - The free list is a ring through prev/next with a sentinel behind the last block. A block is in
   *   it exactly when nobody references it. It is popped at the head; a freed block goes to the tail
   *   when it holds a hash, and to the head when it holds none, as there is nothing to keep. Before
   *   0.23, vLLM put every block to the tail.
   * - A freed block keeps its hash. It is forgotten only when the block is popped for other tokens.
   * - Hash to block is a chained table. Several blocks may hold one hash (an aligned prompt computes
   *   its last block again). Only the oldest of them stands in its bucket's chain; the others hang on
   *   it in a ring of copies, so that a lookup finds the oldest and a removal costs the same for all.
   */
  private static final int NONE = -1;

  private final int blocks;
  private final int[] references;
  private final int[] prev;
  private final int[] next;
  private final long[] hashes;
  private final int[] buckets;
  private final int[] chain;
  private final int[] copyPrev;
  private final int[] copyNext;
  private final boolean unhashedFirst;
  private final LongConsumer evicted;
  private int free;
  private long evictions;

  BlockPool(int blocks) {
    this(blocks, true, hash -> {});
  }

  /**
   * A pool that tells the hash of each block that it takes for other tokens.
   *
   * @param unhashedFirst whether a freed block without a hash is the next to be taken
   */
  BlockPool(int blocks, boolean unhashedFirst, LongConsumer evicted) {
    this.blocks = blocks;
    this.unhashedFirst = unhashedFirst;
    this.evicted = evicted;
    references = new int[blocks];
    hashes = new long[blocks];
    prev = new int[blocks + 1];
    next = new int[blocks + 1];
    chain = new int[blocks];
    copyPrev = new int[blocks];
    copyNext = new int[blocks];
    buckets = new int[Integer.highestOneBit(Math.max(2, blocks))];
    Arrays.fill(buckets, NONE);
    Arrays.fill(chain, NONE);
    prev[blocks] = blocks;
    next[blocks] = blocks;
    for (int block = 1; block < blocks; block++) {
      linkBefore(blocks, block);
    }
  }

  /** How many blocks nobody references. */
  int free() {
    return free;
  }

  /** How many blocks can be used at all. */
  int usable() {
    return blocks - 1;
  }

  /** How many blocks lost their hash to be reused. */
  long evictions() {
    return evictions;
  }

  /** How many blocks hold each hash. */
  Map<Long, Integer> cached() {
    Map<Long, Integer> copies = new HashMap<>();
    for (int block = 1; block < blocks; block++) {
      if (hashes[block] != 0) {
        copies.merge(hashes[block], 1, Integer::sum);
      }
    }
    return copies;
  }

  int references(int block) {
    return references[block];
  }

  /** The oldest block that holds the hash, or a negative number. */
  int find(long hash) {
    int block = buckets[bucket(hash)];
    while (block != NONE && hashes[block] != hash) {
      block = chain[block];
    }
    return block;
  }

  /** References a block that holds a wanted hash. */
  void take(int block) {
    if (references[block]++ == 0) {
      unlink(block);
    }
  }

  /** Takes the block at the head of the free list for new tokens; it forgets what it held. */
  int pop() {
    int block = next[blocks];
    if (block == blocks) {
      throw new IllegalStateException("There is no free block.");
    }
    unlink(block);
    references[block] = 1;
    long hash = hashes[block];
    if (hash != 0) {
      forget(block);
      evictions++;
      evicted.accept(hash);
    }
    return block;
  }

  /** Forgets every hash, unless a block is referenced; whether it did. The free list stays. */
  boolean reset() {
    if (free < usable()) {
      return false;
    }
    Arrays.fill(hashes, 0);
    Arrays.fill(buckets, NONE);
    Arrays.fill(chain, NONE);
    return true;
  }

  /** Makes a referenced block known under a hash. */
  void publish(int block, long hash) {
    int oldest = find(hash);
    hashes[block] = hash;
    if (oldest == NONE) {
      int bucket = bucket(hash);
      chain[block] = buckets[bucket];
      buckets[bucket] = block;
      copyPrev[block] = block;
      copyNext[block] = block;
    } else {
      int last = copyPrev[oldest];
      copyNext[last] = block;
      copyPrev[block] = last;
      copyNext[block] = oldest;
      copyPrev[oldest] = block;
    }
  }

  /** Drops a sequence's references, its last block first. */
  void release(int[] table, int count) {
    for (int i = count - 1; i >= 0; i--) {
      release(table[i]);
    }
  }

  /** Drops one reference. */
  void release(int block) {
    if (--references[block] == 0) {
      linkBefore(unhashedFirst && hashes[block] == 0 ? next[blocks] : blocks, block);
    } else if (references[block] < 0) {
      throw new IllegalStateException("Block " + block + " was released twice.");
    }
  }

  private void forget(int block) {
    int bucket = bucket(hashes[block]);
    int heir = copyNext[block] == block ? NONE : copyNext[block];
    int before = NONE;
    int at = buckets[bucket];
    while (at != NONE && at != block) {
      before = at;
      at = chain[at];
    }
    if (at == block) {
      int follower = chain[block];
      if (heir != NONE) {
        chain[heir] = follower;
        follower = heir;
      }
      if (before == NONE) {
        buckets[bucket] = follower;
      } else {
        chain[before] = follower;
      }
    }
    copyNext[copyPrev[block]] = copyNext[block];
    copyPrev[copyNext[block]] = copyPrev[block];
    chain[block] = NONE;
    hashes[block] = 0;
  }

  private int bucket(long hash) {
    return (int) (hash >>> 20) & (buckets.length - 1);
  }

  private void linkBefore(int successor, int block) {
    int predecessor = prev[successor];
    next[predecessor] = block;
    prev[block] = predecessor;
    next[block] = successor;
    prev[successor] = block;
    free++;
  }

  private void unlink(int block) {
    next[prev[block]] = next[block];
    prev[next[block]] = prev[block];
    free--;
  }
}

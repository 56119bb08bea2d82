package io.pickwick.bench.engine;

/**
 * A prefix cache that several engines have in common, least recently used blocks going first: what
 * one has computed, all need not. A reference to compare with; fetching costs nothing.
 *
 * <p>Not thread-safe.
 */
public final class PooledCache {
  /** One that never holds anything. */
  public static final PooledCache NONE = new PooledCache(0);

  private final BlockPool pool;

  /** An empty cache of so many blocks. */
  public PooledCache(int blocks) {
    this.pool = new BlockPool(blocks + 1);
  }

  boolean holds(long hash) {
    return pool.usable() > 0 && pool.find(hash) >= 0;
  }

  /** The blocks {@code from .. to - 1} of a chain were read or computed; the last goes first. */
  void use(long[] hashes, int from, int to) {
    if (pool.usable() == 0) {
      return;
    }
    for (int i = to - 1; i >= from; i--) {
      int block = pool.find(hashes[i]);
      if (block >= 0) {
        pool.take(block);
      } else {
        block = pool.pop();
        pool.publish(block, hashes[i]);
      }
      pool.release(block);
    }
  }
}

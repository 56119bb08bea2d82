package io.pickwick.kv.hash;

import java.util.Arrays;

/**
 * The keys of the blocks of one byte sequence that comes in pieces of any cut.
 *
 * <p>The key of block {@code i} mixes the key of block {@code i-1} with the hash of block {@code
 * i}'s bytes. The hash of a block does not wait for the key before it, so the processor overlaps
 * the blocks.
 */
final class BlockChain {
  private final BlockLayout layout;
  private final long seed;
  private final boolean beyondLast;
  private final byte[] carry;
  private long[] keys = new long[64];
  private int kept;
  private int block;
  private int blockBytes;
  private int carried;
  private long last;
  private long bytes;

  /**
   * @param beyondLast whether {@link #tail()} depends on the blocks that the layout gives no keys
   */
  BlockChain(BlockLayout layout, long seed, boolean beyondLast) {
    this.layout = layout;
    this.seed = seed;
    this.beyondLast = beyondLast;
    this.carry = new byte[layout.largestBytes()];
    reset();
  }

  void reset() {
    kept = 0;
    block = 0;
    blockBytes = layout.bytes(0);
    carried = 0;
    last = seed;
    bytes = 0;
  }

  void add(byte[] piece, int offset, int length) {
    bytes += length;
    if (closed()) {
      return;
    }
    int at = offset;
    int end = offset + length;
    if (carried > 0) {
      int missing = Math.min(blockBytes - carried, length);
      System.arraycopy(piece, at, carry, carried, missing);
      carried += missing;
      at += missing;
      if (carried < blockBytes) {
        return;
      }
      carried = 0;
      append(Xxh64.hash(carry, 0, blockBytes, seed));
    }
    while (end - at >= blockBytes && !closed()) {
      int from = at;
      at += blockBytes;
      append(Xxh64.hash(piece, from, blockBytes, seed));
    }
    if (at < end && !closed()) {
      carried = end - at;
      System.arraycopy(piece, at, carry, 0, carried);
    }
  }

  /** How many full blocks have a key. */
  int count() {
    return kept;
  }

  /** Bytes so far. */
  long bytes() {
    return bytes;
  }

  /** Whether bytes follow the last full block. */
  boolean ragged() {
    return carried > 0;
  }

  /** The key of all bytes so far, those after the last full block included. */
  long tail() {
    return ragged() ? Xxh64.mix(last, Xxh64.hash(carry, 0, carried, seed)) : last;
  }

  void copyKeys(long[] target) {
    System.arraycopy(keys, 0, target, 0, kept);
  }

  long key(int index) {
    return keys[index];
  }

  private boolean closed() {
    return block >= layout.maxBlocks() && !beyondLast;
  }

  private void append(long hash) {
    last = Xxh64.mix(last, hash);
    if (kept < layout.maxBlocks()) {
      if (kept == keys.length) {
        keys = Arrays.copyOf(keys, Math.min(2 * kept, layout.maxBlocks()));
      }
      keys[kept++] = last;
    }
    blockBytes = layout.bytes(++block);
  }
}

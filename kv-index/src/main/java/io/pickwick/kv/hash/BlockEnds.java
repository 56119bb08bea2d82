package io.pickwick.kv.hash;

import java.util.concurrent.ConcurrentHashMap;

/** Where the blocks of one size end, in one array for all prompts. */
final class BlockEnds {
  private static final int SIZES_KEPT = 64;
  private static final int FIRST_BLOCKS = 512;
  private static final ConcurrentHashMap<Integer, BlockEnds> KEPT = new ConcurrentHashMap<>();

  private final int blockSize;
  private volatile int[] ends;

  private BlockEnds(int blockSize) {
    this.blockSize = blockSize;
    this.ends = ends(Math.min(FIRST_BLOCKS, mostBlocks()));
  }

  /** The ends of blocks of that many tokens; the same ones for the first few sizes asked for. */
  static BlockEnds of(int blockSize) {
    return KEPT.size() < SIZES_KEPT
        ? KEPT.computeIfAbsent(blockSize, BlockEnds::new)
        : KEPT.getOrDefault(blockSize, new BlockEnds(blockSize));
  }

  /** Tokens to the end of each block, for at least that many blocks; never written. */
  int[] upTo(int blocks) {
    int[] known = ends;
    return known.length >= blocks ? known : grow(blocks);
  }

  private synchronized int[] grow(int blocks) {
    if (ends.length < blocks) {
      ends = ends((int) Math.min(mostBlocks(), 2L * blocks));
    }
    return ends;
  }

  private int mostBlocks() {
    return Integer.MAX_VALUE / blockSize;
  }

  private int[] ends(int blocks) {
    int[] all = new int[blocks];
    for (int i = 0; i < blocks; i++) {
      all[i] = (i + 1) * blockSize;
    }
    return all;
  }
}

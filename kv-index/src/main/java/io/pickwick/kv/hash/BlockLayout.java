package io.pickwick.kv.hash;

/**
 * Where the blocks of a prompt end, as a pure function of a block's position, so that any two
 * prompts share their boundaries.
 *
 * <p>The first 256 blocks have the base size, the next 256 are 4 times as large, all others 16
 * times: a short prompt is matched finely and a long one stays cheap. Sizes are in bytes of the
 * canonical prompt; a token is taken as a fixed number of bytes.
 */
public final class BlockLayout {
  private static final int BLOCKS_OF_ONE_SIZE = 256;
  private static final int GROWTH_BITS = 2;
  private static final int LARGEST = 2 * GROWTH_BITS;

  private static final BlockLayout STANDARD = new BlockLayout(16, 4, 2048);

  private final int blockTokens;
  private final int bytesPerToken;
  private final int maxBlocks;
  private final int[] ends;

  /**
   * @param blockTokens tokens of a block of the base size
   * @param bytesPerToken the estimate of a token's length
   * @param maxBlocks the prompt's bytes beyond that many blocks have no key
   * @throws IllegalArgumentException if one of them is not positive or the blocks together exceed
   *     what an int can count in bytes
   */
  public BlockLayout(int blockTokens, int bytesPerToken, int maxBlocks) {
    if (blockTokens <= 0 || bytesPerToken <= 0 || maxBlocks <= 0) {
      throw new IllegalArgumentException(
          "block tokens, bytes per token and max blocks must be positive: %d, %d, %d"
              .formatted(blockTokens, bytesPerToken, maxBlocks));
    }
    if ((((long) blockTokens * bytesPerToken) << LARGEST) * maxBlocks > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "%d blocks of up to %d bytes are more than one prompt can have"
              .formatted(maxBlocks, ((long) blockTokens * bytesPerToken) << LARGEST));
    }
    this.blockTokens = blockTokens;
    this.bytesPerToken = bytesPerToken;
    this.maxBlocks = maxBlocks;
    this.ends = new int[maxBlocks];
    int end = 0;
    for (int block = 0; block < maxBlocks; block++) {
      end += blockTokens << growth(block);
      ends[block] = end;
    }
  }

  /** Base blocks of 16 tokens of 4 bytes, at most 2,048 blocks. */
  public static BlockLayout standard() {
    return STANDARD;
  }

  /** The length in bytes of the block at this position, also beyond {@link #maxBlocks()}. */
  public int bytes(int block) {
    return (blockTokens * bytesPerToken) << growth(block);
  }

  /** The length in bytes of the largest block. */
  public int largestBytes() {
    return (blockTokens * bytesPerToken) << LARGEST;
  }

  /** Tokens of a block of the base size. */
  public int blockTokens() {
    return blockTokens;
  }

  /** The estimate of a token's length in bytes. */
  public int bytesPerToken() {
    return bytesPerToken;
  }

  /** How many blocks at the prompt's start have keys. */
  public int maxBlocks() {
    return maxBlocks;
  }

  /** Tokens to the end of each block; shared, never written. */
  int[] ends() {
    return ends;
  }

  private static int growth(int block) {
    return Math.min((block / BLOCKS_OF_ONE_SIZE) * GROWTH_BITS, LARGEST);
  }
}

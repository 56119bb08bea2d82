package io.pickwick.bench.workload;

/**
 * Made-up tokens that are told apart by the block.
 *
 * <p>A text is named by its kind and a number, and has a token at each position. Equal names are
 * equal texts; two blocks of 16 tokens at multiples of 16 are equal only if kind, number and
 * position are.
 */
final class TokenBlocks {
  /*
   * The name of a block of 16 tokens is a number of 64 bits: kind 4, text 36, block 24. A mix that
   * is one-to-one makes a key of it, and the first four tokens carry the key's bits, so that two
   * blocks can't be equal by accident. The other twelve are drawn from the key. A seed is mixed
   * into the key by exclusive or, which keeps it one-to-one for each seed.
   */

  /** Tokens are below this. */
  static final int VOCABULARY = 1 << 20;

  /** Tokens of a block. */
  static final int BLOCK = 16;

  /** What was generated; the number is the request's. It has no seed: an engine knows none. */
  static final TokenBlocks OUTPUT = new TokenBlocks(0, 0);

  private static final int TEXT_BITS = 36;
  private static final int BLOCK_BITS = 24;
  private static final long STEP = 0x9e37_79b9_7f4a_7c15L;

  private final long kind;
  private final long seed;

  private TokenBlocks(int kind, long seed) {
    this.kind = (long) kind << (TEXT_BITS + BLOCK_BITS);
    this.seed = seed;
  }

  /** Texts that only one request has; the number is the request's. */
  static TokenBlocks own(long seed) {
    return new TokenBlocks(1, mix(seed + STEP));
  }

  /** Texts that requests share; the number is the text's. */
  static TokenBlocks shared(long seed) {
    return new TokenBlocks(2, mix(seed + STEP));
  }

  /** The token of a text at a position. */
  int token(long text, int position) {
    return tokenOf(key(text, position / BLOCK), position % BLOCK);
  }

  /** Writes the tokens of a text from a position on. */
  void write(long text, int position, int[] target, int from, int count) {
    int to = from + count;
    int at = from;
    int next = position;
    while (at < to) {
      long key = key(text, next / BLOCK);
      int slot = next % BLOCK;
      int end = Math.min(to, at + BLOCK - slot);
      next += end - at;
      while (at < end) {
        target[at++] = tokenOf(key, slot++);
      }
    }
  }

  private long key(long text, int block) {
    if (text < 0 || text >= 1L << TEXT_BITS || block < 0 || block >= 1 << BLOCK_BITS) {
      throw new IllegalArgumentException(
          "There is no block %d of text %d; a text's number has %d bits, a block's %d."
              .formatted(block, text, TEXT_BITS, BLOCK_BITS));
    }
    return mix((kind | text << BLOCK_BITS | block) ^ seed);
  }

  private static int tokenOf(long key, int slot) {
    long bits =
        switch (slot) {
          case 0, 1, 2 -> key >>> (slot * 20);
          case 3 -> key >>> 60 | mix(key + slot * STEP) << 4;
          default -> mix(key + slot * STEP);
        };
    return (int) (bits & (VOCABULARY - 1));
  }

  /** The finaliser of SplitMix64, which is one-to-one. */
  static long mix(long value) {
    long z = value;
    z = (z ^ (z >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d0_49bb_1331_11ebL;
    return z ^ (z >>> 31);
  }
}

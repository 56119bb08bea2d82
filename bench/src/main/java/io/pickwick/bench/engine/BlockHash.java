package io.pickwick.bench.engine;

/** The chained 64-bit hashes by which an engine knows its full blocks; never 0. */
final class BlockHash {
  private static final long PRIME = 0x9E3779B97F4A7C15L;

  private BlockHash() {}

  /** Where the chain starts: adapter and salt keep equal tokens apart. */
  static long seed(String lora, String salt) {
    return step(step(PRIME, text(lora)), text(salt));
  }

  /** The hash of the block of tokens from a position on, after its parent. */
  static long next(long parent, int[] tokens, int from, int size) {
    long hash = parent;
    for (int i = from; i < from + size; i++) {
      hash = step(hash, tokens[i]);
    }
    return hash == 0 ? 1 : hash;
  }

  private static long text(String text) {
    long hash = text.length();
    for (int i = 0; i < text.length(); i++) {
      hash = step(hash, text.charAt(i));
    }
    return hash;
  }

  private static long step(long hash, long value) {
    long mixed = (hash ^ (value + PRIME)) * 0xD6E8FEB86659FD93L;
    return Long.rotateLeft(mixed ^ (mixed >>> 32), 23) * PRIME;
  }
}

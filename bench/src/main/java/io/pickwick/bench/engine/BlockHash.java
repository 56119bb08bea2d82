package io.pickwick.bench.engine;

/** The cheapest chain of hashes: 64 bits that no other program computes; never 0. */
final class BlockHash implements BlockHashing.Chain {
  private static final long PRIME = 0x9E3779B97F4A7C15L;

  private long last;

  /** Starts a chain: adapter and salt keep equal tokens apart. */
  BlockHash(String lora, String salt) {
    last = step(step(PRIME, text(lora)), text(salt));
  }

  /** Goes on with a chain behind the block that got this hash. */
  BlockHash(long last) {
    this.last = last;
  }

  @Override
  public long next(int[] tokens, int from, int size) {
    long hash = last;
    for (int i = from; i < from + size; i++) {
      hash = step(hash, tokens[i]);
    }
    last = hash == 0 ? 1 : hash;
    return last;
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

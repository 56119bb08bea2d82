package io.pickwick.kv.hash;

/**
 * The digests of a prompt's blocks, each taken of the one before and of the block's tokens, as an
 * engine chains them. Only the last one is kept. Used by one thread.
 */
abstract sealed class DigestChain permits VllmChain, SglangChain {
  /** The digest of the last block; at the prompt's start, what the engine takes in its place. */
  final byte[] last;

  DigestChain(int digestLength) {
    this.last = new byte[digestLength];
  }

  static DigestChain of(HashScheme scheme) {
    return scheme.algorithm() == HashAlgorithm.SGLANG ? new SglangChain() : new VllmChain(scheme);
  }

  /** Back to a prompt's start. */
  abstract void restart(ExtraKeys extra);

  /** Goes on after a block with this digest; blocks before it will not come again. */
  final void resume(ExtraKeys extra, byte[] digest) {
    restart(extra);
    System.arraycopy(digest, 0, last, 0, last.length);
  }

  /** Hashes the block of {@code count} tokens that starts at the prompt's token {@code start}. */
  abstract void add(int[] tokens, int from, int count, int start);

  /** What the engine publishes of the last digest. */
  abstract long published();
}

package io.pickwick.epp.prefix;

import io.pickwick.kv.event.Medium;
import io.pickwick.kv.event.StoredBlocks;
import io.pickwick.kv.hash.ExtraKeys;
import io.pickwick.kv.hash.HashScheme;
import io.pickwick.kv.hash.TokenChain;
import java.util.Optional;

/** The first block of a prompt as an endpoint stored it. */
final class RootBlock {
  private static final int MOST_TOKENS = 4096;

  private final int[] tokens;
  private final int blockSize;
  private final long hash;
  private final String adapter;
  private final long adapterId;

  private RootBlock(int[] tokens, int blockSize, long hash, String adapter, long adapterId) {
    this.tokens = tokens;
    this.blockSize = blockSize;
    this.hash = hash;
    this.adapter = adapter;
    this.adapterId = adapterId;
  }

  /** The first block of an event; empty when it has none that can be hashed from its tokens. */
  static Optional<RootBlock> of(StoredBlocks blocks) {
    int size = blocks.blockSize();
    boolean plain = !blocks.hasExtraKeys() || !blocks.loraName().isEmpty();
    if (blocks.hasParent()
        || blocks.count() == 0
        || size <= 0
        || size > MOST_TOKENS
        || blocks.tokens() != blocks.count() * (long) size
        || blocks.medium() != Medium.GPU
        || !blocks.fullAttention()
        || !plain) {
      return Optional.empty();
    }
    int[] tokens = new int[Math.min(blocks.tokens(), MOST_TOKENS)];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = blocks.token(i);
      if (tokens[i] < 0) {
        return Optional.empty();
      }
    }
    return Optional.of(
        new RootBlock(tokens, size, blocks.hash(0), blocks.loraName(), blocks.loraId()));
  }

  /** The block's tokens, and perhaps some of those that follow; shared, never written. */
  int[] tokens() {
    return tokens;
  }

  /** How many tokens are the block. */
  int blockSize() {
    return blockSize;
  }

  /** The adapter's name; empty for the base model. */
  String adapter() {
    return adapter;
  }

  /** The adapter's number; -1 when not told. */
  long adapterId() {
    return adapterId;
  }

  /** Whether the scheme gives this block its hash. */
  boolean isOf(HashScheme scheme, ExtraKeys extra) {
    if (scheme.blockSize() != blockSize || !scheme.predictable()) {
      return false;
    }
    TokenChain chain = new TokenChain(scheme, extra, 0);
    chain.add(tokens, 0, blockSize);
    return chain.raw(0) == hash;
  }
}

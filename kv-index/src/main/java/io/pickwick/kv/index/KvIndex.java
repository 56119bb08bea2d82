package io.pickwick.kv.index;

import io.pickwick.kv.hash.PromptKeys;

/** The exact index of which block is on which endpoint: not built yet, only its shape. */
public final class KvIndex implements BlockIndex {
  private final MediumWeights weights;

  /** An index that counts a hit by the medium it is in. */
  public KvIndex(MediumWeights weights) {
    this.weights = weights;
  }

  @Override
  public RankBlocks open(int slot, int rank) {
    throw new UnsupportedOperationException("not built yet: " + weights);
  }

  @Override
  public void match(PromptKeys prompt, int tag, PrefixMatch into) {
    throw new UnsupportedOperationException("not built yet: " + weights);
  }

  /**
   * Takes back a part of the room of publishers that were cleared or closed. Writers do that too,
   * in passing; call it now and then for the times when nobody writes.
   *
   * @param blocks how many places to look at, at most
   * @return whether there is more to do
   */
  public boolean sweep(int blocks) {
    throw new UnsupportedOperationException("not built yet: " + blocks);
  }

  /** What is held now. */
  public IndexStats stats() {
    throw new UnsupportedOperationException("not built yet");
  }
}

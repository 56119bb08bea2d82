package io.pickwick.kv.index;

import io.pickwick.kv.hash.PromptKeys;

/**
 * Which block is on which endpoint, in which medium: written by publishers, asked by requests.
 *
 * <p>Asking is safe at any time and never sees more than was true at some moment of the call.
 */
public interface BlockIndex extends PrefixIndex {
  /**
   * Opens the write side of one publisher: a data-parallel rank of the endpoint in a slot. What is
   * written is seen as that slot's, until the write side is closed.
   */
  RankBlocks open(int slot, int rank);

  /**
   * As {@link #match(PromptKeys, PrefixMatch)}, of the blocks that were stored with a tag. A slot
   * with several ranks counts with the one that holds most.
   */
  void match(PromptKeys prompt, long tag, PrefixMatch into);

  /** The blocks of the base model. */
  @Override
  default void match(PromptKeys prompt, PrefixMatch into) {
    match(prompt, 0, into);
  }
}

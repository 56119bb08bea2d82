package io.pickwick.kv.index;

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
}

package io.pickwick.kv.event;

/**
 * How a stored block becomes a chain key: the one place that knows what keys are made of, so that
 * index, feeds and policies need not.
 *
 * <p>A key stands for everything from the prompt's start to the block's end, and equals the key
 * that the same prompt gets when it comes as a request (see {@link
 * io.pickwick.kv.hash.PromptKeys}). One instance serves one publisher and is used by one thread.
 */
public interface BlockKeys {
  /**
   * Writes the keys of an event's blocks into {@code keys[0 .. count())}.
   *
   * @return how many of them, from the first, are known; the others can't be told, for instance
   *     because the parent is not known
   */
  int stored(StoredBlocks blocks, long[] keys);

  /**
   * The key of the block before an event's first one, as a hint where its blocks belong; zero when
   * there is none or it can't be told.
   */
  default long parent(StoredBlocks blocks) {
    return 0;
  }

  /** The key under which a removed block was stored. */
  long removed(long hash);

  /** Everything stored so far is gone. */
  default void cleared() {}
}

package io.pickwick.kv.feed;

import io.pickwick.kv.event.StoredBlocks;

/** One who looks at what publishers say, on the thread that applies it: it must be quick. */
public interface FeedListener {
  /** One that does not look. */
  FeedListener NONE = (slot, rank, blocks) -> {};

  /** Blocks were stored; the view is only lent for the call. */
  void stored(int slot, int rank, StoredBlocks blocks);

  /**
   * What was told of a publisher may be of a process that is gone: it began anew, or its connection
   * was lost or replaced. What comes from now on may be of one with other settings.
   */
  default void restarted(int slot, int rank) {}
}

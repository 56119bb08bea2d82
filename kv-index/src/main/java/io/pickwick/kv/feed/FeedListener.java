package io.pickwick.kv.feed;

import io.pickwick.kv.event.StoredBlocks;

/** One who looks at what publishers say, on the thread that applies it: it must be quick. */
public interface FeedListener {
  /** One that does not look. */
  FeedListener NONE = (slot, rank, blocks) -> {};

  /** Blocks were stored; the view is only lent for the call. */
  void stored(int slot, int rank, StoredBlocks blocks);
}

package io.pickwick.kv.event;

/** Takes the events of a publisher in their order; what it is given is only lent for the call. */
public interface EventSink {
  /** Blocks are in the cache. */
  void stored(StoredBlocks blocks);

  /** Blocks have one copy less. */
  void removed(RemovedBlocks blocks);

  /** The cache is empty: every block of every group and medium is gone. */
  void cleared();

  /**
   * An event could not be read; the others of its batch are told all the same.
   *
   * @param stateLost whether it may have said that blocks are gone, so that what is known of the
   *     publisher can't be believed any more
   */
  void unreadable(String why, boolean stateLost);

  /** The batch is at its end: whoever gathers what he was told does now what there is to do. */
  default void ended() {}
}

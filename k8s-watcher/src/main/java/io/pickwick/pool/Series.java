package io.pickwick.pool;

/** One metric of an engine's page and what it tells. */
sealed interface Series {
  /** The metric's name as it stands at the start of a sample's line. */
  String name();

  /**
   * A sample whose value is a quantity.
   *
   * @param label the label that a sample must have to be meant; empty when any sample is
   * @param value what that label must say
   */
  record Sample(String name, Quantity quantity, String label, String value) implements Series {
    Sample(String name, Quantity quantity) {
      this(name, quantity, "", "");
    }
  }

  /**
   * A sample whose labels tell the shape of the KV cache.
   *
   * @param hashLabel the label that names how blocks are hashed; empty when there is none
   */
  record CacheInfo(String name, String blockSizeLabel, String blocksLabel, String hashLabel)
      implements Series {}

  /**
   * A sample whose labels tell the adapters and whose value is the time of that news: of all that
   * were ever printed the one with the largest value holds.
   */
  record LoraInfo(String name) implements Series {}

  /** What a value can mean. */
  enum Quantity {
    /** Requests in the queue; summed over the engines of a page. */
    WAITING,
    /** Requests in the batch; summed. */
    RUNNING,
    /** Share of the KV cache in use; the mean. */
    KV_USAGE,
    /** The same under the name that older engines have; counts where the newer is absent. */
    OLD_KV_USAGE,
    /** Tokens per KV block; the first. */
    BLOCK_SIZE,
    /** KV blocks; summed. */
    BLOCKS
  }
}

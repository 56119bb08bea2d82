package io.pickwick.kv.feed;

/** What {@link Continuity} acts on. */
interface Journal {
  /** Nothing special was in a batch. */
  int PLAIN = 0;

  /** The batch said that the cache was cleared, and nothing after that was lost. */
  int CLEARED = 1;

  /** What is indexed can't be believed after the batch. */
  int UNBELIEVABLE = 2;

  /** Applies a batch to the index and says what it was like. */
  int apply(Batch batch);

  /** Drops all that is indexed. */
  void forget();

  /** Drops all that is indexed, since it may be of a process that is gone. */
  void startOver();

  /**
   * Asks for a replay, whose messages and end come back with the token.
   *
   * @param from the first sequence number wanted
   * @param urgency how soon
   */
  void ask(long token, long from, Urgency urgency);

  /** Ends a replay that is no longer wanted; what still comes of it is ignored by its token. */
  void cancel(long token);
}

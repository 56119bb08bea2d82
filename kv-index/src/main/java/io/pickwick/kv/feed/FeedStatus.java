package io.pickwick.kv.feed;

/**
 * One publisher's feed at a moment.
 *
 * @param slot the endpoint's slot
 * @param rank its data-parallel rank
 * @param state how far it can be believed
 * @param blocks how many blocks it is known to hold
 * @param lastSequence the last message applied; -1 before the first
 * @param lagNanos how long its oldest waiting message has waited; zero when none waits
 * @param messageNanos when the last message was applied, on the injected clock
 * @param why what led to the state, a sentence; empty when all is well
 */
public record FeedStatus(
    int slot,
    int rank,
    FeedState state,
    long blocks,
    long lastSequence,
    long lagNanos,
    long messageNanos,
    String why) {
  /** The same, but not to be believed. */
  FeedStatus lost(String why) {
    return new FeedStatus(
        slot, rank, FeedState.LOST, blocks, lastSequence, lagNanos, messageNanos, why);
  }
}

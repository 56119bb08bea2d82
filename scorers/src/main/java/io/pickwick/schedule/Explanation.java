package io.pickwick.schedule;

import java.util.List;
import java.util.Map;

/**
 * Why a request went where it went: every endpoint, what was known of it, and how it was rated.
 *
 * @param considered the endpoints in the order they were given
 */
public record Explanation(String profile, List<Considered> considered) {
  /** Keeps its own copy. */
  public Explanation {
    considered = List.copyOf(considered);
  }

  /**
   * One endpoint as the scheduler saw it.
   *
   * @param droppedBy the filter that took it out; empty when it was rated
   * @param scores each scorer's score before its weight
   * @param total the weighted sum
   * @param matchedTokens the prompt's leading tokens that it holds
   * @param queuedTokens uncached prompt tokens still to be worked through
   * @param ageNanos how old its gauges are; {@link Long#MAX_VALUE} when it never told
   * @param freshness what its own gauges count against the others' mean, 0 to 1
   */
  public record Considered(
      Endpoint endpoint,
      String droppedBy,
      Map<String, Double> scores,
      double total,
      int matchedTokens,
      int inFlight,
      double queuedTokens,
      double prefillRate,
      double waiting,
      double running,
      double kvUsage,
      long ageNanos,
      double freshness,
      boolean reachable) {
    /** Keeps its own copy. */
    public Considered {
      scores = Map.copyOf(scores);
    }
  }
}

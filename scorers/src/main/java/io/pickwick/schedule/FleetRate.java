package io.pickwick.schedule;

/**
 * How fast the endpoints of a pool work through prompts, taken together: what one of them is
 * thought to do until it was measured itself.
 *
 * <p>Safe for concurrent use. Prompt tokens per second: all that were measured over all the time
 * they took, the older ones counting less.
 */
public final class FleetRate {
  /** Prompt tokens per second assumed until any endpoint has been measured. */
  public static final double INITIAL = 16_000;

  private static final double KEPT = 0.98;

  private double tokens;
  private double nanos = EndpointLoad.ASSUMED_NANOS;
  private volatile double rate;

  /** A fleet that was not measured yet. */
  public FleetRate() {
    this(INITIAL);
  }

  /** The same, with another rate to assume. */
  public FleetRate(double initial) {
    rate = Math.clamp(initial, EndpointLoad.MIN_RATE, EndpointLoad.MAX_RATE);
    tokens = rate * nanos * 1e-9;
  }

  /** Prompt tokens per second. */
  public double tokensPerSecond() {
    return rate;
  }

  /** Takes in that {@code moreTokens} took {@code moreNanos}. */
  synchronized void add(double moreTokens, double moreNanos) {
    if (moreNanos > 0) {
      tokens *= KEPT;
      nanos *= KEPT;
    }
    tokens += moreTokens;
    nanos += moreNanos;
    rate = Math.clamp(tokens * 1e9 / nanos, EndpointLoad.MIN_RATE, EndpointLoad.MAX_RATE);
  }
}

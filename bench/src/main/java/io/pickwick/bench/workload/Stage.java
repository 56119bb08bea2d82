package io.pickwick.bench.workload;

/**
 * A time at one rate.
 *
 * @param rate requests a second
 * @param seconds how long
 * @param warmUp whether it fills the caches and is not to be measured
 */
public record Stage(double rate, double seconds, boolean warmUp) {
  /** How many requests it has. */
  public int requests() {
    return (int) Math.min(Integer.MAX_VALUE, Math.round(rate * seconds));
  }
}

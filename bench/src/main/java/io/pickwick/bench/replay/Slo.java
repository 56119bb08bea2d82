package io.pickwick.bench.replay;

/**
 * What a request must not exceed to count as good, in milliseconds.
 *
 * @param ttftMillis its time to first token
 * @param tpotMillis its mean time per token after that; one with a single token has none
 */
public record Slo(double ttftMillis, double tpotMillis) {
  /** Two seconds to the first token, a tenth for each other. */
  public static final Slo STANDARD = new Slo(2000, 100);

  /** Holds the limits to what can be met. */
  public Slo {
    if (!(ttftMillis > 0 && tpotMillis > 0)) {
      throw new IllegalArgumentException("The limits of an SLO are positive milliseconds.");
    }
  }
}

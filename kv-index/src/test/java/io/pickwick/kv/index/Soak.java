package io.pickwick.kv.index;

import java.time.Duration;

/**
 * How long a random test goes on: one round, or with {@code -Dpickwick.soak=PT10M} as many as there
 * is time for.
 */
public final class Soak {
  private final long end =
      System.nanoTime() + Duration.parse(System.getProperty("pickwick.soak", "PT0S")).toNanos();
  private int rounds;

  /** Whether there is one more round. */
  public boolean goesOn() {
    boolean more = rounds == 0 || System.nanoTime() - end < 0;
    if (more) {
      rounds++;
    } else if (rounds > 1) {
      System.out.println("soak: " + rounds + " rounds");
    }
    return more;
  }

  /** The number of this round, from 1. */
  public int round() {
    return rounds;
  }
}

package io.pickwick.kube;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait after failures: twice as long with each, up to a limit, and by a random part
 * less, so that many who failed together do not come back together.
 *
 * @param first the longest pause after one failure
 * @param longest the longest pause after many
 * @param random from a half to the whole of a pause is waited
 */
record RetryPace(Duration first, Duration longest, RandomGenerator random) {
  /**
   * The pause after some failures.
   *
   * @param failures how many in a row, 1 or more
   */
  Duration pause(int failures) {
    long nanos = first.toNanos();
    for (int i = 1; i < failures && nanos < longest.toNanos(); i++) {
      nanos *= 2;
    }
    nanos = Math.min(nanos, longest.toNanos());
    return Duration.ofNanos((long) (nanos * (0.5 + random.nextDouble() / 2)));
  }
}

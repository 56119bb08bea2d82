package io.pickwick.bench.watch;

import java.time.Duration;

/**
 * What is offered.
 *
 * @param pods how many there are
 * @param changes of pods per second: one becomes ready, the next ceases to be
 * @param decisions per second, made meanwhile
 * @param warmUp how long pods change before anything is measured
 * @param window how long each measurement takes
 * @param rounds how often it is measured, each time without changes and with them
 */
record WatchLoad(
    int pods, int changes, int decisions, Duration warmUp, Duration window, int rounds) {
  /** How many changes after it ceased a pod becomes ready again. */
  static final int ABSENCE = 50;

  WatchLoad {
    if (pods <= ABSENCE || changes < 1 || decisions < 1 || rounds < 1) {
      throw new IllegalArgumentException(
          "more than " + ABSENCE + " pods are wanted, and at least one of all else");
    }
  }
}

package io.pickwick.pool;

/**
 * How long an endpoint rests between two scrapes.
 *
 * @param busyNanos an endpoint with requests of ours
 * @param idleNanos any other
 */
record ScrapePace(long busyNanos, long idleNanos) {
  private static final long FIRST_RETRY_NANOS = 50_000_000L;
  private static final long LAST_RETRY_NANOS = 5_000_000_000L;

  /** A slow endpoint rests this many times as long as its answer took. */
  private static final int SLOWNESS = 4;

  /**
   * The pace that holds the budget of the whole pool: idle endpoints have their interval, busy ones
   * share what is left; when that would make them slower than idle ones, all go at one pace.
   */
  static ScrapePace of(ScraperConfig config, int busy, int idle) {
    long refresh = config.refreshInterval().toNanos();
    long resting = Math.max(refresh, config.idleInterval().toNanos());
    double budget = config.scrapesPerSecond() * 1e-9;
    double left = budget - (double) idle / resting;
    if (left > 0 && busy / left <= resting) {
      return new ScrapePace(Math.max(refresh, Math.round(busy / left)), resting);
    }
    long all = Math.max(resting, Math.round((busy + idle) / budget));
    return new ScrapePace(all, all);
  }

  /** The rest after an answer that took this long. */
  long rest(boolean busy, long tookNanos) {
    return Math.max(busy ? busyNanos : idleNanos, SLOWNESS * tookNanos);
  }

  /** The rest after so many failures in a row: 50 ms, doubled each time, up to 5 s. */
  static long retry(int failuresInRow) {
    int doublings = Math.clamp(failuresInRow - 1, 0, 30);
    return Math.min(FIRST_RETRY_NANOS << doublings, LAST_RETRY_NANOS);
  }
}

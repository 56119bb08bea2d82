package io.pickwick.bench.feed;

import io.pickwick.kv.feed.FeedStats;
import io.pickwick.kv.index.IndexStats;
import java.time.Duration;
import org.HdrHistogram.Histogram;

/**
 * What was measured while the publishers published.
 *
 * @param wallNanos how long
 * @param before what had been counted when it began
 * @param after what had been counted when it ended
 * @param used CPU of our process
 * @param publishersUsed CPU of the publishers' process
 * @param waits of the oldest waiting message, sampled, in microseconds
 * @param arrivals from a message's making to its application, in microseconds
 * @param lookups in nanoseconds
 * @param index when it ended
 * @param residentBytes of our process when it ended
 */
record Window(
    long wallNanos,
    FeedStats before,
    FeedStats after,
    Usage used,
    Duration publishersUsed,
    Histogram waits,
    Histogram arrivals,
    Histogram lookups,
    IndexStats index,
    long residentBytes) {
  /** Block operations applied. */
  long operations() {
    return operations(after) - operations(before);
  }

  private static long operations(FeedStats stats) {
    return stats.storedBlocks() + stats.removedBlocks() + stats.unknownBlocks();
  }
}

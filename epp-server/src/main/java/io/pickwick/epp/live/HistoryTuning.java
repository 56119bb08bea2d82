package io.pickwick.epp.live;

import io.pickwick.kv.history.PrefixHistory;
import io.pickwick.pool.PoolSnapshot;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.Gauges;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Lets the history remember of each endpoint as many prompt blocks as its KV cache holds, once it
 * told how many that are.
 */
final class HistoryTuning implements AutoCloseable {
  /** A pod that claims more would only make us spend memory. */
  private static final int MOST_BLOCKS = 1_000_000;

  private final Supplier<PoolSnapshot> pool;
  private final PrefixHistory history;
  private final int blockTokens;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("history-tuning").factory());

  /** Looks at every endpoint each {@code interval}. */
  HistoryTuning(
      Supplier<PoolSnapshot> pool, PrefixHistory history, int blockTokens, Duration interval) {
    this.pool = pool;
    this.history = history;
    this.blockTokens = blockTokens;
    var _ =
        timer.scheduleWithFixedDelay(
            this::tune, interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
  }

  void tune() {
    for (Endpoint endpoint : pool.get().endpoints()) {
      endpoint.load().gauges().ifPresent(told -> tune(endpoint, told));
    }
  }

  private void tune(Endpoint endpoint, Gauges told) {
    long tokens = (long) told.blockSize() * told.blocks();
    if (tokens > 0) {
      history.capacity(endpoint.slot(), Math.clamp(tokens / blockTokens, 1, MOST_BLOCKS));
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}

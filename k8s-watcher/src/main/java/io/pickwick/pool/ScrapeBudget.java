package io.pickwick.pool;

import java.util.concurrent.atomic.AtomicInteger;

/** How many endpoints share the pool's scrapes, and thereby the pace of each. */
final class ScrapeBudget {
  private final ScraperConfig config;
  private final AtomicInteger busy = new AtomicInteger();
  private final AtomicInteger idle = new AtomicInteger();

  ScrapeBudget(ScraperConfig config) {
    this.config = config;
  }

  /** One more endpoint takes part. */
  void join(boolean isBusy) {
    count(isBusy).incrementAndGet();
  }

  /** One endpoint less takes part. */
  void leave(boolean wasBusy) {
    count(wasBusy).decrementAndGet();
  }

  /** The pace now. */
  ScrapePace pace() {
    return ScrapePace.of(config, busy.get(), idle.get());
  }

  private AtomicInteger count(boolean isBusy) {
    return isBusy ? busy : idle;
  }
}

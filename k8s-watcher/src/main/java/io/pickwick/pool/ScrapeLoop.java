package io.pickwick.pool;

import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.Gauges;
import io.pickwick.schedule.LoadSnapshot;
import java.time.Duration;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks one endpoint for its metrics, again and again, in a thread of its own. */
final class ScrapeLoop implements Runnable {
  // Between two scrapes the thread waits in a blocking read on the idle connection. Nothing comes
  // there but the end: a process that dies has its sockets closed by its kernel, so its death is
  // noticed at once and for nothing. But servers also close connections that were idle for long;
  // so the end only makes us connect once more, and only a failure of that tells a death. A process
  // that dies may lose its listening socket last and take that connection too: so we try a few
  // times, later and later.
  //
  // "Unreachable" is told when no connection came about, and when an endpoint that is connected did
  // not answer in time twice in a row. An endpoint that answers something useless is alive: its
  // numbers just get old.

  private static final Logger log = LoggerFactory.getLogger(ScrapeLoop.class);
  private static final long RECENTLY_NANOS = 2_000_000_000L;
  private static final int TIMEOUTS_TO_DOUBT = 2;
  private static final double JITTER = 0.1;
  private static final long[] RECONNECT_AFTER_NANOS = {0, 20_000_000L, 1_000_000_000L};

  private final Endpoint endpoint;
  private final ScraperConfig config;
  private final MetricsConnection connection;
  private final MetricsPage page;
  private final ScrapeBudget budget;
  private final ScrapeStats stats;
  private final LongSupplier nanos;
  private final DoubleSupplier random;

  private volatile boolean stopped;
  private boolean busy;
  private long lastBusyNanos;
  private int failuresInRow;
  private int timeoutsInRow;
  private @Nullable ScrapeFailure failing;

  ScrapeLoop(
      Endpoint endpoint,
      ScraperConfig config,
      MetricsConnection connection,
      ScrapeBudget budget,
      ScrapeStats stats,
      LongSupplier nanos,
      DoubleSupplier random) {
    this.endpoint = endpoint;
    this.config = config;
    this.connection = connection;
    this.page = new MetricsPage(Engine.of(endpoint.labels()));
    this.budget = budget;
    this.stats = stats;
    this.nanos = nanos;
    this.random = random;
  }

  /** Makes the loop end; its thread must be interrupted after this. */
  void stop() {
    stopped = true;
  }

  @Override
  public void run() {
    budget.join(busy);
    try {
      rest((long) (random.getAsDouble() * config.refreshInterval().toNanos()));
      while (!stopped) {
        long rest = scrape();
        rest((long) (rest * (1 + JITTER * (2 * random.getAsDouble() - 1))));
      }
    } catch (InterruptedException e) {
      log.debug("scraping ends: endpoint={}", endpoint, e);
    } finally {
      connection.close();
      budget.leave(busy);
    }
  }

  /** Asks once; how long to rest after it. */
  private long scrape() {
    long began = nanos.getAsLong();
    endpoint.load().scrapeBegins(began);
    page.reset();
    try {
      connection.get(page, began + config.timeout().toNanos());
      long answered = nanos.getAsLong();
      Optional<Gauges> told = page.finish(answered);
      if (told.isEmpty()) {
        throw new ScrapeException(
            ScrapeFailure.NO_GAUGES, "the page does not tell " + page.missing());
      }
      endpoint.load().observe(told.get());
      answered(answered, answered - began);
      return budget.pace().rest(isBusy(answered), answered - began);
    } catch (ScrapeException e) {
      failed(e);
      return ScrapePace.retry(failuresInRow);
    }
  }

  private void rest(long restNanos) throws InterruptedException {
    long due = nanos.getAsLong() + restNanos;
    int ends = 0;
    long left;
    while (!stopped && (left = due - nanos.getAsLong()) > 0) {
      if (!connection.isOpen()) {
        Thread.sleep(Duration.ofNanos(left));
      } else if (!connection.endsWithin(left)) {
        return;
      } else if (ends < RECONNECT_AFTER_NANOS.length && !stopped) {
        Thread.sleep(Duration.ofNanos(Math.min(left, RECONNECT_AFTER_NANOS[ends++])));
        try {
          connection.connect(nanos.getAsLong() + config.timeout().toNanos());
        } catch (ScrapeException e) {
          failed(e);
          due = nanos.getAsLong() + ScrapePace.retry(failuresInRow);
        }
      }
    }
  }

  private void answered(long now, long took) {
    if (failing != null) {
      log.info("endpoint tells its metrics again: endpoint={}", endpoint);
    }
    failing = null;
    failuresInRow = 0;
    timeoutsInRow = 0;
    stats.answered(endpoint, now, took, page);
  }

  private void failed(ScrapeException why) {
    if (stopped) {
      return;
    }
    failuresInRow++;
    timeoutsInRow = why.failure() == ScrapeFailure.TIMEOUT ? timeoutsInRow + 1 : 0;
    if (why.failure() == ScrapeFailure.UNREACHABLE || timeoutsInRow >= TIMEOUTS_TO_DOUBT) {
      endpoint.load().unreachable(nanos.getAsLong());
    }
    stats.failed(endpoint, why);
    if (failing != why.failure()) {
      log.warn(
          "endpoint does not tell its metrics: endpoint={} failure={} why={}",
          endpoint,
          why.failure(),
          why.getMessage());
    }
    failing = why.failure();
  }

  private boolean isBusy(long now) {
    LoadSnapshot load = endpoint.load().snapshot(now);
    if (load.inFlight() + load.detached() > 0) {
      lastBusyNanos = now;
      count(true);
    } else if (busy && now - lastBusyNanos > RECENTLY_NANOS) {
      count(false);
    }
    return busy;
  }

  private void count(boolean isBusy) {
    if (busy != isBusy) {
      budget.leave(busy);
      budget.join(isBusy);
      busy = isBusy;
    }
  }
}

package io.pickwick.bench.load;

import java.io.IOException;
import java.time.Duration;

/** Looks at what a server uses while nobody asks it anything. */
final class IdleRun {
  private IdleRun() {}

  /**
   * What an idle server used.
   *
   * @param endpoints how many endpoints it watched
   * @param wall how long it was watched
   * @param cpu what it used in that time, user and system
   * @param scrapes how many metrics pages it read in that time
   * @param residentBytes the memory it held at the end
   */
  record Result(int endpoints, Duration wall, Duration cpu, double scrapes, long residentBytes) {
    double cores() {
      return (double) cpu.toNanos() / wall.toNanos();
    }

    double scrapesPerSecond() {
      return scrapes * 1e9 / wall.toNanos();
    }

    double microsPerScrape() {
      return cpu.toNanos() / 1e3 / scrapes;
    }
  }

  /** Waits out a warm-up, then watches. */
  static Result watch(Contender server, int endpoints, Duration warmUp, Duration window)
      throws IOException, InterruptedException {
    Thread.sleep(warmUp);
    double scrapes = server.scrapes();
    Duration cpu = server.process().cpu();
    long start = System.nanoTime();
    Thread.sleep(window);
    return new Result(
        endpoints,
        Duration.ofNanos(System.nanoTime() - start),
        server.process().cpu().minus(cpu),
        server.scrapes() - scrapes,
        server.process().residentBytes());
  }
}

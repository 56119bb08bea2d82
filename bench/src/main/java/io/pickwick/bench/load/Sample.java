package io.pickwick.bench.load;

import java.time.Duration;

/**
 * One measured window of one server.
 *
 * @param outcome what the client saw
 * @param cpu what the server's process used in it, user and system
 * @param loops the part of it that its event loops used, without compiler, collector and scraper
 * @param idleCores what the server used just before, without requests, in cores
 * @param residentBytes the memory it held at the end
 * @param scrapes how many metrics pages it read in it
 */
record Sample(
    Outcome outcome,
    Duration cpu,
    Duration loops,
    double idleCores,
    long residentBytes,
    double scrapes) {
  /** What its event loops used, in milliseconds for each request. */
  double loopMillis() {
    return loops.toNanos() / 1e6 / outcome.requests();
  }

  /**
   * What the process used without what an idle one would have, in milliseconds for each request.
   */
  double netMillis() {
    return Math.max(
        0, (cpu.toNanos() - idleCores * outcome.wall().toNanos()) / 1e6 / outcome.requests());
  }
}

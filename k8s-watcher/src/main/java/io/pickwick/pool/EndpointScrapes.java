package io.pickwick.pool;

import io.pickwick.schedule.Endpoint;

/**
 * How the scraping of one endpoint goes.
 *
 * @param scrapes asked so far
 * @param failures of them without news
 * @param failuresInRow since the last news
 * @param lastError why the last one that failed did; empty when none ever failed
 * @param answeredNanos when the last news was complete; zero before the first
 * @param tookNanos how long that took
 */
public record EndpointScrapes(
    Endpoint endpoint,
    long scrapes,
    long failures,
    int failuresInRow,
    String lastError,
    long answeredNanos,
    long tookNanos) {
  static EndpointScrapes none(Endpoint endpoint) {
    return new EndpointScrapes(endpoint, 0, 0, 0, "", 0, 0);
  }

  EndpointScrapes answered(long nanos, long took) {
    return new EndpointScrapes(endpoint, scrapes + 1, failures, 0, lastError, nanos, took);
  }

  EndpointScrapes failed(String error) {
    return new EndpointScrapes(
        endpoint, scrapes + 1, failures + 1, failuresInRow + 1, error, answeredNanos, tookNanos);
  }
}

package io.pickwick.pool;

import io.pickwick.schedule.Endpoint;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What the scraper has done, for telemetry; safe for concurrent use. */
public final class ScrapeStats {
  private final LongAdder answers = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder refusedSamples = new LongAdder();
  private final Map<ScrapeFailure, LongAdder> failures = new EnumMap<>(ScrapeFailure.class);
  private final Map<Endpoint, EndpointScrapes> endpoints = new ConcurrentHashMap<>();

  ScrapeStats() {
    for (ScrapeFailure failure : ScrapeFailure.values()) {
      failures.put(failure, new LongAdder());
    }
  }

  /** Scrapes that brought news. */
  public long answers() {
    return answers.sum();
  }

  /** Scrapes that failed in this way. */
  public long failures(ScrapeFailure failure) {
    LongAdder count = failures.get(failure);
    return count == null ? 0 : count.sum();
  }

  /** Bytes of pages read. */
  public long bytes() {
    return bytes.sum();
  }

  /** Samples that were wanted but could not be believed. */
  public long refusedSamples() {
    return refusedSamples.sum();
  }

  /** Each endpoint that is being scraped. */
  public List<EndpointScrapes> endpoints() {
    return List.copyOf(endpoints.values());
  }

  void begin(Endpoint endpoint) {
    endpoints.put(endpoint, EndpointScrapes.none(endpoint));
  }

  void end(Endpoint endpoint) {
    endpoints.remove(endpoint);
  }

  void answered(Endpoint endpoint, long nanos, long took, MetricsPage page) {
    answers.increment();
    refusedSamples.add(page.refusedSamples());
    endpoints.computeIfPresent(endpoint, (key, before) -> before.answered(nanos, took));
  }

  void failed(Endpoint endpoint, ScrapeException why) {
    LongAdder count = failures.get(why.failure());
    if (count != null) {
      count.increment();
    }
    String error = why.failure() + ": " + why.getMessage();
    endpoints.computeIfPresent(endpoint, (key, before) -> before.failed(error));
  }

  void read(long count) {
    bytes.add(count);
  }
}

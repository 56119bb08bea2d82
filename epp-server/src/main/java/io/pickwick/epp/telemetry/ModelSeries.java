package io.pickwick.epp.telemetry;

import io.pickwick.epp.request.Usage;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.datapoints.GaugeDataPoint;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The series of one model as the client names it and one target model, looked up once and then
 * written without a look-up.
 */
public final class ModelSeries {
  private static final double NANOS = 1e9;

  private final RequestMetrics metrics;
  private final String model;
  private final String target;
  private final AtomicInteger open = new AtomicInteger();
  private volatile boolean proven;
  private final ConcurrentHashMap<Integer, CounterDataPoint> requests = new ConcurrentHashMap<>();
  private final GaugeDataPoint running;
  private final DistributionDataPoint duration;
  private final DistributionDataPoint timeToFirstToken;
  private final DistributionDataPoint timePerOutputToken;
  private final DistributionDataPoint normalizedTimePerOutputToken;
  private final DistributionDataPoint requestBytes;
  private final DistributionDataPoint responseBytes;
  private final DistributionDataPoint inputTokens;
  private final DistributionDataPoint outputTokens;
  private final DistributionDataPoint cachedTokens;

  ModelSeries(RequestMetrics metrics, String model, String target) {
    this.metrics = metrics;
    this.model = model;
    this.target = target;
    running = metrics.running.labelValues(model);
    duration = metrics.duration.labelValues(model, target);
    timeToFirstToken = metrics.timeToFirstToken.labelValues(model, target);
    timePerOutputToken = metrics.timePerOutputToken.labelValues(model, target);
    normalizedTimePerOutputToken = metrics.normalizedTimePerOutputToken.labelValues(model, target);
    requestBytes = metrics.requestBytes.labelValues(model, target);
    responseBytes = metrics.responseBytes.labelValues(model, target);
    inputTokens = metrics.inputTokens.labelValues(model, target);
    outputTokens = metrics.outputTokens.labelValues(model, target);
    cachedTokens = metrics.cachedTokens.labelValues(model, target);
  }

  /** A request was routed; priorities are those that objectives and models declare. */
  public void started(int priority, long bytes) {
    open.incrementAndGet();
    requests.computeIfAbsent(priority, this::requests).inc();
    running.inc();
    requestBytes.observe((double) bytes);
  }

  private CounterDataPoint requests(int priority) {
    return metrics.requests.labelValues(model, target, Integer.toString(priority));
  }

  Set<Integer> priorities() {
    return requests.keySet();
  }

  /** A routed request is over, however it ended; its duration counts only when it was seen. */
  public void ended() {
    running.dec();
    if (open.decrementAndGet() == 0 && !proven) {
      metrics.forget(model, target, this);
    }
  }

  /** A good response came: the model is one. */
  public void proved() {
    proven = true;
  }

  boolean proven() {
    return proven;
  }

  /**
   * A response was seen to its end.
   *
   * @param firstTokenNanos time from the request's headers to the first output; negative when no
   *     output was seen
   */
  public void completed(long totalNanos, long firstTokenNanos, long bytes) {
    duration.observe(totalNanos / NANOS);
    responseBytes.observe((double) bytes);
    if (firstTokenNanos >= 0) {
      timeToFirstToken.observe(firstTokenNanos / NANOS);
    }
  }

  /** What the server counted, with the times it took. */
  public void used(Usage usage, long totalNanos, long firstTokenNanos) {
    inputTokens.observe((double) usage.inputTokens());
    outputTokens.observe((double) usage.outputTokens());
    if (usage.cachedTokens() >= 0) {
      cachedTokens.observe((double) usage.cachedTokens());
    }
    if (usage.outputTokens() > 0) {
      normalizedTimePerOutputToken.observe(totalNanos / NANOS / usage.outputTokens());
    }
    if (usage.outputTokens() > 1 && firstTokenNanos >= 0) {
      timePerOutputToken.observe(
          (totalNanos - firstTokenNanos) / NANOS / (usage.outputTokens() - 1));
    }
  }
}

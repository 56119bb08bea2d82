package io.pickwick.epp.telemetry;

import io.pickwick.epp.request.Usage;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.datapoints.GaugeDataPoint;

/**
 * The series of one model as the client names it and one target model, looked up once and then
 * written without a look-up.
 */
public final class ModelSeries {
  private static final double NANOS = 1e9;

  private final CounterDataPoint requests;
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
    requests = metrics.requests.labelValues(model, target, "0");
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

  /** A request was routed. */
  public void started(long bytes) {
    requests.inc();
    running.inc();
    requestBytes.observe((double) bytes);
  }

  /** A routed request is over, however it ended; its duration counts only when it was seen. */
  public void ended() {
    running.dec();
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

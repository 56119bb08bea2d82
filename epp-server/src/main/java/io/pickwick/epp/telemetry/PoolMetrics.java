package io.pickwick.epp.telemetry;

import io.pickwick.pool.PoolSnapshot;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.Gauges;
import io.pickwick.schedule.LoadSnapshot;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * The pool's state as gauges, under the field's names and a few of our own, computed when they are
 * read.
 */
public final class PoolMetrics {
  private static final double NANOS = 1e9;

  private final PrometheusRegistry registry;
  private final String pool;
  private final Supplier<PoolSnapshot> snapshot;
  private final LongSupplier nanos;
  private final long freshNanos;

  /**
   * Registers everything.
   *
   * @param pool the pool's name, the label {@code name}
   * @param freshNanos the age from which an endpoint's metrics no longer count as fresh
   */
  public PoolMetrics(
      PrometheusRegistry registry,
      String pool,
      Supplier<PoolSnapshot> snapshot,
      LongSupplier nanos,
      long freshNanos) {
    this.registry = registry;
    this.pool = pool;
    this.snapshot = snapshot;
    this.nanos = nanos;
    this.freshNanos = freshNanos;
    mean(
        "inference_pool_average_kv_cache_utilization",
        "Mean KV cache use, 0 to 1.",
        Gauges::kvUsage);
    mean("inference_pool_average_queue_size", "Mean requests in a queue.", Gauges::waiting);
    mean("inference_pool_average_running_requests", "Mean requests in a batch.", Gauges::running);
    gauge("inference_pool_ready_pods", "Endpoints that answer and whose metrics are fresh.", "name")
        .callback(callback ->
            callback.call(
                snapshot.get().endpoints().stream().mapToInt(e -> ready(e) ? 1 : 0).sum(), pool))
        .register(registry);
    each(
        "inference_pool_per_pod_queue_size",
        "Requests in the queue.",
        e -> told(e, Gauges::waiting));
    each(
        "pickwick_endpoint_running_requests",
        "Requests in the batch.",
        e -> told(e, Gauges::running));
    each(
        "pickwick_endpoint_kv_cache_utilization",
        "KV cache use, 0 to 1.",
        e -> told(e, Gauges::kvUsage));
    each(
        "pickwick_endpoint_metrics_age_seconds",
        "Age of the last good scrape; +Inf before the first.",
        this::ageSeconds);
    each(
        "pickwick_endpoint_reachable",
        "1 when requests may go there: it can be reached and does not answer only server errors.",
        e -> usable(e) ? 1 : 0);
    each(
        "pickwick_endpoint_inflight_requests",
        "Our requests there that have not ended.",
        e -> load(e).inFlight());
    each(
        "pickwick_endpoint_detached_requests",
        "Our requests there whose end will not be seen and which no scrape told of yet.",
        e -> load(e).detached());
    each(
        "pickwick_endpoint_queued_tokens",
        "Uncached prompt tokens sent there and still to be worked through.",
        e -> load(e).queuedTokens());
    each(
        "pickwick_endpoint_prefill_tokens_per_second",
        "Prompt tokens a second, measured or assumed.",
        e -> load(e).prefillRate());
  }

  private LoadSnapshot load(Endpoint endpoint) {
    return endpoint.load().snapshot(nanos.getAsLong());
  }

  private boolean ready(Endpoint endpoint) {
    return usable(endpoint) && endpoint.load().age(nanos.getAsLong()) <= freshNanos;
  }

  private boolean usable(Endpoint endpoint) {
    return endpoint.load().reachable() && !endpoint.load().ejected(nanos.getAsLong());
  }

  private double ageSeconds(Endpoint endpoint) {
    long age = endpoint.load().age(nanos.getAsLong());
    return age == Long.MAX_VALUE ? Double.POSITIVE_INFINITY : age / NANOS;
  }

  private static double told(Endpoint endpoint, ToDoubleFunction<Gauges> value) {
    return endpoint.load().gauges().stream().mapToDouble(value).findFirst().orElse(0);
  }

  private void mean(String name, String help, ToDoubleFunction<Gauges> value) {
    gauge(name, help, "name")
        .callback(callback ->
            callback.call(
                snapshot.get().endpoints().stream()
                    .flatMap(endpoint -> endpoint.load().gauges().stream())
                    .mapToDouble(value)
                    .average()
                    .orElse(0),
                pool))
        .register(registry);
  }

  private void each(String name, String help, ToDoubleFunction<Endpoint> value) {
    gauge(name, help, "name", "model_server_pod")
        .callback(callback ->
            snapshot
                .get()
                .endpoints()
                .forEach(endpoint ->
                    callback.call(value.applyAsDouble(endpoint), pool, endpoint.name())))
        .register(registry);
  }

  private static GaugeWithCallback.Builder gauge(String name, String help, String... labels) {
    return GaugeWithCallback.builder().name(name).help(help).labelNames(labels);
  }
}

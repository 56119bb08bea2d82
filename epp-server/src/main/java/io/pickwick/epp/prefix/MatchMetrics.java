package io.pickwick.epp.prefix;

import io.pickwick.pool.PoolSnapshot;
import io.pickwick.schedule.Endpoint;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.Supplier;

/** The check's verdicts as a metric, computed when it is read. */
public final class MatchMetrics {
  private MatchMetrics() {}

  /** Registers {@code pickwick_kv_match_check}, 1 for the verdict that an endpoint has. */
  public static void register(
      PrometheusRegistry registry, Supplier<PoolSnapshot> pool, MatchCheck check) {
    GaugeWithCallback.builder()
        .name("pickwick_kv_match_check")
        .help(
            "1 for what is known of an endpoint: verified, hashes, unknown, or what does not match.")
        .labelNames("model_server_pod", "verdict")
        .callback(callback -> {
          for (Endpoint endpoint : pool.get().endpoints()) {
            callback.call(1, endpoint.name(), check.verdict(endpoint.slot()).word());
          }
        })
        .register(registry);
  }
}

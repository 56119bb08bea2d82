package io.pickwick.epp.telemetry;

import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.DoubleSupplier;

/** Single numbers of the process itself, read when they are asked for. */
public final class ProcessMetrics {
  private final PrometheusRegistry registry;

  /** Registers into {@code registry}. */
  public ProcessMetrics(PrometheusRegistry registry) {
    this.registry = registry;
  }

  /** A number that goes up and down. */
  public ProcessMetrics gauge(String name, String help, DoubleSupplier value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call(value.getAsDouble()))
        .register(registry);
    return this;
  }

  /** A number that only goes up; the name ends in {@code _total}. */
  public ProcessMetrics counter(String name, String help, DoubleSupplier value) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call(value.getAsDouble()))
        .register(registry);
    return this;
  }
}

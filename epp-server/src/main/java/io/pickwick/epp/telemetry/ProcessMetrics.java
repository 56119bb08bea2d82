package io.pickwick.epp.telemetry;

import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Locale;
import java.util.function.DoubleSupplier;
import java.util.function.ToDoubleFunction;

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

  /** A number for each value of a label, all of which only go up. */
  public <E extends Enum<E>> ProcessMetrics counters(
      String name, String help, String label, E[] values, ToDoubleFunction<E> count) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames(label)
        .callback(callback -> {
          for (E value : values) {
            callback.call(count.applyAsDouble(value), value.name().toLowerCase(Locale.ROOT));
          }
        })
        .register(registry);
    return this;
  }
}

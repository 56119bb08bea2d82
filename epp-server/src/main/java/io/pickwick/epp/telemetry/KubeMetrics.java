package io.pickwick.epp.telemetry;

import io.pickwick.kube.KubeStatus;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** How well the word of the Kubernetes API server is known, as metrics. */
public final class KubeMetrics implements MultiCollector {
  private static final String TOTAL = "_total";

  private final Supplier<KubeStatus> status;

  private KubeMetrics(Supplier<KubeStatus> status) {
    this.status = status;
  }

  /** Registers them. */
  public static void register(PrometheusRegistry registry, Supplier<KubeStatus> status) {
    registry.register(new KubeMetrics(status));
  }

  @Override
  public MetricSnapshots collect() {
    Map<String, List<KubeStatus.Sample>> byName = new LinkedHashMap<>();
    for (KubeStatus.Sample sample : status.get().samples()) {
      byName.computeIfAbsent(sample.name(), name -> new ArrayList<>()).add(sample);
    }
    List<MetricSnapshot> snapshots = new ArrayList<>(byName.size());
    byName.forEach((name, samples) -> snapshots.add(snapshot(name, samples)));
    return new MetricSnapshots(snapshots);
  }

  private static MetricSnapshot snapshot(String name, List<KubeStatus.Sample> samples) {
    String help = samples.getFirst().help();
    if (samples.getFirst().counter()) {
      String base = name.endsWith(TOTAL) ? name.substring(0, name.length() - TOTAL.length()) : name;
      CounterSnapshot.Builder counter = CounterSnapshot.builder().name(base).help(help);
      for (KubeStatus.Sample sample : samples) {
        counter.dataPoint(
            CounterDataPointSnapshot.builder()
                .labels(labels(sample))
                .value(sample.value())
                .build());
      }
      return counter.build();
    }
    GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
    for (KubeStatus.Sample sample : samples) {
      gauge.dataPoint(
          GaugeDataPointSnapshot.builder().labels(labels(sample)).value(sample.value()).build());
    }
    return gauge.build();
  }

  private static Labels labels(KubeStatus.Sample sample) {
    Map<String, String> sorted = new TreeMap<>(sample.labels());
    return Labels.of(
        sorted.keySet().toArray(String[]::new), sorted.values().toArray(String[]::new));
  }
}

package io.pickwick.bench.micro;

import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.EndpointLoad;
import io.pickwick.schedule.Gauges;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/** Endpoints for a benchmark, each of which has told its gauges once. */
final class BenchPool {
  private BenchPool() {}

  /** So many endpoints with slots from zero on. */
  static List<Endpoint> of(int endpoints, IntFunction<Gauges> gauges) {
    List<Endpoint> pool = new ArrayList<>(endpoints);
    for (int slot = 0; slot < endpoints; slot++) {
      Endpoint endpoint =
          new Endpoint(
              slot,
              "bench",
              "pod-" + slot,
              "10.0." + slot / 250 + "." + (slot % 250 + 1),
              8000,
              Map.of(),
              new EndpointLoad());
      endpoint.load().observe(gauges.apply(slot));
      pool.add(endpoint);
    }
    return pool;
  }
}

package io.pickwick.bench.demo;

import io.pickwick.bench.process.Ports;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The ports that the demo listens on, all on 127.0.0.1.
 *
 * @param envoy where a client asks
 * @param envoyAdmin Envoy's admin pages
 * @param grpc Pickwick's external processor
 * @param health Pickwick's gRPC health service
 * @param metrics Pickwick's metrics and pages
 * @param pods the first pod's; the others follow. Zero lets the kernel choose each
 * @param events where each pod publishes KV events in precise mode, at an address of its own; the
 *     next one is where it replays them
 */
record DemoPorts(
    int envoy, int envoyAdmin, int grpc, int health, int metrics, int pods, int events) {
  /** How many pods there are. */
  static final int PODS = 3;

  /** Ports that are free now. */
  static DemoPorts free() throws IOException {
    int[] ports = Ports.free(6);
    return new DemoPorts(ports[0], ports[1], ports[2], ports[3], ports[4], 0, ports[5]);
  }

  /** Where each pod replays its KV events in precise mode. */
  int replays() {
    return events + 1;
  }

  /** A sentence for each port that somebody else holds, with the flag that moves it. */
  List<String> taken(boolean precise) {
    Map<String, Integer> wanted = new LinkedHashMap<>();
    wanted.put("Envoy (--port)", envoy);
    wanted.put("Envoy's admin pages (--admin-port)", envoyAdmin);
    wanted.put("Pickwick (--grpc-port)", grpc);
    wanted.put("Pickwick's health service (--health-port)", health);
    wanted.put("Pickwick's metrics (--metrics-port)", metrics);
    for (int pod = 0; pod < PODS && pods > 0; pod++) {
      wanted.put("simulated pod " + pod + " (--pod-port)", pods + pod);
    }
    if (precise) {
      wanted.put("the pods' KV events (--events-port)", events);
      wanted.put("the pods' replays of them (--events-port, plus one)", replays());
    }
    List<String> taken = new ArrayList<>();
    wanted.forEach((who, port) -> {
      if (port > 0 && !Ports.isFree(port)) {
        taken.add(
            "Port %d for %s is in use%s."
                .formatted(
                    port,
                    who,
                    Ports.holder(port).map(holder -> " by process " + holder).orElse("")));
      }
    });
    return taken;
  }
}

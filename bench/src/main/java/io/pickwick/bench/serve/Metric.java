package io.pickwick.bench.serve;

import java.util.Arrays;
import java.util.List;

/** The latencies that vLLM's benchmark prints, with its names. */
enum Metric {
  TTFT("ttft", "TTFT", "Time to First Token"),
  TPOT("tpot", "TPOT", "Time per Output Token (excl. 1st token)"),
  ITL("itl", "ITL", "Inter-token Latency"),
  E2EL("e2el", "E2EL", "End-to-end Latency"),
  CLIENT_QUEUE_TIME("client_queue_time", "Client Queue Time", "Client-side Queueing"),
  E2EL_INCLUDING_CLIENT_QUEUE(
      "e2el_including_client_queue",
      "E2EL incl. Client Queue",
      "Queue-inclusive End-to-end Latency");

  private final String key;
  private final String label;
  private final String title;

  Metric(String key, String label, String title) {
    this.key = key;
    this.label = label;
    this.title = title;
  }

  /** As options and JSON call it. */
  String key() {
    return key;
  }

  /** As lines begin. */
  String label() {
    return label;
  }

  /** As its part is headed. */
  String title() {
    return title;
  }

  /** In seconds. */
  Distribution of(Summary summary) {
    return switch (this) {
      case TTFT -> summary.ttft();
      case TPOT -> summary.tpot();
      case ITL -> summary.itl();
      case E2EL -> summary.e2el();
      case CLIENT_QUEUE_TIME -> summary.queue();
      case E2EL_INCLUDING_CLIENT_QUEUE -> summary.queuedE2el();
    };
  }

  /**
   * Reads names.
   *
   * @throws ServeException if there is none of that name
   */
  static List<Metric> parse(List<String> keys) throws ServeException {
    for (String key : keys) {
      if (Arrays.stream(values()).noneMatch(metric -> metric.key.equals(key))) {
        throw new ServeException(
            "There is no metric %s; there are %s."
                .formatted(
                    key, String.join(", ", Arrays.stream(values()).map(Metric::key).toList())));
      }
    }
    // The order is that of the block, however they were named.
    return Arrays.stream(values()).filter(metric -> keys.contains(metric.key)).toList();
  }
}

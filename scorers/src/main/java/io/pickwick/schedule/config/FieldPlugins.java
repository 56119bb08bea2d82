package io.pickwick.schedule.config;

import java.util.Map;
import java.util.Set;

/** The field's plugin types beyond those that the catalog can make. */
final class FieldPlugins {
  /** Types whose work is built in or done elsewhere: accepted, with a notice. */
  static final Map<String, String> ACCEPTED =
      Map.ofEntries(
          Map.entry("single-profile-handler", "the one profile is always followed"),
          Map.entry("approx-prefix-cache-producer", "the estimation is built in"),
          Map.entry("inflight-load-producer", "requests in flight are always counted"),
          Map.entry("endpoint-notification-source", "feeds follow the pool by themselves"),
          Map.entry("metrics-data-source", "scraping is set by flags"),
          Map.entry("core-metrics-extractor", "both sets of metric names are read"),
          Map.entry("file-discovery", "endpoints come from --endpoints-file"),
          Map.entry("openai-parser", "the API is told by the request's path"),
          Map.entry("anthropic-parser", "the API is told by the request's path"),
          Map.entry("vllmhttp-parser", "the API is told by the request's path"),
          Map.entry("passthrough-parser", "the API is told by the request's path"),
          Map.entry("utilization-detector", "saturation is not acted on by this version"),
          Map.entry("concurrency-detector", "saturation is not acted on by this version"),
          Map.entry("static-usage-limit-policy", "flow control is not in this version"),
          Map.entry("global-strict-fairness-policy", "flow control is not in this version"),
          Map.entry("round-robin-fairness-policy", "flow control is not in this version"),
          Map.entry("fcfs-ordering-policy", "flow control is not in this version"),
          Map.entry("edf-ordering-policy", "flow control is not in this version"),
          Map.entry("slo-deadline-ordering-policy", "flow control is not in this version"),
          Map.entry("request-attribute-reporter", "usage is reported by the response meter"),
          Map.entry(
              "destination-endpoint-served-verifier", "the served endpoint is always looked at"));

  /**
   * Types that say where prompts' tokens and blocks are known from: whoever reads {@link
   * EndpointPickerConfig#declared()} for that holds them to their parameters.
   */
  static final Set<String> PREFIX_SOURCES =
      Set.of("precise-prefix-cache-producer", "token-producer");

  /** Types that would change which endpoint is picked: refused, because they cannot be followed. */
  static final Set<String> NOT_IN_THIS_VERSION =
      Set.of(
          "by-label",
          "decode-filter",
          "prefill-filter",
          "encode-filter",
          "context-length-aware",
          "data-parallel-profile-handler",
          "disagg-profile-handler",
          "pd-profile-handler",
          "header-profile-handler",
          "endpoint-attribute-filter",
          "endpoint-attribute-scorer",
          "header-label-affinity-scorer",
          "latency-scorer",
          "latency-slo-admitter",
          "probabilistic-admitter",
          "mm-embeddings-cache-scorer",
          "predicted-latency-producer",
          "slo-headroom-tier-filter",
          "topology-affinity-filter",
          "topology-affinity-scorer");

  private FieldPlugins() {}
}

package io.pickwick.epp.telemetry;

import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What is counted of requests, under the names, labels and buckets of the field's endpoint picker.
 *
 * <p>Models are named by clients, so their number is bounded: beyond {@value #MOST_MODELS} pairs of
 * model and target both are counted as {@code other}, and a pair that never got a good response
 * loses its series when its last request ends.
 */
public final class RequestMetrics {
  static final int MOST_MODELS = 100;
  private static final String OTHER = "other";
  private static final int LONGEST_NAME = 256;

  private static final double[] SECONDS = {
    0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45,
    60, 120, 180, 240, 300, 360, 480, 600, 900, 1200, 1800, 2700, 3600
  };
  private static final double[] SECONDS_PER_TOKEN = {
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10
  };
  private static final double[] DECISION_SECONDS = {
    0.00001, 0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1
  };
  private static final double[] SHARES = {0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1};

  final Counter requests;
  final Gauge running;
  final Histogram duration;
  final Histogram timeToFirstToken;
  final Histogram timePerOutputToken;
  final Histogram normalizedTimePerOutputToken;
  final Histogram requestBytes;
  final Histogram responseBytes;
  final Histogram inputTokens;
  final Histogram outputTokens;
  final Histogram cachedTokens;
  private final Counter errors;
  private final Counter rewrites;
  private final Counter attempts;
  private final DistributionDataPoint decision;
  private final DistributionDataPoint hitRatio;
  private final DistributionDataPoint hitBytes;

  private record Pair(String model, String target) {}

  private final ConcurrentHashMap<Pair, ModelSeries> series = new ConcurrentHashMap<>();

  /** Registers everything. */
  public RequestMetrics(PrometheusRegistry registry, String version) {
    String[] model = {"model_name", "target_model_name"};
    requests =
        Counter.builder()
            .name("inference_objective_request_total")
            .help("Requests routed, by model, target model and priority.")
            .labelNames("model_name", "target_model_name", "priority")
            .register(registry);
    errors =
        Counter.builder()
            .name("inference_objective_request_error_total")
            .help("Requests refused or answered with an error, by model, target model and code.")
            .labelNames("model_name", "target_model_name", "error_code")
            .register(registry);
    running =
        Gauge.builder()
            .name("inference_objective_running_requests")
            .help("Requests routed and not yet ended, by model.")
            .labelNames("model_name")
            .register(registry);
    duration =
        histogram(
            registry,
            "inference_objective_request_duration_seconds",
            "Time from a request's headers to its response's end.",
            SECONDS,
            model);
    timeToFirstToken =
        histogram(
            registry,
            "inference_objective_request_ttft_seconds",
            "Time from a request's headers to the first generated output.",
            SECONDS,
            model);
    timePerOutputToken =
        histogram(
            registry,
            "inference_objective_request_tpot_seconds",
            "Time per output token after the first.",
            SECONDS_PER_TOKEN,
            model);
    normalizedTimePerOutputToken =
        histogram(
            registry,
            "inference_objective_normalized_time_per_output_token_seconds",
            "A response's whole duration per output token.",
            SECONDS_PER_TOKEN,
            model);
    requestBytes =
        histogram(
            registry,
            "inference_objective_request_sizes",
            "Request bodies in bytes.",
            powers(64, 1 << 30),
            model);
    responseBytes =
        histogram(
            registry,
            "inference_objective_response_sizes",
            "Response bodies in bytes.",
            powers(1, 1 << 26),
            model);
    inputTokens =
        histogram(
            registry,
            "inference_objective_input_tokens",
            "Prompt tokens as the model server counted them.",
            powers(1, 1 << 20),
            model);
    outputTokens =
        histogram(
            registry,
            "inference_objective_output_tokens",
            "Generated tokens as the model server counted them.",
            powers(1, 1 << 17),
            model);
    cachedTokens =
        histogram(
            registry,
            "inference_objective_prompt_cached_tokens",
            "Prompt tokens that the model server found in its KV cache.",
            powers(1, 1 << 20),
            model);
    rewrites =
        Counter.builder()
            .name("inference_extension_model_rewrite_decisions_total")
            .help("Requests whose model was written anew, by model and target model.")
            .labelNames("model_name", "target_model")
            .register(registry);
    attempts =
        Counter.builder()
            .name("inference_extension_scheduler_attempts_total")
            .help("Scheduling attempts by outcome.")
            .labelNames("status")
            .register(registry);
    decision =
        histogram(
                registry,
                "inference_extension_scheduler_e2e_duration_seconds",
                "Time to decide one request.",
                DECISION_SECONDS)
            .labelValues();
    hitRatio =
        histogram(
                registry,
                "inference_extension_prefix_indexer_hit_ratio",
                "Share of a prompt that its endpoint was believed to hold.",
                SHARES)
            .labelValues();
    hitBytes =
        histogram(
                registry,
                "inference_extension_prefix_indexer_hit_bytes",
                "Bytes of a prompt that its endpoint was believed to hold.",
                powers(16, 1 << 26))
            .labelValues();
    Info.builder()
        .name("inference_extension_info")
        .help("What is running.")
        .labelNames("commit", "build_ref")
        .register(registry)
        .addLabelValues("unknown", version);
  }

  /** The series of one model and target. */
  public ModelSeries series(String model, String target) {
    Pair pair = new Pair(model, target);
    ModelSeries known = series.get(pair);
    if (known != null) {
      return known;
    }
    if (series.size() >= MOST_MODELS || !fits(model) || !fits(target)) {
      pair = new Pair(OTHER, OTHER);
    }
    return series.computeIfAbsent(pair, p -> new ModelSeries(this, p.model, p.target));
  }

  /** A pair ended its last request without ever having had a good response: it was no model. */
  void forget(String model, String target, ModelSeries unproven) {
    if (!series.remove(new Pair(model, target), unproven) || model.equals(OTHER)) {
      return;
    }
    for (int priority : unproven.priorities()) {
      requests.remove(model, target, Integer.toString(priority));
    }
    running.remove(model);
    for (Histogram histogram : byModel()) {
      histogram.remove(model, target);
    }
  }

  private List<Histogram> byModel() {
    return List.of(
        duration,
        timeToFirstToken,
        timePerOutputToken,
        normalizedTimePerOutputToken,
        requestBytes,
        responseBytes,
        inputTokens,
        outputTokens,
        cachedTokens);
  }

  /** A request was refused, or its response was an error. */
  public void error(String model, String target, String code) {
    boolean named = (model.isEmpty() && target.isEmpty()) || proven(model, target);
    errors.labelValues(named ? model : OTHER, named ? target : OTHER, code).inc();
  }

  /** A request's model was written anew. */
  public void rewritten(String model, String target) {
    boolean named = proven(model, target);
    rewrites.labelValues(named ? model : OTHER, named ? target : OTHER).inc();
  }

  /** A request was decided. */
  public void decided(boolean routed, long nanos) {
    attempts.labelValues(routed ? "success" : "failure").inc();
    decision.observe(nanos / 1e9);
  }

  /** How much of a prompt its endpoint was believed to hold. */
  public void matched(int matchedTokens, int promptTokens, int bytesPerToken) {
    if (promptTokens > 0) {
      hitRatio.observe((double) matchedTokens / promptTokens);
      hitBytes.observe((double) matchedTokens * bytesPerToken);
    }
  }

  private boolean proven(String model, String target) {
    ModelSeries known = series.get(new Pair(model, target));
    return known != null && known.proven();
  }

  private static boolean fits(String name) {
    return name.length() <= LONGEST_NAME;
  }

  private static Histogram histogram(
      PrometheusRegistry registry, String name, String help, double[] bounds, String... labels) {
    return Histogram.builder()
        .name(name)
        .help(help)
        .labelNames(labels)
        .classicOnly()
        .classicUpperBounds(bounds)
        .withoutExemplars()
        .register(registry);
  }

  private static double[] powers(int from, int to) {
    int count = 0;
    for (long bound = from; bound <= to; bound *= 2) {
      count++;
    }
    double[] bounds = new double[count];
    double bound = from;
    for (int i = 0; i < count; i++, bound *= 2) {
      bounds[i] = bound;
    }
    return bounds;
  }
}

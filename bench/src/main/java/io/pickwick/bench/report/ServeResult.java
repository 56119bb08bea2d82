package io.pickwick.bench.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.pickwick.bench.report.MeasuredRun.Load;
import io.pickwick.bench.report.MeasuredRun.PodSamples;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a result of a load generator in the form of vLLM's {@code --save-result}.
 *
 * <p>vLLM leaves failed requests out of its percentiles, by which a target that refuses most of
 * what it is asked looks fast. So of a run with failures only those percentiles are taken that
 * count them ({@code serve-bench} tells some, below {@code pickwick}).
 */
final class ServeResult {
  private static final int MOST_TIMES = 500;
  private static final List<String> SET =
      List.of(
          "backend", "model_id", "num_prompts", "burstiness", "max_concurrency", "max-concurrency");

  private ServeResult() {}

  /** The run. */
  static MeasuredRun read(JsonNode result) {
    JsonNode own = result.path("pickwick");
    String workload = own.path("workload").asText(result.path("dataset_name").asText("requests"));
    Load load = Fields.load(workload, 1);
    if (load.label().isEmpty() && result.path("request_rate").isNumber()) {
      double rate = result.path("request_rate").asDouble();
      load = new Load(NumberText.tick(rate) + " req/s", rate);
    }
    List<Parameter> parameters = new ArrayList<>();
    for (Parameter one : Fields.parameters(result, List.of())) {
      if (SET.stream().anyMatch(key -> Fields.words(key).equals(one.name()))) {
        parameters.add(one);
      }
    }
    return new MeasuredRun(
        Fields.withoutRate(workload),
        load,
        name(result, own),
        own.path("seed").asLong(),
        true,
        parameters,
        values(result, own),
        firstTokens(result),
        PodSamples.NONE,
        List.of());
  }

  private static String name(JsonNode result, JsonNode own) {
    for (JsonNode name :
        List.of(own.path("target"), result.path("label"), result.path("model_id"))) {
      if (name.isTextual() && !name.asText().isBlank()) {
        return name.asText();
      }
    }
    return "target";
  }

  private static Map<Measure, Double> values(JsonNode result, JsonNode own) {
    Map<Measure, Double> values = new EnumMap<>(Measure.class);
    double failed = failed(result);
    put(values, Measure.FAILED, failed);
    // Where nothing was answered, nothing took the time of 0 that stands there.
    boolean nothing = Fields.number(result.path("completed")) == 0;
    for (Measure measure : Measure.values()) {
      boolean untold = measure.time() && (nothing || (failed > 0 && measure.withFailed(true)));
      if (!untold && !measure.serve().isEmpty() && result.path(measure.serve()).isNumber()) {
        values.put(
            measure,
            Fields.measured(result.path(measure.serve()), measure.serve(), measure.most()));
      }
    }
    if (!nothing || failed > 0) {
      withFailed(values, "TTFT", own.path("ttft_ms_failed_as_never"), failed > 0);
      withFailed(values, "E2E", own.path("e2el_ms_failed_as_never"), failed > 0);
    }
    double asked = Fields.number(result.path("num_prompts"));
    put(values, Measure.GOOD_SHARE, Fields.number(own.path("good")) / asked);
    put(
        values,
        Measure.HITS,
        Fields.number(own.path("cached_tokens")) / Fields.number(own.path("cached_tokens_of")));
    return values;
  }

  /** How many have failed; not-a-number if that is not known. */
  private static double failed(JsonNode result) {
    double told = Fields.number(result.path("failed"));
    double missing =
        Fields.number(result.path("num_prompts")) - Fields.number(result.path("completed"));
    return Double.isNaN(told) && missing >= 0 ? missing : told;
  }

  private static void put(Map<Measure, Double> values, Measure measure, double value) {
    if (!Double.isNaN(value)) {
      values.put(measure, value);
    }
  }

  private static void withFailed(
      Map<Measure, Double> values, String prefix, JsonNode percentiles, boolean failures) {
    for (int percent : new int[] {50, 90, 99}) {
      JsonNode value = percentiles.path("p" + percent);
      // Without failures, null is what nobody knows.
      if (value.isNumber() || (value.isNull() && failures)) {
        values.put(
            Measure.valueOf(prefix + "_P" + percent),
            value.isNumber()
                ? Fields.measured(value, "pickwick p" + percent, Double.MAX_VALUE)
                : Double.POSITIVE_INFINITY);
      }
    }
  }

  /** Those of all requests, where they are told one by one. */
  private static List<Double> firstTokens(JsonNode result) {
    JsonNode seconds = result.path("ttfts");
    JsonNode errors = result.path("errors");
    List<Double> times = new ArrayList<>();
    for (int i = 0; i < seconds.size(); i++) {
      boolean failed = !errors.path(i).asText("").isEmpty();
      times.add(failed ? Double.POSITIVE_INFINITY : 1000 * seconds.path(i).asDouble());
    }
    times.sort(null);
    if (times.size() <= MOST_TIMES) {
      return times;
    }
    List<Double> chosen = new ArrayList<>(MOST_TIMES);
    for (int i = 1; i <= MOST_TIMES; i++) {
      chosen.add(times.get((int) ((long) i * times.size() / MOST_TIMES) - 1));
    }
    return chosen;
  }
}

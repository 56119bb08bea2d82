package io.pickwick.bench.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.pickwick.bench.report.MeasuredRun.Load;
import io.pickwick.bench.report.MeasuredRun.PodSamples;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Reads a result of a load generator in the form of vLLM's {@code --save-result}.
 *
 * <p>vLLM leaves failed requests out of its percentiles, by which a target that refuses most of
 * what it is asked looks fast. So of a run with failures only those percentiles are taken that
 * count them ({@code serve-bench} tells some, below {@code pickwick}).
 */
final class ServeResult {
  private static final String OWN = "pickwick.";
  private static final String LIMITS = "goodput_limits";
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
    parameters.addAll(limits(own));
    return new MeasuredRun(
        Fields.withoutRate(workload),
        load,
        name(result, own),
        own.path("seed").asLong(),
        true,
        parameters,
        notes(own),
        values(result, own),
        firstTokens(result),
        PodSamples.NONE,
        List.of());
  }

  /** The target, and beside it what the user calls the run: runs of two labels are not one. */
  private static String name(JsonNode result, JsonNode own) {
    List<String> names =
        Stream.of(own.path("target"), result.path("label"))
            .filter(JsonNode::isTextual)
            .map(JsonNode::asText)
            .filter(name -> !name.isBlank())
            .distinct()
            .toList();
    if (names.isEmpty()) {
      String model = result.path("model_id").asText("");
      return model.isBlank() ? "target" : model;
    }
    return names.size() == 1 ? names.getFirst() : names.getFirst() + " (" + names.getLast() + ")";
  }

  /** What a request had to keep to be within the SLO. */
  private static List<Parameter> limits(JsonNode own) {
    List<Parameter> limits = new ArrayList<>();
    for (String key : List.of("ttft", "tpot", "e2el")) {
      double most = Fields.time(own.path(LIMITS), key, OWN + LIMITS + ".");
      if (!Double.isNaN(most)) {
        String name = key.equals("e2el") ? "E2E" : key.toUpperCase(Locale.ROOT);
        limits.add(new Parameter("SLO " + name + ", ms", NumberText.tick(most)));
      }
    }
    return limits;
  }

  private static List<String> notes(JsonNode own) {
    List<String> notes = new ArrayList<>();
    if (own.path("ended_early").asBoolean()) {
      double left = Fields.number(own.path("not_sent"));
      notes.add(
          "was ended early"
              + (left > 0
                  ? ", with %s requests not sent".formatted(NumberText.fixed(left, 0))
                  : ""));
    }
    double cut = Fields.number(own.path("cut_short"));
    if (cut > 0) {
      notes.add("had %s answers shorter than asked for".formatted(NumberText.fixed(cut, 0)));
    }
    return notes;
  }

  private static Map<Measure, Double> values(JsonNode result, JsonNode own) {
    Map<Measure, Double> values = new EnumMap<>(Measure.class);
    checkCounts(result, own);
    double failed = failed(result);
    put(values, Measure.FAILED, failed);
    // Where nothing was answered, nothing took the time of 0 that stands there.
    boolean nothing = Fields.number(result.path("completed")) == 0;
    boolean limited = limited(own);
    for (Measure measure : Measure.values()) {
      boolean untold =
          measure.time()
              ? nothing || (failed > 0 && measure.withFailed(true))
              : measure == Measure.GOOD_RATE && !limited;
      // What is left out is held to its range all the same.
      double value = value(result, measure);
      if (!untold) {
        put(values, measure, value);
      }
    }
    if (!nothing || failed > 0) {
      withFailed(values, "TTFT", own, "ttft_ms_failed_as_never", failed > 0);
      withFailed(values, "E2E", own, "e2el_ms_failed_as_never", failed > 0);
    }
    double asked = Fields.number(result.path("num_prompts"));
    if (limited) {
      put(values, Measure.GOOD_SHARE, Fields.number(own.path("good")) / asked);
    }
    put(
        values,
        Measure.HITS,
        Fields.number(own.path("cached_tokens")) / Fields.number(own.path("cached_tokens_of")));
    return values;
  }

  /** Whether it is told what a good request had to keep; without that, all are. */
  private static boolean limited(JsonNode own) {
    return !own.path(LIMITS).isEmpty();
  }

  /** How many have failed; not-a-number if that is not known. */
  private static double failed(JsonNode result) {
    double told = Fields.number(result.path("failed"));
    double missing =
        Fields.number(result.path("num_prompts")) - Fields.number(result.path("completed"));
    return Double.isNaN(told) && missing >= 0 ? missing : told;
  }

  /** One number of the result; not-a-number if it is not there. */
  private static double value(JsonNode result, Measure measure) {
    String key = measure.serve();
    JsonNode value = result.path(key);
    if (key.isEmpty() || value.isMissingNode() || value.isNull()) {
      return Double.NaN;
    }
    if (measure.time()) {
      return Fields.time(result, key, "");
    }
    if (!value.isNumber()) {
      throw new ReportException("%s is no number.".formatted(key));
    }
    return Fields.measured(value, key, measure.most());
  }

  private static void checkCounts(JsonNode result, JsonNode own) {
    double asked = Fields.count(result, "num_prompts", "");
    double completed = Fields.count(result, "completed", "");
    Fields.count(result, "failed", "");
    // Who ends a run before it begins has asked for nothing.
    if (asked == 0 && !own.path("ended_early").asBoolean()) {
      throw new ReportException("num_prompts is 0; a run is of at least one request.");
    }
    notMore(completed, "completed", asked, "num_prompts");
    notMore(Fields.count(own, "good", OWN), OWN + "good", completed, "completed");
    notMore(
        Fields.count(own, "cached_tokens", OWN),
        OWN + "cached_tokens",
        Fields.count(own, "cached_tokens_of", OWN),
        OWN + "cached_tokens_of");
    Fields.count(own, "not_sent", OWN);
    Fields.count(own, "cut_short", OWN);
  }

  private static void notMore(double part, String name, double all, String of) {
    if (part > all) {
      throw new ReportException(
          "%s is %s, more than %s, which is %s."
              .formatted(name, NumberText.tick(part), of, NumberText.tick(all)));
    }
  }

  private static void put(Map<Measure, Double> values, Measure measure, double value) {
    if (!Double.isNaN(value)) {
      values.put(measure, value);
    }
  }

  private static void withFailed(
      Map<Measure, Double> values, String prefix, JsonNode own, String key, boolean failures) {
    for (int percent : new int[] {50, 90, 99}) {
      JsonNode value = own.path(key).path("p" + percent);
      double time = Fields.time(own.path(key), "p" + percent, OWN + key + ".");
      // Without failures, null is what nobody knows.
      if (value.isNull() && failures) {
        time = Double.POSITIVE_INFINITY;
      }
      put(values, Measure.valueOf(prefix + "_P" + percent), time);
    }
  }

  /** Those of all requests, where they are told one by one. */
  private static List<Double> firstTokens(JsonNode result) {
    JsonNode seconds = result.path("ttfts");
    JsonNode errors = result.path("errors");
    boolean failures = failed(result) > 0;
    List<Double> times = new ArrayList<>();
    for (int i = 0; i < seconds.size(); i++) {
      double time = Fields.time(seconds.path(i), "ttfts[" + i + "]", 1000);
      // Nothing is answered in no time, whatever its error is.
      boolean failed = !errors.path(i).asText("").isEmpty() || (failures && time == 0);
      times.add(failed ? Double.POSITIVE_INFINITY : time);
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

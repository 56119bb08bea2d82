package io.pickwick.bench.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.pickwick.bench.report.MeasuredRun.PodSamples;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Reads a line that {@code replay --out} has written. */
final class ReplayLine {
  private static final List<String> TOLD = List.of("workload", "policy", "seed", "rateScale");

  private ReplayLine() {}

  /**
   * The run.
   *
   * @throws ReportException if it does not say what was run
   */
  static MeasuredRun read(JsonNode line) {
    String workload = Fields.text(line, "workload");
    List<Parameter> parameters = new ArrayList<>(Fields.parameters(line.path("fleet"), List.of()));
    parameters.addAll(Fields.parameters(line, TOLD));
    for (Parameter limit : Fields.parameters(line.path("slo"), List.of())) {
      parameters.add(new Parameter("SLO " + limit.name(), limit.value()));
    }
    return new MeasuredRun(
        Fields.withoutRate(workload),
        Fields.load(workload, Fields.number(line.path("rateScale"))),
        Fields.text(line, "policy"),
        line.path("seed").asLong(),
        false,
        parameters,
        List.of(),
        values(line.path("summary")),
        firstTokens(line.path("ttftPercentilesMs")),
        pods(line.path("samples")),
        hits(line.path("hits")));
  }

  private static Map<Measure, Double> values(JsonNode summary) {
    Map<Measure, Double> values = new EnumMap<>(Measure.class);
    boolean failures = summary.path("failed").asInt() > 0;
    for (Measure measure : Measure.values()) {
      JsonNode value = summary.at("/" + measure.replay());
      if (value.isNumber()) {
        values.put(
            measure,
            Fields.measured(
                value, "summary." + measure.replay().replace('/', '.'), measure.most()));
      } else if (value.isNull() && failures && measure.percentile()) {
        // It falls among the failed.
        values.put(measure, Double.POSITIVE_INFINITY);
      }
    }
    return values;
  }

  private static List<Double> firstTokens(JsonNode percentiles) {
    return Fields.numbers(percentiles, "ttftPercentilesMs").stream()
        .map(one -> Double.isNaN(one) ? Double.POSITIVE_INFINITY : one)
        .sorted()
        .toList();
  }

  private static PodSamples pods(JsonNode samples) {
    return new PodSamples(
        Fields.numbers(samples.path("seconds"), "samples.seconds"),
        byPod(samples.path("waiting"), "samples.waiting", Double.MAX_VALUE, 1),
        byPod(samples.path("kvUsage"), "samples.kvUsage", 1, 100));
  }

  /** From a list of pods for each time to a list of times for each pod. */
  private static List<List<Double>> byPod(JsonNode times, String name, double most, double factor) {
    List<List<Double>> pods = new ArrayList<>();
    int number = 0;
    for (JsonNode time : times) {
      number = Math.max(number, time.size());
    }
    for (int pod = 0; pod < number; pod++) {
      List<Double> values = new ArrayList<>(times.size());
      for (JsonNode time : times) {
        values.add(factor * Fields.measured(time.path(pod), name, most));
      }
      pods.add(values);
    }
    return pods;
  }

  private static List<Series.Point> hits(JsonNode hits) {
    List<Double> seconds = Fields.numbers(hits.path("seconds"), "hits.seconds");
    List<Double> prompts = Fields.numbers(hits.path("promptTokens"), "hits.promptTokens");
    List<Double> cached = Fields.numbers(hits.path("cachedTokens"), "hits.cachedTokens");
    List<Series.Point> points = new ArrayList<>();
    for (int i = 0; i < Math.min(seconds.size(), Math.min(prompts.size(), cached.size())); i++) {
      // A stretch without prompts has no share: not-a-number, so a gap.
      points.add(Series.Point.of(seconds.get(i), 100 * cached.get(i) / prompts.get(i)));
    }
    return points;
  }
}

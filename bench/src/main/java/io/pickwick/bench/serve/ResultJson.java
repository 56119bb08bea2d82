package io.pickwick.bench.serve;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;

/**
 * A result as {@code vllm bench serve --save-result} writes it, with its keys and units (seconds
 * but where a key ends in {@code _ms}). What vLLM does not know is below {@code pickwick}.
 *
 * @param date when it began
 * @param api what was asked
 * @param label as the user calls it; empty for none
 * @param model the base model
 * @param tokenizer where prompts' words came from; empty for nowhere
 * @param workload as it was written
 * @param seed of the workload
 * @param requestRate requests a second, if they were ordered so
 * @param maxConcurrency the limit of concurrency; 0 for none
 * @param goodput the limits
 * @param metrics the latencies to tell
 * @param percentiles of each
 * @param detailed whether each request is told
 */
record ResultJson(
    LocalDateTime date,
    Api api,
    String label,
    String model,
    String tokenizer,
    String workload,
    long seed,
    OptionalDouble requestRate,
    int maxConcurrency,
    Goodput goodput,
    List<Metric> metrics,
    List<Double> percentiles,
    boolean detailed) {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

  /** What a comparison needs where some have failed, whatever else is told. */
  private static final List<Double> ALWAYS = List.of(50.0, 90.0, 99.0);

  private static final ObjectMapper JSON = new ObjectMapper();

  ResultJson {
    metrics = List.copyOf(metrics);
    percentiles = List.copyOf(percentiles);
  }

  /** The result of one target. */
  ObjectNode of(Target target, List<Outcome> outcomes, Summary summary) {
    ObjectNode root = JSON.createObjectNode();
    root.put("date", DATE.format(date));
    root.put("endpoint_type", api.backend());
    root.put("backend", api.backend());
    text(root, "label", label);
    root.put("model_id", model);
    text(root, "tokenizer_id", tokenizer);
    root.put("num_prompts", outcomes.size());
    if (requestRate.isPresent()) {
      root.put("request_rate", requestRate.getAsDouble());
    } else {
      root.put("request_rate", "inf");
    }
    root.put("burstiness", 1.0);
    if (maxConcurrency > 0) {
      root.put("max_concurrency", maxConcurrency);
    } else {
      root.putNull("max_concurrency");
    }
    root.put("duration", summary.durationSeconds());
    root.put("completed", summary.completed());
    root.put("failed", summary.failed());
    root.put("total_input_tokens", summary.inputTokens());
    root.put("total_output_tokens", summary.outputTokens());
    root.put("request_throughput", summary.requestThroughput());
    if (goodput.given()) {
      root.put("request_goodput", summary.goodput());
    } else {
      root.putNull("request_goodput");
    }
    root.put("output_throughput", summary.outputThroughput());
    root.put("total_token_throughput", summary.totalThroughput());
    if (detailed) {
      details(root, outcomes);
    }
    root.put("max_output_tokens_per_s", summary.peakTokens());
    root.put("max_concurrent_requests", summary.peakRequests());
    root.put("rtfx", 0.0);
    // Where all have failed, vLLM writes 0; where none was sent, there is nothing to tell.
    if (!outcomes.isEmpty()) {
      metrics.forEach(metric -> latency(root, metric, metric.of(summary)));
    }
    own(root.putObject("pickwick"), target, outcomes, summary);
    return root;
  }

  private static void details(ObjectNode root, List<Outcome> outcomes) {
    ArrayNode inputs = root.putArray("input_lens");
    ArrayNode outputs = root.putArray("output_lens");
    ArrayNode ttfts = root.putArray("ttfts");
    ArrayNode itls = root.putArray("itls");
    ArrayNode latencies = root.putArray("latencies");
    ArrayNode starts = root.putArray("start_times");
    ArrayNode queues = root.putArray("queue_times");
    ArrayNode texts = root.putArray("generated_texts");
    ArrayNode errors = root.putArray("errors");
    for (Outcome one : outcomes) {
      inputs.add(one.promptTokens());
      outputs.add(one.completed() ? one.outputTokens() : 0);
      ttfts.add(one.completed() ? one.ttftSeconds() : 0);
      ArrayNode gaps = itls.addArray();
      one.gaps().stream().forEach(gap -> gaps.add(gap / 1e9));
      latencies.add(one.latencySeconds());
      starts.add(one.dueNanos() / 1e9);
      queues.add(one.queueSeconds());
      texts.add(one.text());
      errors.add(one.detail());
    }
  }

  private void latency(ObjectNode root, Metric metric, Distribution seconds) {
    root.put("mean_" + metric.key() + "_ms", seconds.mean() * 1000);
    root.put("median_" + metric.key() + "_ms", seconds.median() * 1000);
    root.put("std_" + metric.key() + "_ms", seconds.deviation() * 1000);
    for (double percentile : percentiles) {
      root.put(
          "p" + ResultBlock.word(percentile) + "_" + metric.key() + "_ms",
          seconds.percentile(percentile) * 1000);
    }
  }

  private void own(ObjectNode root, Target target, List<Outcome> outcomes, Summary summary) {
    root.put("target", target.name());
    root.put("url", target.url().toString());
    root.put("workload", workload);
    root.put("seed", seed);
    if (goodput.given()) {
      root.put("good", summary.good());
      ObjectNode limits = root.putObject("goodput_limits");
      goodput.ttftMillis().ifPresent(millis -> limits.put("ttft", millis));
      goodput.tpotMillis().ifPresent(millis -> limits.put("tpot", millis));
      goodput.e2elMillis().ifPresent(millis -> limits.put("e2el", millis));
    }
    ObjectNode kinds = root.putObject("failures");
    outcomes.stream()
        .filter(one -> !one.completed())
        .forEach(one -> kinds.put(one.kind(), kinds.path(one.kind()).asInt() + 1));
    withFailed(root.putObject("ttft_ms_failed_as_never"), summary.ttft(), summary.failed());
    withFailed(root.putObject("e2el_ms_failed_as_never"), summary.e2el(), summary.failed());
    if (!outcomes.isEmpty()) {
      Distribution late =
          Distribution.of(outcomes.stream().mapToDouble(Outcome::lateSeconds).toArray());
      root.putObject("sent_late_ms")
          .put("p50", late.median() * 1000)
          .put("p99", late.percentile(99) * 1000)
          .put("max", late.max() * 1000);
    }
    List<Outcome> telling = outcomes.stream().filter(one -> one.cachedTokens() >= 0).toList();
    if (!telling.isEmpty()) {
      root.put("cached_tokens", telling.stream().mapToLong(Outcome::cachedTokens).sum());
      root.put("cached_tokens_of", telling.stream().mapToLong(Outcome::promptTokens).sum());
    }
    root.put("cut_short", outcomes.stream().filter(Outcome::cutShort).count());
    root.put("without_usage", outcomes.stream().filter(Outcome::withoutUsage).count());
    long absurd = outcomes.stream().filter(one -> !one.absurd().isEmpty()).count();
    if (absurd > 0) {
      root.put("absurd_usage", absurd);
    }
    ObjectNode pods = root.putObject("pods");
    outcomes.stream()
        .filter(one -> !one.pod().isEmpty())
        .forEach(one -> pods.put(one.pod(), pods.path(one.pod()).asInt() + 1));
  }

  private void withFailed(ObjectNode to, Distribution completed, int failed) {
    Distribution all = completed.withMissing(failed);
    Set<Double> told = new TreeSet<>(ALWAYS);
    told.addAll(percentiles);
    for (double percentile : told) {
      double seconds = all.size() == 0 ? Double.NaN : all.percentile(percentile);
      String key = "p" + ResultBlock.word(percentile);
      if (Double.isFinite(seconds)) {
        to.put(key, seconds * 1000);
      } else {
        to.putNull(key);
      }
    }
  }

  private static void text(ObjectNode root, String key, String value) {
    if (value.isEmpty()) {
      root.putNull(key);
    } else {
      root.put(key, value);
    }
  }
}

package io.pickwick.bench.simulate;

import io.pickwick.bench.engine.Engine;
import io.pickwick.bench.engine.EngineRequest;
import io.pickwick.bench.engine.Step;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/**
 * What a pod counts of itself, and its metrics page.
 *
 * <p>Written by the engine's loop and read by scrapes, under one lock. A page is rendered again
 * only when something changed since the last one.
 */
final class Meters {
  private static final double NANOS = 1e-9;
  private static final String RUNNING = "vllm:num_requests_running";
  private static final String WAITING = "vllm:num_requests_waiting";
  private static final String USAGE = "vllm:kv_cache_usage_perc";

  private final MetricsTemplate template;
  private final InstantSource clock;
  private final int maxLoras;
  private final Map<String, double[]> cells = new HashMap<>();
  private final Map<String, Histogram> histograms = new HashMap<>();
  private final List<Supplier<String>> values = new ArrayList<>();
  private final List<String> loraSeen = new ArrayList<>();
  private final Map<String, Double> loraTimes = new HashMap<>();
  private final Map<EngineRequest, Long> lastToken = new HashMap<>();
  private boolean changed = true;
  private Accidents.Metrics rendered = Accidents.Metrics.TRUE;
  private byte[] page = {};

  Meters(MetricsTemplate template, int maxLoras, InstantSource clock) {
    this.template = template;
    this.maxLoras = maxLoras;
    this.clock = clock;
    Map<String, List<Double>> bounds = new HashMap<>();
    for (MetricsTemplate.Slot slot : template.slots()) {
      if (!Double.isNaN(slot.bound())) {
        bounds.computeIfAbsent(family(slot.name()), name -> new ArrayList<>()).add(slot.bound());
      }
    }
    bounds.forEach((name, list) ->
        histograms.put(
            name, new Histogram(list.stream().mapToDouble(Double::doubleValue).toArray())));
    for (MetricsTemplate.Slot slot : template.slots()) {
      values.add(value(slot, bounds));
    }
    lora("", "");
  }

  /** The gauges of the moment. */
  synchronized void gauges(
      int running, int waiting, double usage, String runningLoras, String waitingLoras) {
    set(RUNNING, running);
    set(WAITING, waiting);
    set("vllm:num_requests_waiting_by_reason{reason=capacity}", waiting);
    set(USAGE, usage);
    String latest = loraSeen.getLast();
    String next = loraSample(runningLoras, waitingLoras);
    if (!latest.equals(next)) {
      lora(runningLoras, waitingLoras);
    }
  }

  /** A completed step. */
  synchronized void step(Step step, Engine engine) {
    if (step.idle()) {
      return;
    }
    changed = true;
    set("vllm:prefix_cache_queries_total", (double) engine.queriedTokens());
    set("vllm:prefix_cache_hits_total", (double) engine.hitTokens());
    set("vllm:prompt_tokens_cached_total", (double) engine.hitTokens());
    set("vllm:prompt_tokens_cached_by_source_total{source=device}", (double) engine.hitTokens());
    set("vllm:prompt_tokens_by_source_total{source=local_cache_hit}", (double) engine.hitTokens());
    set("vllm:num_preemptions_total", (double) engine.preemptions());
    add("vllm:generation_tokens_total", step.produced().size());
    observe("vllm:iteration_tokens_total", step.prefillTokens() + step.decodeSequences());
    long end = step.startNanos() + step.durationNanos();
    for (EngineRequest request : step.produced()) {
      Long before = lastToken.put(request, end);
      if (before == null) {
        add("vllm:prompt_tokens_total", request.promptTokens());
        add(
            "vllm:prompt_tokens_by_source_total{source=local_compute}",
            request.promptTokens() - request.cachedTokens());
        observe("vllm:time_to_first_token_seconds", (end - request.arrivedNanos()) * NANOS);
      } else {
        observe("vllm:inter_token_latency_seconds", (end - before) * NANOS);
      }
    }
    for (EngineRequest request : step.finished()) {
      finished(request);
    }
  }

  /** A request that was taken out. */
  synchronized void aborted(EngineRequest request) {
    changed = true;
    lastToken.remove(request);
  }

  private void finished(EngineRequest request) {
    lastToken.remove(request);
    String reason = request.state() == EngineRequest.State.LENGTH ? "length" : "stop";
    add("vllm:request_success_total{finished_reason=" + reason + "}", 1);
    int output = request.outputTokens();
    double decode = (request.endedNanos() - request.firstTokenNanos()) * NANOS;
    observe("vllm:request_prompt_tokens", request.promptTokens());
    observe("vllm:request_generation_tokens", output);
    observe("vllm:request_max_num_generation_tokens", output);
    observe("vllm:request_params_n", 1);
    observe("vllm:request_params_max_tokens", request.maxTokens());
    observe("vllm:request_num_preemptions", request.preemptions());
    observe(
        "vllm:request_prefill_kv_computed_tokens", request.promptTokens() - request.cachedTokens());
    observe("vllm:request_time_per_output_token_seconds", output > 1 ? decode / (output - 1) : 0);
    observe(
        "vllm:e2e_request_latency_seconds",
        (request.endedNanos() - request.arrivedNanos()) * NANOS);
    observe(
        "vllm:request_queue_time_seconds",
        (request.scheduledNanos() - request.arrivedNanos()) * NANOS);
    observe(
        "vllm:request_inference_time_seconds",
        (request.endedNanos() - request.scheduledNanos()) * NANOS);
    observe(
        "vllm:request_prefill_time_seconds",
        (request.firstTokenNanos() - request.scheduledNanos()) * NANOS);
    observe("vllm:request_decode_time_seconds", decode);
  }

  /** The page as it is served. */
  synchronized byte[] page(Accidents.Metrics kind) {
    if (!changed && kind == rendered) {
      return page;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(page.length + 1024);
    for (int i = 0; i < values.size(); i++) {
      out.writeBytes(template.texts().get(i));
      String name = template.slots().get(i).name();
      String value = values.get(i).get();
      if (kind == Accidents.Metrics.GARBAGE && !name.equals(MetricsTemplate.LORA)) {
        value = "banana";
      } else if (kind == Accidents.Metrics.IDLE
          && (name.equals(RUNNING) || name.startsWith(WAITING) || name.equals(USAGE))) {
        value = "0.0";
      }
      out.writeBytes(value.getBytes(StandardCharsets.UTF_8));
    }
    out.writeBytes(template.texts().getLast());
    page = out.toByteArray();
    rendered = kind;
    changed = false;
    return page;
  }

  private Supplier<String> value(MetricsTemplate.Slot slot, Map<String, List<Double>> bounds) {
    if (slot.name().equals(MetricsTemplate.LORA)) {
      return this::loraLines;
    }
    String family = family(slot.name());
    Histogram histogram = histograms.get(family);
    DoubleSupplier number;
    if (histogram == null) {
      double[] cell = cells.computeIfAbsent(slot.series(), series -> new double[1]);
      number = () -> cell[0];
    } else if (!Double.isNaN(slot.bound())) {
      int bucket = bounds.getOrDefault(family, List.of()).indexOf(slot.bound());
      number = () -> histogram.upTo(bucket);
    } else if (slot.name().endsWith("_sum")) {
      number = histogram::sum;
    } else {
      number = histogram::count;
    }
    return () -> format(number.getAsDouble());
  }

  private static String family(String name) {
    for (String suffix : List.of("_bucket", "_count", "_sum")) {
      if (name.endsWith(suffix)) {
        return name.substring(0, name.length() - suffix.length());
      }
    }
    return name;
  }

  private void set(String series, double value) {
    double[] cell = cells.get(series);
    if (cell != null && cell[0] != value) {
      cell[0] = value;
      changed = true;
    }
  }

  private void add(String series, double value) {
    double[] cell = cells.get(series);
    if (cell != null) {
      cell[0] += value;
    }
  }

  private void observe(String family, double value) {
    Histogram histogram = histograms.get(family);
    if (histogram != null) {
      histogram.add(value);
    }
  }

  private void lora(String running, String waiting) {
    String sample = loraSample(running, waiting);
    // The latest one last; what was seen once stays on the page, as in vLLM.
    loraSeen.remove(sample);
    loraSeen.add(sample);
    loraTimes.put(sample, clock.millis() / 1000.0);
    changed = true;
  }

  private String loraSample(String running, String waiting) {
    return "%s{max_lora=\"%d\",running_lora_adapters=\"%s\",waiting_lora_adapters=\"%s\"} "
        .formatted(MetricsTemplate.LORA, maxLoras, running, waiting);
  }

  private String loraLines() {
    StringBuilder lines = new StringBuilder();
    for (String sample : new TreeSet<>(loraSeen)) {
      lines.append(sample).append(format(loraTimes.getOrDefault(sample, 0.0))).append('\n');
    }
    return lines.toString();
  }

  /**
   * As prometheus_client for Python prints a number: seven digits before the point and more get an
   * exponent.
   */
  static String format(double value) {
    String text = new BigDecimal(Double.toString(value)).toPlainString();
    int dot = text.indexOf('.');
    if (dot < 0) {
      text += ".0";
      dot = text.length() - 2;
    }
    if (value <= 0 || dot <= 6) {
      return text;
    }
    String digits = text.charAt(0) + "." + (text.substring(1, dot) + text.substring(dot + 1));
    return digits.replaceAll("[0.]+$", "") + "e+" + (dot > 10 ? "" : "0") + (dot - 1);
  }
}

package io.pickwick.bench.simulate;

import io.pickwick.bench.engine.EngineSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The metrics page of a real vLLM 0.32 with its values taken out: what stands between them, and
 * which value goes where.
 *
 * <p>The page was taken from a running server. Values of {@code vllm:} families become slots,
 * except those that do not change; the families of Python, the process and FastAPI stay as they
 * were taken, since they are only there to make the page as long as a real one.
 */
final class MetricsTemplate {
  private static final String RESOURCE = "vllm-metrics.txt";
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");
  private static final Pattern CONFIG =
      Pattern.compile(
          "\\b(_?block_size|effective_attention_block_size|num_gpu_blocks|kv_cache_size_tokens"
              + "|prefix_caching_hash_algo)=\"[^\"]*\"");
  private static final List<String> ESSENTIAL =
      List.of(
          "vllm:num_requests_running",
          "vllm:num_requests_waiting",
          "vllm:num_requests_waiting_by_reason",
          "vllm:kv_cache_usage_perc",
          "vllm:prefix_cache_queries_total",
          "vllm:prefix_cache_hits_total",
          "vllm:lora_requests_info",
          "vllm:cache_config_info");

  /** The family whose samples are text of their own, a line each. */
  static final String LORA = "vllm:lora_requests_info";

  /**
   * A place for a value.
   *
   * @param name the sample's name
   * @param labels its labels without {@code engine}, {@code model_name} and {@code le}
   * @param bound the value of {@code le}, or not a number
   */
  record Slot(String name, Map<String, String> labels, double bound) {
    Slot {
      labels = Map.copyOf(labels);
    }

    /** Name and labels, such as {@code vllm:request_success_total{finished_reason=stop}}. */
    String series() {
      return labels.isEmpty() ? name : name + new TreeMap<>(labels);
    }
  }

  private final List<byte[]> texts = new ArrayList<>();
  private final List<Slot> slots = new ArrayList<>();
  private final StringBuilder pending = new StringBuilder();

  private MetricsTemplate() {}

  /** The page of one model on one engine. */
  static MetricsTemplate load(
      String model, EngineSpec spec, boolean loras, boolean small, String hashAlgorithm) {
    MetricsTemplate template = new MetricsTemplate();
    for (String line : page().split("\n", -1)) {
      if (!line.isEmpty()) {
        template.add(
            line.replace("model_name=\"tiny\"", "model_name=\"" + model + "\""),
            spec,
            loras,
            small,
            hashAlgorithm);
      }
    }
    template.texts.add(template.pending.toString().getBytes(StandardCharsets.UTF_8));
    return template;
  }

  /** The texts: one before each slot, and one behind the last. */
  List<byte[]> texts() {
    return texts;
  }

  /** The slots in the order of the page. */
  List<Slot> slots() {
    return slots;
  }

  private static String page() {
    try (InputStream in = MetricsTemplate.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is not in the jar.");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void add(
      String line, EngineSpec spec, boolean loras, boolean small, String hashAlgorithm) {
    String name = line.startsWith("# ") ? line.split(" ", 4)[2] : line.split("[{ ]", 2)[0];
    if ((small && !ESSENTIAL.contains(name)) || (!loras && name.equals(LORA))) {
      return;
    }
    if (line.startsWith("# ")) {
      pending.append(line).append('\n');
    } else if (name.equals("vllm:cache_config_info")) {
      pending.append(configured(line, spec, hashAlgorithm)).append('\n');
    } else if (name.equals(LORA)) {
      slot(new Slot(name, Map.of(), Double.NaN));
    } else if (!name.startsWith("vllm:")
        || name.endsWith("_created")
        || name.equals("vllm:engine_sleep_state")) {
      pending.append(line).append('\n');
    } else {
      int value = line.lastIndexOf(' ');
      pending.append(line, 0, value + 1);
      slot(slot(name, line.substring(0, value)));
      pending.append('\n');
    }
  }

  private void slot(Slot slot) {
    texts.add(pending.toString().getBytes(StandardCharsets.UTF_8));
    pending.setLength(0);
    slots.add(slot);
  }

  private static Slot slot(String name, String series) {
    Map<String, String> labels = new TreeMap<>();
    double bound = Double.NaN;
    Matcher matcher = LABEL.matcher(series);
    while (matcher.find()) {
      String label = matcher.group(1);
      String value = matcher.group(2);
      if (label.equals("le")) {
        bound = value.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(value);
      } else if (!label.equals("engine") && !label.equals("model_name")) {
        labels.put(label, value);
      }
    }
    return new Slot(name, labels, bound);
  }

  private static String configured(String line, EngineSpec spec, String hashAlgorithm) {
    return CONFIG
        .matcher(line)
        .replaceAll(match -> {
          Object value =
              switch (match.group(1)) {
                case "num_gpu_blocks" -> spec.kvBlocks();
                case "kv_cache_size_tokens" -> (long) spec.kvBlocks() * spec.blockSize();
                case "prefix_caching_hash_algo" -> hashAlgorithm;
                default -> spec.blockSize();
              };
          return match.group(1) + "=\"" + value + "\"";
        });
  }
}

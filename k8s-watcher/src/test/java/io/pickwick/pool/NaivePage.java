package io.pickwick.pool;

import io.pickwick.schedule.Gauges;
import io.pickwick.schedule.LoraState;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a vLLM page the slow and obvious way: lines, regular expressions, maps. */
final class NaivePage {
  private static final String LABEL = "[^=\\s]+[ \\t]*=[ \\t]*\"(?:[^\"\\\\]|\\\\.)*\"";
  private static final Pattern SAMPLE =
      Pattern.compile(
          "[ \\t]*([a-zA-Z_:][a-zA-Z0-9_:]*)(?:[ \\t]*\\{[ \\t]*((?:"
              + LABEL
              + "[ \\t]*(?:,[ \\t]*|(?=\\})))*)\\}[ \\t]*|[ \\t]+)"
              + "([-+]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][-+]?[0-9]+)?)"
              + "(?:[ \\t]+[-+]?[0-9]+)?[ \\t\\r]*");
  private static final Pattern ONE_LABEL =
      Pattern.compile("([^=\\s,]+)[ \\t]*=[ \\t]*\"((?:[^\"\\\\]|\\\\.)*)\"");

  private NaivePage() {}

  static Optional<Gauges> read(byte[] page, long nanos) {
    List<Double> waiting = new ArrayList<>();
    List<Double> running = new ArrayList<>();
    List<Double> usage = new ArrayList<>();
    List<Double> oldUsage = new ArrayList<>();
    int blockSize = 0;
    double blocks = 0;
    String algorithm = "";
    double loraTime = -1;
    LoraState lora = LoraState.NONE;
    for (String line : new String(page, StandardCharsets.UTF_8).split("\n", -1)) {
      Matcher sample = SAMPLE.matcher(line);
      if (line.getBytes(StandardCharsets.UTF_8).length > MetricsPage.MAX_LINE
          || !sample.matches()) {
        continue;
      }
      double value = Double.parseDouble(sample.group(3));
      if (value < 0 || Double.isInfinite(value)) {
        continue;
      }
      Map<String, String> labels = new HashMap<>();
      if (sample.group(2) != null) {
        Matcher label = ONE_LABEL.matcher(sample.group(2));
        while (label.find()) {
          labels.putIfAbsent(label.group(1), unescaped(label.group(2)));
        }
      }
      switch (sample.group(1)) {
        case "vllm:num_requests_waiting" -> waiting.add(value);
        case "vllm:num_requests_running" -> running.add(value);
        case "vllm:kv_cache_usage_perc" -> usage.add(Math.min(1, value));
        case "vllm:gpu_cache_usage_perc" -> oldUsage.add(Math.min(1, value));
        case "vllm:cache_config_info" -> {
          if (blockSize == 0) {
            blockSize = (int) number(labels.get("block_size"));
          }
          blocks += number(labels.get("num_gpu_blocks"));
          if (algorithm.isEmpty()) {
            algorithm = labels.getOrDefault("prefix_caching_hash_algo", "").replace("None", "");
          }
        }
        case "vllm:lora_requests_info" -> {
          String max = labels.getOrDefault("max_lora", "");
          if (value > loraTime && max.matches("[0-9]+")) {
            loraTime = value;
            lora =
                new LoraState(
                    Integer.parseInt(max),
                    adapters(labels.getOrDefault("running_lora_adapters", "")),
                    adapters(labels.getOrDefault("waiting_lora_adapters", "")));
          }
        }
        default -> {}
      }
    }
    if (waiting.isEmpty() || running.isEmpty()) {
      return Optional.empty();
    }
    List<Double> told = usage.isEmpty() ? oldUsage : usage;
    return Optional.of(
        new Gauges(
            nanos,
            (int) Math.min(sum(waiting), MetricsPage.MAX_REQUESTS),
            (int) Math.min(sum(running), MetricsPage.MAX_REQUESTS),
            told.isEmpty() ? 0 : sum(told) / told.size(),
            blockSize,
            (int) blocks,
            lora,
            algorithm));
  }

  private static double sum(List<Double> values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum;
  }

  private static double number(@Nullable String text) {
    return text != null && text.matches("[0-9]+") ? Double.parseDouble(text) : 0;
  }

  private static Set<String> adapters(String list) {
    Set<String> adapters = new TreeSet<>();
    for (String adapter : List.of(list.split(",", -1))) {
      if (!adapter.isBlank()) {
        adapters.add(adapter.strip());
      }
    }
    return adapters;
  }

  private static String unescaped(String text) {
    return text.replace("\\\\", "\u0000")
        .replace("\\n", "\n")
        .replace("\\\"", "\"")
        .replace("\u0000", "\\");
  }
}

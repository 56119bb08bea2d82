package io.pickwick.pool;

import java.util.List;
import java.util.Random;

/** A page of lines that are wanted, nearly wanted, broken, or noise. */
final class InventedPage {
  private static final List<String> NAMES =
      List.of(
          "vllm:num_requests_waiting",
          "vllm:num_requests_running",
          "vllm:num_requests_waiting_by_reason",
          "vllm:num_requests",
          "vllm:kv_cache_usage_perc",
          "vllm:gpu_cache_usage_perc",
          "vllm:cache_config_info",
          "vllm:lora_requests_info",
          "vllm:generation_tokens_total",
          "python_gc_objects_collected_total",
          "v");
  private static final List<String> VALUES =
      List.of(
          "0",
          "0.0",
          "1.0",
          "12",
          "3.5",
          "0.4375",
          "1e3",
          "1.048576e+06",
          "2.5E-1",
          "+4",
          ".5",
          "5.",
          "-1",
          "-0.0",
          "NaN",
          "+Inf",
          "-Inf",
          "1e400",
          "0.0031738765545128445",
          "x",
          "",
          "1.79523423364375e+09",
          "123456789012345678901234567890",
          "1_0",
          "1e",
          "0x1p3");
  private static final List<String> LABEL_VALUES =
      List.of(
          "", "a", "a,b", "2", "16", "32", "65536", "None", "a\\\"b", "\\\\", "}", "ü,b", "\\n");
  private static final List<String> LABELS =
      List.of(
          "engine",
          "model_name",
          "block_size",
          "num_gpu_blocks",
          "max_lora",
          "running_lora_adapters",
          "waiting_lora_adapters");
  private static final List<String> NOISE =
      List.of(
          "",
          " ",
          "\r",
          "#",
          "# HELP vllm:num_requests_waiting 7",
          "vllm:num_requests_waiting",
          "vllm:num_requests_running{",
          "vllm:num_requests_running{engine=\"0\" 3",
          "{} 1",
          "vllm:num_requests_running{engine=0} 3",
          "vllm:kv_cache_usage_perc{=\"a\"} 1",
          "vllm:num_requests_waiting{a=\"b\\\"} 1",
          "vllm:num_requests_waiting}} 1");

  private final Random random;

  InventedPage(Random random) {
    this.random = random;
  }

  String text() {
    StringBuilder page = new StringBuilder();
    int lines = random.nextInt(30);
    for (int i = 0; i < lines; i++) {
      page.append(random.nextInt(5) == 0 ? any(NOISE) : sample());
      if (i < lines - 1 || random.nextBoolean()) {
        page.append(random.nextInt(8) == 0 ? "\r\n" : "\n");
      }
    }
    return page.toString();
  }

  private String sample() {
    StringBuilder line = new StringBuilder(blanks(20)).append(any(NAMES));
    int labels = random.nextInt(5);
    if (labels > 0) {
      line.append(blanks(10)).append('{').append(blanks(10));
      for (int i = 0; i < labels; i++) {
        line.append(any(LABELS)).append(blanks(20)).append('=').append(blanks(20));
        line.append('"').append(any(LABEL_VALUES)).append('"').append(blanks(20));
        line.append(i < labels - 1 || random.nextInt(6) == 0 ? "," : "").append(blanks(20));
      }
      line.append('}').append(random.nextInt(10) == 0 ? "" : " ");
    } else {
      line.append(random.nextInt(20) == 0 ? "" : " ");
    }
    line.append(any(VALUES));
    switch (random.nextInt(8)) {
      case 0 -> line.append(" 1700000000000");
      case 1 -> line.append(" ");
      case 2 -> line.append(" 12x");
      default -> {}
    }
    return line.toString();
  }

  private String blanks(int rarity) {
    return random.nextInt(rarity) == 0 ? (random.nextBoolean() ? " " : "\t") : "";
  }

  private <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}

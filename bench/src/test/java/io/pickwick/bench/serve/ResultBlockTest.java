package io.pickwick.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** What vLLM 0.32 itself prints and saves for the same outcomes: see serve/golden.py. */
class ResultBlockTest {
  private static final List<Metric> USUAL = List.of(Metric.TTFT, Metric.TPOT, Metric.ITL);
  private static final Goodput TIGHT =
      new Goodput(OptionalDouble.of(500), OptionalDouble.of(25), OptionalDouble.of(1000));

  private static String text(String name) throws Exception {
    try (InputStream in =
        Objects.requireNonNull(ResultBlockTest.class.getResourceAsStream("/serve/" + name))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static ResultBlock block(boolean goodput) {
    return new ResultBlock(
        ResultBlock.Layout.V0_32, 0, OptionalDouble.empty(), goodput, USUAL, List.of(99.0));
  }

  private static ResultBlock limited() {
    return new ResultBlock(
        ResultBlock.Layout.V0_32,
        30,
        OptionalDouble.of(12.5),
        false,
        Arrays.asList(Metric.values()),
        List.of(50.0, 90.0, 99.0, 99.9));
  }

  @Test
  void printsWhatVllmPrints() throws Exception {
    Summary summary = Summary.of(Outcomes.made(), Outcomes.seconds(), Goodput.NONE);
    assertThat(block(false).of(summary)).isEqualTo(text("plain.txt"));
  }

  @Test
  void printsGoodputAsVllmDoes() throws Exception {
    Summary summary = Summary.of(Outcomes.made(), Outcomes.seconds(), TIGHT);
    assertThat(summary.good()).isPositive().isLessThan(summary.completed());
    assertThat(block(true).of(summary)).isEqualTo(text("goodput.txt"));
  }

  @Test
  void printsLimitsAndQueuesAsVllmDoes() throws Exception {
    Summary summary = Summary.of(Outcomes.made(), Outcomes.seconds(), Goodput.NONE);
    assertThat(limited().of(summary)).isEqualTo(text("limited.txt"));
  }

  @Test
  void printsZerosWhenAllFailedAsVllmDoes() throws Exception {
    List<Outcome> failed = Outcomes.made().stream().filter(one -> !one.completed()).toList();
    Summary summary = Summary.of(failed, Outcomes.seconds(), Goodput.NONE);
    assertThat(block(false).of(summary)).isEqualTo(text("failed.txt"));
  }

  @Test
  void printsTheLinesOfTheArticlesWhenAsked() {
    Summary summary = Summary.of(Outcomes.made(), Outcomes.seconds(), Goodput.NONE);
    ResultBlock older =
        new ResultBlock(
            ResultBlock.Layout.V0_8, 30, OptionalDouble.of(12.5), false, USUAL, List.of(99.0));
    assertThat(older.of(summary).lines().map(line -> line.replaceAll("[0-9.]+ *$", "")))
        .containsExactly(
            "============ Serving Benchmark Result ============",
            "Successful requests:                     ",
            "Benchmark duration (s):                  ",
            "Total input tokens:                      ",
            "Total generated tokens:                  ",
            "Request throughput (req/s):              ",
            "Output token throughput (tok/s):         ",
            "Total Token throughput (tok/s):          ",
            "---------------Time to First Token----------------",
            "Mean TTFT (ms):                          ",
            "Median TTFT (ms):                        ",
            "P99 TTFT (ms):                           ",
            "-----Time per Output Token (excl. 1st token)------",
            "Mean TPOT (ms):                          ",
            "Median TPOT (ms):                        ",
            "P99 TPOT (ms):                           ",
            "---------------Inter-token Latency----------------",
            "Mean ITL (ms):                           ",
            "Median ITL (ms):                         ",
            "P99 ITL (ms):                            ",
            "==================================================");
  }

  @Test
  void roundsAsPythonDoes() {
    assertThat(ResultBlock.decimals(0.125)).isEqualTo("0.12");
    assertThat(ResultBlock.decimals(0.375)).isEqualTo("0.38");
    assertThat(ResultBlock.decimals(1.005)).isEqualTo("1.00");
    assertThat(ResultBlock.decimals(1e9)).isEqualTo("1000000000.00");
    assertThat(ResultBlock.decimals(Double.POSITIVE_INFINITY)).isEqualTo("inf");
  }

  @Test
  void savesWhatVllmSaves() {
    ResultJson json =
        new ResultJson(
            LocalDateTime.of(2026, 11, 21, 19, 5, 7),
            Api.COMPLETIONS,
            "",
            "m",
            "",
            "random",
            1,
            OptionalDouble.of(12.5),
            30,
            Goodput.NONE,
            Arrays.asList(Metric.values()),
            List.of(50.0, 90.0, 99.0, 99.9),
            true);
    Summary summary = Summary.of(Outcomes.made(), Outcomes.seconds(), Goodput.NONE);
    ObjectNode ours =
        json.of(new Target("a", URI.create("http://127.0.0.1:1")), Outcomes.made(), summary);
    JsonNode golden = Outcomes.resource("/serve/limited.json");
    golden
        .properties()
        .forEach(field -> {
          JsonNode value = ours.path(field.getKey());
          assertThat(value.getNodeType())
              .as(field.getKey())
              .isEqualTo(field.getValue().getNodeType());
          if (value.isNumber()) {
            double wanted = field.getValue().asDouble();
            assertThat(value.asDouble())
                .as(field.getKey())
                .isCloseTo(wanted, Offset.offset(Math.abs(wanted) * 1e-9));
          }
        });
    List<String> more = new ArrayList<>();
    ours.fieldNames().forEachRemaining(more::add);
    golden.fieldNames().forEachRemaining(more::remove);
    // What vLLM's main() puts around that, and what it leaves out unless it is to be detailed.
    assertThat(more)
        .containsExactlyInAnyOrder(
            "date",
            "endpoint_type",
            "backend",
            "label",
            "model_id",
            "tokenizer_id",
            "num_prompts",
            "request_rate",
            "burstiness",
            "max_concurrency",
            "input_lens",
            "output_lens",
            "ttfts",
            "itls",
            "latencies",
            "start_times",
            "queue_times",
            "generated_texts",
            "errors",
            "pickwick");
    assertThat(ours.path("date").asText()).isEqualTo("20261121-190507");
    assertThat(ours.path("failed").asInt()).isEqualTo(9);
    assertThat(ours.path("pickwick").path("failures").path("connection lost").asInt()).isEqualTo(9);
  }
}

package io.pickwick.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.schedule.Gauges;
import io.pickwick.schedule.LoraState;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class MetricsPageTest {
  private static final List<String> FIXTURES =
      List.of(
          "vllm-0.32.0-load.txt",
          "vllm-0.32.0-dp2.txt",
          "vllm-0.32.0-pressure.txt",
          "vllm-0.22.1-load.txt",
          "vllm-0.22.1-pressure.txt");
  private static final String QUEUE = "vllm:num_requests_waiting 1\nvllm:num_requests_running 2\n";

  @Test
  void readsAPageOfABusyServer() throws IOException {
    assertThat(read(Engine.VLLM, fixture("vllm-0.32.0-load.txt")))
        .hasValue(
            new Gauges(
                7,
                8,
                16,
                0.003906369212927641,
                32,
                32768,
                new LoraState(2, Set.of(), Set.of()),
                "sha256_cbor"));
  }

  @Test
  void namesTheHashAlgorithmOnceAndForgetsItWithThePage() {
    MetricsPage page = new MetricsPage(Engine.VLLM);
    String told = QUEUE + "vllm:cache_config_info{prefix_caching_hash_algo=\"%s\"} 1\n";
    String first = algorithm(page, told.formatted("xxhash"));
    assertThat(first).isEqualTo("xxhash");
    assertThat(algorithm(page, told.formatted("xxhash"))).isSameAs(first);
    assertThat(algorithm(page, told.formatted("sha256"))).isEqualTo("sha256");
    assertThat(algorithm(page, told.formatted("None"))).isEmpty();
    assertThat(algorithm(page, told.formatted("x".repeat(65)))).isEmpty();
    assertThat(algorithm(page, QUEUE)).isEmpty();
  }

  private static String algorithm(MetricsPage page, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    page.reset();
    page.feed(bytes, 0, bytes.length);
    return page.finish(7).orElseThrow().hashAlgorithm();
  }

  @Test
  void sumsTheEnginesOfOnePage() throws IOException {
    Gauges gauges = read(Engine.VLLM, fixture("vllm-0.32.0-dp2.txt")).orElseThrow();
    assertThat(gauges.blocks()).isEqualTo(2 * 65536);
    assertThat(gauges.blockSize()).isEqualTo(32);
    gauges =
        readText(
            """
            vllm:num_requests_waiting{engine="0"} 3
            vllm:num_requests_waiting{engine="1"} 4
            vllm:num_requests_running{engine="0"} 5
            vllm:num_requests_running{engine="1"} 6
            vllm:kv_cache_usage_perc{engine="0"} 0.25
            vllm:kv_cache_usage_perc{engine="1"} 0.75
            """);
    assertThat(gauges).isEqualTo(new Gauges(7, 7, 11, 0.5, 0, 0, LoraState.NONE));
  }

  @Test
  void equalsTheNaiveReaderOnFixturesWhateverTheCuts() throws IOException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (String name : FIXTURES) {
      byte[] page = fixture(name);
      Optional<Gauges> naive = NaivePage.read(page, 7);
      assertThat(naive).isPresent();
      MetricsPage scanner = new MetricsPage(Engine.VLLM);
      for (int most : new int[] {1, 7, 100, 5_000, 100_000}) {
        scanner.reset();
        feed(scanner, page, random, most);
        assertThat(scanner.finish(7))
            .as("%s, seed %d, cuts ≤ %d", name, seed, most)
            .isEqualTo(naive);
      }
    }
  }

  @Test
  void equalsTheNaiveReaderOnInventedPages() {
    long seed = new Random().nextLong();
    MetricsPage scanner = new MetricsPage(Engine.VLLM);
    for (int round = 0; round < 3_000; round++) {
      Random random = new Random(seed + round);
      byte[] page = new InventedPage(random).text().getBytes(StandardCharsets.UTF_8);
      scanner.reset();
      feed(scanner, page, random, 1 + random.nextInt(200));
      assertThat(scanner.finish(7))
          .as("seed %d%n%s", seed + round, new String(page, StandardCharsets.UTF_8))
          .isEqualTo(NaivePage.read(page, 7));
    }
  }

  @Test
  void theLinesByReasonAreNotTheQueue() {
    assertThat(readText(QUEUE + "vllm:num_requests_waiting_by_reason{reason=\"a\"} 9\n").waiting())
        .isEqualTo(1);
  }

  @Test
  void theNewestLoraLineHolds() {
    Gauges gauges =
        readText(
            QUEUE
                + """
                vllm:lora_requests_info{max_lora="2",running_lora_adapters="",waiting_lora_adapters=""} 1.79e+09
                vllm:lora_requests_info{waiting_lora_adapters="c",running_lora_adapters="a, b",max_lora="4"} 1.7952342358477812e+09
                vllm:lora_requests_info{max_lora="2",running_lora_adapters="old",waiting_lora_adapters=""} 1.7e+09
                vllm:lora_requests_info{max_lora="None",running_lora_adapters="x",waiting_lora_adapters=""} 1.9e+09
                """);
    assertThat(gauges.lora()).isEqualTo(new LoraState(4, Set.of("a", "b"), Set.of("c")));
  }

  @Test
  void unchangedAdaptersAreTheSameObject() {
    MetricsPage scanner = new MetricsPage(Engine.VLLM);
    byte[] page =
        (QUEUE + "vllm:lora_requests_info{max_lora=\"2\",running_lora_adapters=\"a\"} 5\n")
            .getBytes(StandardCharsets.UTF_8);
    scanner.feed(page, 0, page.length);
    LoraState first = scanner.finish(1).orElseThrow().lora();
    scanner.reset();
    scanner.feed(page, 0, page.length);
    assertThat(scanner.finish(2).orElseThrow().lora()).isSameAs(first);
    scanner.reset();
    scanner.feed(page, 0, QUEUE.length());
    assertThat(scanner.finish(3).orElseThrow().lora()).isSameAs(LoraState.NONE);
  }

  @Test
  void unbelievableValuesAreLeftOutOrClamped() {
    for (String value :
        List.of("NaN", "+Inf", "-Inf", "Inf", "-1", "1e999", "", "x", "1.2.3", "1e")) {
      MetricsPage scanner = new MetricsPage(Engine.VLLM);
      byte[] page =
          (QUEUE + "vllm:num_requests_waiting{engine=\"1\"} " + value + "\n")
              .getBytes(StandardCharsets.UTF_8);
      scanner.feed(page, 0, page.length);
      assertThat(scanner.finish(7).orElseThrow().waiting()).as(value).isEqualTo(1);
      assertThat(scanner.refusedSamples()).as(value).isEqualTo(1);
    }
    Gauges gauges =
        readText(
            """
            vllm:num_requests_waiting 1e300
            vllm:num_requests_running 4294967297
            vllm:kv_cache_usage_perc 1.5
            vllm:cache_config_info{block_size="1e12",num_gpu_blocks="1e12"} 1
            """);
    assertThat(gauges)
        .isEqualTo(
            new Gauges(
                7,
                MetricsPage.MAX_REQUESTS,
                MetricsPage.MAX_REQUESTS,
                1,
                1 << 20,
                Integer.MAX_VALUE,
                LoraState.NONE));
  }

  @Test
  void timestampsEscapesBlanksAndLineEndsAreUnderstood() {
    Gauges gauges =
        readText(
            "\t vllm:num_requests_waiting { model = \"a\\\"} 9\\\\\" , } 3.0e0 1700000000000 \r\n"
                + "vllm:num_requests_running{a=\"}\"}4 -5\n"
                + "vllm:gpu_cache_usage_perc 5e-1");
    assertThat(gauges).isEqualTo(new Gauges(7, 3, 4, 0.5, 0, 0, LoraState.NONE));
  }

  @Test
  void theNewNameOfTheKvUsageWinsOverTheOld() {
    assertThat(
            readText(QUEUE + "vllm:gpu_cache_usage_perc 0.9\nvllm:kv_cache_usage_perc 0.1\n")
                .kvUsage())
        .isEqualTo(0.1);
  }

  @Test
  void linesWithoutEndAreSkippedInBoundedMemory() {
    MetricsPage scanner = new MetricsPage(Engine.VLLM);
    byte[] start = "vllm:num_requests_waiting{a=\"".getBytes(StandardCharsets.UTF_8);
    byte[] filler = "x".repeat(1000).getBytes(StandardCharsets.UTF_8);
    scanner.feed(start, 0, start.length);
    for (int i = 0; i < 200; i++) {
      scanner.feed(filler, 0, filler.length);
    }
    byte[] end = ("\"} 9\n" + QUEUE).getBytes(StandardCharsets.UTF_8);
    scanner.feed(end, 0, end.length);
    assertThat(scanner.finish(7).orElseThrow().waiting()).isEqualTo(1);
  }

  @Test
  void aPageWithoutTheQueueTellsNothingAndNamesWhatIsMissing() {
    MetricsPage scanner = new MetricsPage(Engine.VLLM);
    byte[] page = "vllm:num_requests_waiting 1\n".getBytes(StandardCharsets.UTF_8);
    scanner.feed(page, 0, page.length);
    assertThat(scanner.finish(7)).isEmpty();
    assertThat(scanner.missing()).isEqualTo("vllm:num_requests_running");
  }

  @Test
  void knowsTheOtherEngines() {
    assertThat(
            read(
                Engine.SGLANG,
                """
                sglang:num_queue_reqs{tp_rank="0"} 3
                sglang:num_running_reqs{tp_rank="0"} 4
                sglang:token_usage 0.5
                sglang:cache_config_info{page_size="64",num_pages="100"} 1
                """))
        .hasValue(new Gauges(7, 3, 4, 0.5, 64, 100, LoraState.NONE));
    assertThat(
            read(
                Engine.TRTLLM_SERVE,
                """
                trtllm_num_requests_waiting 3
                trtllm_num_requests_running 4
                trtllm_kv_cache_utilization 0.5
                trtllm_kv_cache_tokens_per_block 64
                trtllm_kv_cache_max_blocks 100
                """))
        .hasValue(new Gauges(7, 3, 4, 0.5, 64, 100, LoraState.NONE));
    assertThat(
            read(
                Engine.TRITON_TENSORRT_LLM,
                """
                nv_trt_llm_request_metrics{model="m",request_type="waiting"} 3
                nv_trt_llm_request_metrics{model="m",request_type="scheduled"} 4
                nv_trt_llm_request_metrics{model="m",request_type="max"} 400
                nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="fraction"} 0.5
                nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="tokens_per"} 64
                nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="max"} 100
                """))
        .hasValue(new Gauges(7, 3, 4, 0.5, 64, 100, LoraState.NONE));
    assertThat(read(Engine.TRITON, "nv_inference_pending_request_count{model=\"m\"} 3\n"))
        .hasValue(new Gauges(7, 3, 0, 0, 0, 0, LoraState.NONE));
  }

  @Test
  void theEngineIsChosenByLabel() {
    assertThat(Engine.of(Map.of())).isEqualTo(Engine.VLLM);
    assertThat(Engine.of(Map.of(Engine.LABEL, "sglang"))).isEqualTo(Engine.SGLANG);
    assertThat(Engine.of(Map.of(Engine.OLD_LABEL, "triton"))).isEqualTo(Engine.TRITON);
    assertThat(Engine.of(Map.of(Engine.OLD_LABEL, "triton", Engine.LABEL, "trtllm-serve")))
        .isEqualTo(Engine.TRTLLM_SERVE);
    assertThat(Engine.of(Map.of(Engine.LABEL, "something"))).isEqualTo(Engine.VLLM);
  }

  @Test
  void numbersAreRoundedAsTheJdkDoes() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      double wanted =
          switch (i % 3) {
            case 0 -> random.nextInt(1_000_000) / 1000.0;
            case 1 -> random.nextDouble();
            default -> Math.abs(Double.longBitsToDouble(random.nextLong()));
          };
      if (Double.isFinite(wanted)) {
        byte[] text = Double.toString(wanted).getBytes(StandardCharsets.UTF_8);
        assertThat(SampleLine.number(text, 0, text.length)).as("seed %d", seed).isEqualTo(wanted);
      }
    }
  }

  private static void feed(MetricsPage scanner, byte[] page, Random random, int most) {
    int at = 0;
    while (at < page.length) {
      int length = Math.min(1 + random.nextInt(most), page.length - at);
      scanner.feed(page, at, length);
      at += length;
    }
  }

  private static Gauges readText(String page) {
    return read(Engine.VLLM, page).orElseThrow();
  }

  private static Optional<Gauges> read(Engine engine, String page) {
    return read(engine, page.getBytes(StandardCharsets.UTF_8));
  }

  private static Optional<Gauges> read(Engine engine, byte[] page) {
    MetricsPage scanner = new MetricsPage(engine);
    scanner.feed(page, 0, page.length);
    return scanner.finish(7);
  }

  private static byte[] fixture(String name) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(MetricsPageTest.class.getResourceAsStream(name), name)) {
      return in.readAllBytes();
    }
  }
}

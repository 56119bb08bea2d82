package io.pickwick.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pickwick.bench.command.CommandLines;
import io.pickwick.bench.simulate.Accidents;
import io.pickwick.bench.simulate.Simulator;
import io.pickwick.bench.simulate.SimulatorOptions;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServeCommandTest {
  private static final String SMALL = "random:requests=40,input=60,output=6,prefix=64,rate=200";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return CommandLines.of(new ServeCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(with(args, "--num-warmups", "0"));
  }

  private List<JsonNode> results(String... args) throws Exception {
    Path file = directory.resolve("result.json");
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(List.of("--result-json", file.toString()));
    assertThat(run(all.toArray(String[]::new))).as(err.toString()).isZero();
    List<JsonNode> results = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      results.add(JSON.readTree(line));
    }
    return results;
  }

  private static Simulator simulator(int pods) throws Exception {
    return Simulator.start(SimulatorOptions.defaults().withPods(pods).withModel("m").withSpeed(20));
  }

  private static String url(Simulator simulator, int pod) {
    return "http://" + simulator.pods().get(pod).hostPort();
  }

  private double number(String label) {
    Matcher line =
        Pattern.compile("(?m)^" + Pattern.quote(label) + " +([0-9.]+) *$").matcher(out.toString());
    assertThat(line.find()).as("%s in:%n%s", label, out).isTrue();
    return Double.parseDouble(line.group(1));
  }

  @Test
  void aSimulatedPodIsMeasured() throws Exception {
    try (Simulator simulator = simulator(1)) {
      JsonNode result = results("--target", url(simulator, 0), "--workload", SMALL).getFirst();
      assertThat(number("Successful requests:")).isEqualTo(40);
      assertThat(number("Failed requests:")).isZero();
      assertThat(number("Request rate configured (RPS):")).isEqualTo(200);
      assertThat(number("Total generated tokens:")).isEqualTo(240);
      // To the toy tokenizer each word is a token: as many as the workload has.
      assertThat(number("Total input tokens:")).isEqualTo(40 * 124);
      assertThat(number("Mean TTFT (ms):")).isPositive();
      assertThat(out.toString()).contains("answered by:", "pod-0 40");
      assertThat(result.path("completed").asInt()).isEqualTo(40);
      assertThat(result.path("model_id").asText()).isEqualTo("m");
      // The prefix of 64 tokens is four blocks, computed once.
      assertThat(result.path("pickwick").path("cached_tokens").asInt()).isGreaterThan(64 * 20);
      assertThat(simulator.pods().getFirst().requests()).hasSize(41);
    }
  }

  @Test
  void tokenIdsArriveAsTheWorkloadHasThem() throws Exception {
    try (Simulator simulator = simulator(1)) {
      JsonNode result =
          results("--target", url(simulator, 0), "--workload", SMALL, "--prompt-ids").getFirst();
      assertThat(result.path("total_input_tokens").asInt()).isEqualTo(40 * 124);
    }
  }

  @Test
  void aChatIsMeasured() throws Exception {
    try (Simulator simulator = simulator(1)) {
      JsonNode result =
          results("--target", url(simulator, 0), "--workload", SMALL, "--api", "CHAT").getFirst();
      assertThat(result.path("completed").asInt()).isEqualTo(40);
      assertThat(result.path("backend").asText()).isEqualTo("openai-chat");
      assertThat(result.path("total_output_tokens").asInt()).isEqualTo(240);
    }
  }

  @Test
  void noMoreThanTheLimitAreUnderWay() throws Exception {
    try (Simulator simulator = simulator(1)) {
      JsonNode result =
          results(
                  "--target",
                  url(simulator, 0),
                  "--workload",
                  "random:requests=60,input=60,output=10",
                  "--max-concurrency",
                  "3",
                  "--percentile-metrics",
                  "ttft,client_queue_time")
              .getFirst();
      assertThat(result.path("completed").asInt()).isEqualTo(60);
      assertThat(result.path("max_concurrency").asInt()).isEqualTo(3);
      assertThat(number("Maximum request concurrency:")).isEqualTo(3);
      // All are wanted at once, so most wait; that is no part of their TTFT.
      assertThat(number("Mean Client Queue Time (ms):")).isGreaterThan(number("Mean TTFT (ms):"));
      assertThat(out.toString()).containsPattern("connections opened: +[1-4]\\R");
    }
  }

  @Test
  void conversationsGoOnAfterTheirAnswers() throws Exception {
    try (Simulator simulator = simulator(1)) {
      JsonNode result =
          results(
                  "--target",
                  url(simulator, 0),
                  "--workload",
                  "chat:sessions=6,turns=4,user=20,system=40,systems=2,output=8,think=0.05,rate=100")
              .getFirst();
      assertThat(result.path("completed").asInt()).isEqualTo(24);
      assertThat(result.path("failed").asInt()).isZero();
    }
  }

  @Test
  void aPodThatFailsHalfTheRequestsIsCountedInFull() throws Exception {
    try (Simulator simulator = simulator(1)) {
      simulator.pods().getFirst().accident(Accidents.NONE.withFailRate(0.5));
      JsonNode result =
          results(
                  "--target",
                  url(simulator, 0),
                  "--workload",
                  SMALL,
                  "--ready-timeout-seconds",
                  "30",
                  "--goodput",
                  "ttft:60000")
              .getFirst();
      int failed = result.path("failed").asInt();
      assertThat(failed).isBetween(4, 36);
      assertThat(result.path("completed").asInt()).isEqualTo(40 - failed);
      assertThat(result.path("pickwick").path("good").asInt()).isEqualTo(40 - failed);
      assertThat(out.toString()).contains(failed + " of 40: " + failed + " × HTTP 500");
      assertThat(out.toString()).contains("An accident, as ordered.", "P99 never");
      assertThat(result.path("pickwick").path("ttft_ms_failed_as_never").path("p99").isNull())
          .isTrue();
      assertThat(result.path("p99_ttft_ms").asDouble()).isPositive();
      // These are told whatever else is asked for.
      for (String key : List.of("ttft_ms_failed_as_never", "e2el_ms_failed_as_never")) {
        List<String> told = new ArrayList<>();
        result.path("pickwick").path(key).fieldNames().forEachRemaining(told::add);
        assertThat(told).as(key).containsExactly("p50", "p90", "p99");
      }
      assertThat(result.path("pickwick").path("goodput_limits").toString())
          .isEqualTo("{\"ttft\":60000.0}");
    }
  }

  @Test
  void withoutLimitsNothingIsGood() throws Exception {
    try (WireServer server = WireServer.start((_, _, _) -> WireServer.tokens(2))) {
      JsonNode own =
          results(
                  "--target",
                  server.url(),
                  "--model",
                  "m",
                  "--workload",
                  "random:requests=5,input=5,output=2,rate=400",
                  "--metric-percentiles",
                  "95,99.9")
              .getFirst()
              .path("pickwick");
      assertThat(own.has("good")).isFalse();
      assertThat(own.has("goodput_limits")).isFalse();
      List<String> told = new ArrayList<>();
      own.path("ttft_ms_failed_as_never").fieldNames().forEachRemaining(told::add);
      assertThat(told).containsExactly("p50", "p90", "p95", "p99", "p99.9");
      assertThat(own.path("cut_short").asInt(-1)).isZero();
      assertThat(own.path("without_usage").asInt(-1)).isZero();
    }
  }

  @Test
  void answersCutOffAreLostConnectionsAndNoneAtAllIsAnError() throws Exception {
    try (Simulator simulator = simulator(1)) {
      simulator.pods().getFirst().accident(Accidents.NONE.withCloseAfterTokens(3));
      assertThat(run("--target", url(simulator, 0), "--workload", SMALL)).isEqualTo(1);
      assertThat(out.toString()).contains("40 of 40: 40 × connection lost");
      assertThat(err.toString()).contains("A target answered no request at all.");
    }
  }

  @Test
  void aTargetThatIsNotThereIsToldBeforeTheRun() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    assertThat(
            run(
                "--target",
                "gone=http://127.0.0.1:" + port,
                "--workload",
                SMALL,
                "--ready-timeout-seconds",
                "0"))
        .isEqualTo(2);
    assertThat(err.toString())
        .contains("The target gone can't be reached at http://127.0.0.1:" + port)
        .contains("Nothing was measured.");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void statusesAreCountedByKind() throws Exception {
    try (WireServer server =
        WireServer.start((number, _, _) ->
            switch (number % 4) {
              case 1 -> WireServer.status(429, "slow down");
              case 2 -> WireServer.status(503, "no healthy upstream");
              default -> WireServer.tokens(3);
            })) {
      JsonNode result =
          results(
                  "--target",
                  server.url(),
                  "--model",
                  "m",
                  "--workload",
                  "random:requests=39,input=5,output=3,rate=400")
              .getFirst();
      JsonNode failures = result.path("pickwick").path("failures");
      assertThat(failures.path("HTTP 429").asInt()).isEqualTo(10);
      assertThat(failures.path("HTTP 503").asInt()).isEqualTo(10);
      assertThat(result.path("completed").asInt()).isEqualTo(19);
      assertThat(out.toString()).contains("HTTP 429: slow down", "HTTP 503: no healthy upstream");
    }
  }

  @Test
  void aStreamWithoutDoneIsAFailureAndOneWithoutUsageIsNot() throws Exception {
    String chunk = "data: {\"choices\":[{\"index\":0,\"text\":\" x\"}]}\n\n";
    try (WireServer server =
        WireServer.start((number, _, _) ->
            WireServer.chunked(number % 2 == 0 ? chunk + chunk + "data: [DONE]\n\n" : chunk))) {
      JsonNode result =
          results(
                  "--target",
                  server.url(),
                  "--model",
                  "m",
                  "--workload",
                  "random:requests=20,input=5,output=3,rate=400")
              .getFirst();
      assertThat(result.path("completed").asInt()).isEqualTo(10);
      assertThat(result.path("pickwick").path("failures").path("stream without [DONE]").asInt())
          .isEqualTo(10);
      assertThat(result.path("total_output_tokens").asInt()).isEqualTo(20);
      assertThat(result.path("total_input_tokens").asInt()).isEqualTo(50);
      assertThat(result.path("pickwick").path("cut_short").asInt()).isEqualTo(10);
      assertThat(result.path("pickwick").path("without_usage").asInt()).isEqualTo(10);
      assertThat(out.toString())
          .contains("10 answers; a chunk counts as a token of theirs")
          .containsPattern("shorter than asked for: +10 answers");
    }
  }

  @Test
  void whatIsNotAnsweredInTimeHasFailed() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    try (WireServer server =
        WireServer.start((number, _, _) -> {
          if (number % 2 == 1) {
            never.await();
          }
          return WireServer.tokens(2);
        })) {
      JsonNode result =
          results(
                  "--target",
                  server.url(),
                  "--model",
                  "m",
                  "--timeout-seconds",
                  "2",
                  "--workload",
                  "random:requests=10,input=5,output=2,rate=400")
              .getFirst();
      assertThat(result.path("pickwick").path("failures").path("timed out").asInt()).isEqualTo(5);
      assertThat(result.path("completed").asInt()).isEqualTo(5);
    }
  }

  @Test
  void latenciesAreCountedFromWhenARequestWasDue() throws Exception {
    // The first answer comes after 300 ms only, and there is room for one at a time.
    try (WireServer server =
        WireServer.start((number, _, _) -> {
          if (number == 1) {
            Thread.sleep(300);
          }
          return WireServer.tokens(1);
        })) {
      JsonNode result =
          results(
                  "--target",
                  server.url(),
                  "--model",
                  "m",
                  "--max-concurrency",
                  "1",
                  "--save-detailed",
                  "--workload",
                  "random:requests=11,input=5,output=1,rate=100,burstiness=inf")
              .getFirst();
      assertThat(result.path("ttfts").path(0).asDouble()).isGreaterThan(0.29);
      assertThat(result.path("queue_times").path(0).asDouble()).isZero();
      // The one behind it waited for room, which is told apart from the time to first token.
      double waited = result.path("queue_times").path(1).asDouble();
      assertThat(waited).isGreaterThan(0.25);
      assertThat(result.path("ttfts").path(1).asDouble()).isLessThan(waited);
      assertThat(result.path("start_times").path(1).asDouble())
          .isCloseTo(0.02 + waited, Offset.offset(1e-6));
    }
  }

  @Test
  void laterTurnsRepeatWhatWasReallySaid() throws Exception {
    List<JsonNode> bodies = new CopyOnWriteArrayList<>();
    try (WireServer server =
        WireServer.start((_, _, body) -> {
          try {
            bodies.add(JSON.readTree(body));
          } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
          }
          return WireServer.tokens(3);
        })) {
      String[] usual = {
        "--target",
        server.url(),
        "--model",
        "m",
        "--workload",
        "chat:sessions=1,turns=3,user=4,system=8,systems=1,output=3,think=0.001"
      };
      assertThat(run(usual)).isZero();
      // The first asks whether anybody is there.
      assertThat(bodies).hasSize(4);
      assertThat(bodies.get(3).path("prompt").asText())
          .startsWith(bodies.get(2).path("prompt").asText() + " x x x ")
          .startsWith(bodies.get(1).path("prompt").asText() + " x x x ");
      bodies.clear();
      assertThat(run(with(usual, "--api", "CHAT"))).isZero();
      assertThat(bodies.get(3).path("messages").findValuesAsText("role"))
          .containsExactly("user", "assistant", "user", "assistant", "user");
      assertThat(bodies.get(3).path("messages").path(1).path("content").asText())
          .isEqualTo(" x x x");
      bodies.clear();
      assertThat(run(with(usual, "--made-up-answers"))).isZero();
      assertThat(bodies.get(3).path("prompt").asText()).doesNotContain(" x x x ");
    }
  }

  private static String[] with(String[] args, String... more) {
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  @Test
  void coldConnectionsAreOnesOwn() throws Exception {
    try (WireServer server = WireServer.start((_, _, _) -> WireServer.tokens(1))) {
      String[] usual = {
        "--target",
        server.url(),
        "--model",
        "m",
        "--max-concurrency",
        "1",
        "--workload",
        "random:requests=10,input=5,output=1"
      };
      assertThat(run(usual)).isZero();
      assertThat(server.connections()).isEqualTo(1);
      assertThat(run(with(usual, "--cold"))).isZero();
      assertThat(server.connections()).isEqualTo(12);
    }
  }

  @Test
  void severalTargetsGetTheSameRequestsAndAreKeptApart() throws Exception {
    List<List<JsonNode>> bodies =
        List.of(new CopyOnWriteArrayList<>(), new CopyOnWriteArrayList<>());
    List<WireServer> servers = new ArrayList<>();
    for (List<JsonNode> got : bodies) {
      servers.add(
          WireServer.start((_, _, body) -> {
            try {
              got.add(JSON.readTree(body));
            } catch (JsonProcessingException e) {
              throw new IllegalStateException(e);
            }
            return WireServer.tokens(2);
          }));
    }
    try (WireServer first = servers.get(0);
        WireServer second = servers.get(1)) {
      String[] usual = {
        "--target",
        "a=" + first.url(),
        "--target",
        "b=" + second.url(),
        "--model",
        "m",
        "--workload",
        "random:requests=10,input=8,output=2,rate=200"
      };
      for (String apart : List.of("SALT", "PROMPTS", "NONE")) {
        bodies.forEach(List::clear);
        List<JsonNode> results = results(with(usual, "--apart", apart));
        assertThat(results).hasSize(2);
        assertThat(out.toString())
            .contains("a (" + first.url() + ")", "b (" + second.url() + ")", "b/a")
            .contains("Of 10 requests that both answered, b was sooner");
        List<String> prompts =
            bodies.get(0).stream().map(one -> one.path("prompt").asText()).toList();
        List<String> others =
            bodies.get(1).stream().map(one -> one.path("prompt").asText()).toList();
        assertThat(prompts).hasSize(11).doesNotHaveDuplicates();
        if (apart.equals("PROMPTS")) {
          // But for the first, which asks whether anybody is there.
          assertThat(others.subList(1, 11)).doesNotContainAnyElementsOf(prompts.subList(1, 11));
        } else {
          assertThat(others).containsExactlyInAnyOrderElementsOf(prompts);
        }
        assertThat(bodies.get(1).getLast().path("cache_salt").asText())
            .isEqualTo(apart.equals("SALT") ? "b" : "");
      }
    }
  }

  @Test
  void warmUpsAreSentAndNotMeasured() throws Exception {
    try (Simulator simulator = simulator(1)) {
      Path file = directory.resolve("warm.json");
      String[] args = {
        "--target", url(simulator, 0), "--workload", SMALL, "--result-json", file.toString()
      };
      assertThat(CommandLines.of(new ServeCommand()).setOut(new PrintWriter(out)).execute(args))
          .isZero();
      assertThat(JSON.readTree(file.toFile()).path("num_prompts").asInt()).isEqualTo(40);
      assertThat(simulator.pods().getFirst().requests()).hasSize(1 + 32 + 40);
    }
  }

  @Test
  void theWarmUpOfALadderIsNotMeasured() throws Exception {
    try (Simulator simulator = simulator(1)) {
      String ladder = "random:input=20,output=2,rate=20x1+40x0.5,warmup=30x1";
      assertThat(
              results("--target", url(simulator, 0), "--workload", ladder)
                  .getFirst()
                  .path("num_prompts")
                  .asInt())
          .isEqualTo(40);
      assertThat(out.toString()).contains("30 requests, not measured");
      assertThat(number("Benchmark duration (s):")).isBetween(1.0, 2.4);
      assertThat(
              results("--target", url(simulator, 0), "--workload", ladder, "--measure-warm-up")
                  .getFirst()
                  .path("num_prompts")
                  .asInt())
          .isEqualTo(70);
    }
  }

  @Test
  void wordsOfAModelAreOneTokenEach() throws Exception {
    SimulatorOptions tiny =
        SimulatorOptions.defaults()
            .withPods(1)
            .withModel("m")
            .withSpeed(20)
            .withTokenizer(SimulatorOptions.TINY);
    try (Simulator simulator = Simulator.start(tiny)) {
      String[] usual = {"--target", url(simulator, 0), "--workload", SMALL, "--tokenizer", "tiny"};
      assertThat(results(usual).getFirst().path("total_input_tokens").asInt()).isEqualTo(40 * 124);
      assertThat(results(with(usual, "--prompt-ids")).getFirst().path("total_input_tokens").asInt())
          .isEqualTo(40 * 124);
    }
    String[] none = {
      "--target", "http://127.0.0.1:1", "--workload", SMALL, "--tokenizer", directory.toString()
    };
    assertThat(run(none)).isEqualTo(2);
    assertThat(err.toString()).contains("--tokenizer");
  }

  @Test
  void targetsAndLimitsThatMakeNoSenseAreRefused() {
    String[][] wrong = {
      {"--target", "ftp://x", "--workload", SMALL},
      {"--target", "a=http://", "--workload", SMALL},
      {"--target", "a=http://127.0.0.1:1", "--target", "a=http://127.0.0.1:2", "--workload", SMALL},
      {"--target", "http://127.0.0.1:1", "--workload", "nothing"},
      {"--target", "http://127.0.0.1:1", "--workload", SMALL, "--goodput", "ttft"},
      {"--target", "http://127.0.0.1:1", "--workload", SMALL, "--goodput", "speed:5"},
      {"--target", "http://127.0.0.1:1", "--workload", SMALL, "--goodput", "ttft:Infinity"},
      {"--target", "http://127.0.0.1:1", "--workload", SMALL, "--percentile-metrics", "x"},
      {"--target", "http://127.0.0.1:1", "--workload", SMALL, "--metric-percentiles", "101"},
      {"--target", "http://127.0.0.1:1", "--workload", SMALL, "--request-rate", "0"},
      {"--target", "http://127.0.0.1:1", "--workload", SMALL, "--api", "CHAT", "--prompt-ids"},
      {"--target", "http://no.such.host.invalid", "--workload", SMALL}
    };
    for (String[] args : wrong) {
      assertThat(run(args)).as(String.join(" ", args)).isEqualTo(2);
      assertThat(err.toString()).as(String.join(" ", args)).isNotBlank();
      assertThat(out.toString()).isEmpty();
    }
  }
}

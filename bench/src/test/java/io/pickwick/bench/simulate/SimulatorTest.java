package io.pickwick.bench.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pickwick.bench.engine.EngineSpec;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SimulatorTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CHAT =
      "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello there, how are you"
          + " today? Tell me about the weather in Paris.\"}],\"max_tokens\":6%s}";

  private HttpClient client = HttpClient.newHttpClient();
  private Simulator simulator = started(SimulatorOptions.defaults());

  private static Simulator started(SimulatorOptions options) {
    try {
      return Simulator.start(
          options
              .withPods(1)
              .withModel("m")
              .withLoras(List.of("sql", "poet"))
              .withSpeed(20)
              .withAccidentsOverHttp(true));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeEach
  void connect() {
    client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  @AfterEach
  void stop() {
    simulator.close();
    client.close();
  }

  private Pod pod() {
    return simulator.pods().getFirst();
  }

  private URI uri(String path) {
    return URI.create("http://" + pod().hostPort() + path);
  }

  private HttpResponse<String> post(String path, String body) throws Exception {
    return client.send(
        HttpRequest.newBuilder(uri(path)).POST(HttpRequest.BodyPublishers.ofString(body)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(
        HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofString());
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("the deadline").isLessThan(deadline);
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static List<JsonNode> events(String body) throws IOException {
    List<JsonNode> events = new ArrayList<>();
    assertThat(body).endsWith("data: [DONE]\n\n");
    for (String event : body.substring(0, body.indexOf("data: [DONE]")).split("\n\n", -1)) {
      if (!event.isEmpty()) {
        assertThat(event).startsWith("data: {").doesNotContain("\n");
        events.add(JSON.readTree(event.substring(6)));
      }
    }
    return events;
  }

  private static List<String> keys(JsonNode node) {
    List<String> keys = new ArrayList<>();
    node.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  /** A naive reading of the page: series by name and labels. */
  private static Map<String, String> samples(String page) {
    Map<String, String> samples = new TreeMap<>();
    page.lines()
        .filter(line -> !line.startsWith("#") && !line.isEmpty())
        .forEach(line ->
            samples.put(
                line.substring(0, line.lastIndexOf(' ')),
                line.substring(line.lastIndexOf(' ') + 1)));
    return samples;
  }

  private double sample(String name) throws Exception {
    return Double.parseDouble(
        samples(get("/metrics").body())
            .getOrDefault("vllm:" + name + "{engine=\"0\",model_name=\"m\"}", "NaN"));
  }

  @Test
  void aChatStreamsInVllmsShape() throws Exception {
    HttpResponse<String> answer =
        post(
            "/v1/chat/completions",
            CHAT.formatted(",\"stream\":true,\"stream_options\":{\"include_usage\":true}"));
    assertThat(answer.headers().firstValue("content-type"))
        .contains("text/event-stream; charset=utf-8");
    assertThat(answer.headers().firstValue("transfer-encoding")).contains("chunked");
    List<JsonNode> events = events(answer.body());
    assertThat(events).hasSize(8);
    assertThat(keys(events.getFirst()))
        .containsExactly(
            "id", "object", "created", "model", "choices", "prompt_token_ids", "prompt_text");
    assertThat(events.getFirst().at("/choices/0/delta/role").asText()).isEqualTo("assistant");
    for (int i = 1; i <= 6; i++) {
      assertThat(keys(events.get(i)))
          .containsExactly("id", "object", "created", "model", "choices");
      List<String> choice =
          new ArrayList<>(List.of("index", "delta", "logprobs", "finish_reason", "token_ids"));
      if (i == 6) {
        choice.add(4, "stop_reason");
      }
      assertThat(keys(events.get(i).at("/choices/0"))).containsExactlyElementsOf(choice);
      assertThat(events.get(i).at("/choices/0/finish_reason").asText())
          .isEqualTo(i == 6 ? "length" : "null");
    }
    JsonNode last = events.getLast();
    assertThat(keys(last))
        .containsExactly(
            "id", "object", "created", "model", "choices", "usage", "system_fingerprint");
    assertThat(last.path("choices")).isEmpty();
    assertThat(last.at("/usage/completion_tokens").asInt()).isEqualTo(6);
    assertThat(last.at("/usage/prompt_tokens_details/cached_tokens").asInt()).isZero();
    assertThat(events)
        .extracting(event -> event.path("id").asText())
        .containsOnly(events.getFirst().path("id").asText());
    assertThat(events.getFirst().path("id").asText()).startsWith("chatcmpl-");
  }

  @Test
  void withoutIncludeUsageThereIsNone() throws Exception {
    HttpResponse<String> answer = post("/v1/chat/completions", CHAT.formatted(",\"stream\":true"));
    List<JsonNode> events = events(answer.body());
    assertThat(events).hasSize(7).noneMatch(event -> event.has("usage"));
    assertThat(events.getLast().has("system_fingerprint")).isTrue();
  }

  @Test
  void continuousUsageCountsEachChunk() throws Exception {
    HttpResponse<String> answer =
        post(
            "/v1/chat/completions",
            CHAT.formatted(
                ",\"stream\":true,\"stream_options\":{\"include_usage\":true,\"continuous_usage_stats\":true}"));
    List<JsonNode> events = events(answer.body());
    assertThat(events)
        .extracting(event -> event.at("/usage/completion_tokens").asInt())
        .containsExactly(0, 1, 2, 3, 4, 5, 6, 6);
  }

  @Test
  void aCompletionStreamsInVllmsShape() throws Exception {
    HttpResponse<String> answer =
        post(
            "/v1/completions",
            "{\"model\":\"m\",\"prompt\":\"Once upon\",\"stream\":true,\"max_tokens\":3}");
    List<JsonNode> events = events(answer.body());
    assertThat(events).hasSize(3);
    assertThat(keys(events.getFirst().at("/choices/0")))
        .containsExactly(
            "index",
            "text",
            "logprobs",
            "finish_reason",
            "stop_reason",
            "prompt_token_ids",
            "token_ids");
  }

  @Test
  void theSecondRoundOfAConversationFindsTheFirstInTheCache() throws Exception {
    String question = "A question about tea and coffee. ".repeat(40);
    ObjectNode body = JSON.createObjectNode();
    body.put("model", "m").put("max_tokens", 40);
    body.putArray("messages").addObject().put("role", "user").put("content", question);
    JsonNode first = JSON.readTree(post("/v1/chat/completions", body.toString()).body());
    assertThat(first.path("object").asText()).isEqualTo("chat.completion");
    assertThat(first.at("/choices/0/finish_reason").asText()).isEqualTo("length");
    assertThat(first.at("/usage/completion_tokens").asInt()).isEqualTo(40);
    String said = first.at("/choices/0/message/content").asText();
    body.withArray("messages").addObject().put("role", "assistant").put("content", said);
    body.withArray("messages").addObject().put("role", "user").put("content", "And then?");
    JsonNode second = JSON.readTree(post("/v1/chat/completions", body.toString()).body());
    int computed = first.at("/usage/prompt_tokens").asInt() + 40 - 1;
    assertThat(second.at("/usage/prompt_tokens_details/cached_tokens").asInt())
        .isEqualTo(computed / 16 * 16);
    assertThat(pod().requests())
        .extracting(ReceivedRequest::cachedTokens)
        .containsExactly(0, computed / 16 * 16);
  }

  @Test
  void aCompletionWithoutALimitHasSixteenTokensAndAChatStopsByItself() throws Exception {
    JsonNode completion =
        JSON.readTree(post("/v1/completions", "{\"model\":\"m\",\"prompt\":\"x\"}").body());
    assertThat(completion.at("/usage/completion_tokens").asInt()).isEqualTo(16);
    JsonNode chat =
        JSON.readTree(
            post("/v1/chat/completions", "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}")
                .body());
    assertThat(chat.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
    assertThat(chat.at("/usage/completion_tokens").asInt()).isEqualTo(64);
    assertThat(chat.path("model").asText()).isEqualTo("m");
  }

  @Test
  void severalPromptsAndChoicesComeBackInOrder() throws Exception {
    JsonNode answer =
        JSON.readTree(
            post(
                    "/v1/completions",
                    "{\"model\":\"m\",\"prompt\":[\"one\",\"two\"],\"n\":2,\"max_tokens\":3}")
                .body());
    assertThat(answer.path("choices")).hasSize(4);
    assertThat(answer.path("choices"))
        .extracting(choice -> choice.path("index").asInt())
        .containsExactly(0, 1, 2, 3);
    assertThat(answer.at("/usage/completion_tokens").asInt()).isEqualTo(12);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "/v1/chat/completions | {\"model\": \"m\", \"messages\": [ | 400 | Bad Request",
        "/v1/chat/completions | [1,2] | 400 | Bad Request",
        "/v1/chat/completions | {\"model\":\"m\"} | 400 | Bad Request",
        "/v1/chat/completions | {\"model\":\"m\",\"messages\":3} | 400 | Bad Request",
        "/v1/chat/completions | {\"model\":\"nope\",\"messages\":[]} | 404 | NotFoundError",
        "/v1/completions | {\"model\":\"m\",\"prompt\":\"x\",\"max_tokens\":0} | 400 | BadRequestError",
        "/v1/completions | {\"model\":\"m\",\"prompt\":\"x\",\"max_tokens\":\"many\"} | 400 | Bad Request",
        "/v1/completions | {\"model\":\"m\",\"prompt\":\"\"} | 400 | BadRequestError",
      })
  void whatIsWrongIsRefusedAsVllmDoes(String path, String body, int status, String type)
      throws Exception {
    HttpResponse<String> answer = post(path, body);
    assertThat(answer.statusCode()).isEqualTo(status);
    JsonNode error = JSON.readTree(answer.body()).path("error");
    assertThat(keys(error)).containsExactly("message", "type", "param", "code");
    assertThat(error.path("type").asText()).isEqualTo(type);
    assertThat(error.path("code").asInt()).isEqualTo(status);
  }

  @Test
  void aDeepBombAndAnEmptyBodyAreRefused() throws Exception {
    assertThat(post("/v1/chat/completions", "[".repeat(100_000)).statusCode()).isEqualTo(400);
    assertThat(post("/v1/chat/completions", "").statusCode()).isEqualTo(400);
  }

  @Test
  void aPromptBeyondTheModelIsRefused() throws Exception {
    simulator.close();
    simulator =
        started(
            SimulatorOptions.defaults().withEngine(EngineSpec.LLAMA_8B_H100.withModelLength(100)));
    HttpResponse<String> answer =
        post("/v1/completions", "{\"model\":\"m\",\"prompt\":\"" + "word ".repeat(200) + "\"}");
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("maximum context length is 100 tokens", "input_tokens");
  }

  @Test
  void whatIsNotThereIsShapedLikeFastApi() throws Exception {
    HttpResponse<String> nothing = post("/v1/nothing", "{}");
    assertThat(nothing.statusCode()).isEqualTo(404);
    assertThat(nothing.body()).isEqualTo("{\"detail\":\"Not Found\"}");
    HttpResponse<String> wrong = get("/v1/chat/completions");
    assertThat(wrong.statusCode()).isEqualTo(405);
    assertThat(wrong.headers().firstValue("allow")).contains("POST");
    assertThat(wrong.body()).isEqualTo("{\"detail\":\"Method Not Allowed\"}");
  }

  @Test
  void theSmallPagesAnswer() throws Exception {
    assertThat(get("/health").body()).isEmpty();
    assertThat(get("/ping").statusCode()).isEqualTo(200);
    assertThat(get("/version").body()).isEqualTo("{\"version\":\"0.32.0\"}");
    assertThat(get("/load").body()).isEqualTo("{\"server_load\":0}");
    JsonNode models = JSON.readTree(get("/v1/models").body()).path("data");
    assertThat(models)
        .extracting(model -> model.path("id").asText())
        .containsExactly("m", "sql", "poet");
    assertThat(models.get(0).path("parent").isNull()).isTrue();
    assertThat(models.get(1).path("parent").asText()).isEqualTo("m");
    JsonNode tokens = JSON.readTree(post("/tokenize", "{\"prompt\":\"Hello world\"}").body());
    assertThat(tokens.path("count").asInt()).isEqualTo(tokens.path("tokens").size()).isPositive();
    JsonNode embedding =
        JSON.readTree(post("/v1/embeddings", "{\"model\":\"m\",\"input\":\"x\"}").body());
    assertThat(embedding.at("/data/0/embedding")).isNotEmpty();
  }

  @Test
  void theMetricsPageIsARealOneAndMovesWithTheLoad() throws Exception {
    assertThat(sample("num_requests_running")).isZero();
    post("/v1/completions", "{\"model\":\"sql\",\"prompt\":\"" + "word ".repeat(50) + "\"}");
    HttpResponse<String> answer = get("/metrics");
    assertThat(answer.headers().firstValue("content-type").orElse("")).startsWith("text/plain");
    String page = answer.body();
    assertThat(page.length()).isBetween(45_000, 90_000);
    assertThat(page).contains("# TYPE vllm:time_to_first_token_seconds histogram");
    Map<String, String> samples = samples(page);
    String of = "{engine=\"0\",model_name=\"m\"}";
    assertThat(samples)
        .containsEntry("vllm:num_requests_running" + of, "0.0")
        .containsEntry("vllm:num_requests_waiting" + of, "0.0")
        .containsEntry("vllm:kv_cache_usage_perc" + of, "0.0")
        .containsEntry("vllm:prompt_tokens_total" + of, "51.0")
        .containsEntry("vllm:generation_tokens_total" + of, "16.0")
        .containsEntry("vllm:time_to_first_token_seconds_count" + of, "1.0")
        .containsEntry("vllm:inter_token_latency_seconds_count" + of, "15.0")
        .containsEntry(
            "vllm:time_to_first_token_seconds_bucket{engine=\"0\",le=\"+Inf\",model_name=\"m\"}",
            "1.0")
        .containsEntry(
            "vllm:request_success_total{engine=\"0\",finished_reason=\"length\",model_name=\"m\"}",
            "1.0")
        .containsKey(
            "vllm:lora_requests_info{max_lora=\"4\",running_lora_adapters=\"sql\",waiting_lora_adapters=\"\"}");
    assertThat(page).contains("block_size=\"16\"", "num_gpu_blocks=\"29205\"");
    assertThat(page).doesNotContain("\"tiny\"");
  }

  @Test
  void aSmallPageHoldsOnlyWhatIsNeeded() throws Exception {
    simulator.close();
    simulator = started(SimulatorOptions.defaults().withSmallMetrics(true));
    String page = get("/metrics").body();
    assertThat(page.length()).isLessThan(5000);
    assertThat(page)
        .contains("vllm:num_requests_running{", "vllm:lora_requests_info{", "cache_config_info{");
  }

  @Test
  void anAbortFreesTheBlocksAndIsNoticedWhileNothingIsWritten() throws Exception {
    String body =
        "{\"model\":\"m\",\"prompt\":\"%s\",\"max_tokens\":100000}".formatted("word ".repeat(99));
    try (Socket socket = new Socket(pod().address(), pod().port())) {
      OutputStream out = socket.getOutputStream();
      out.write(
          "POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s"
              .formatted(body.length(), body)
              .getBytes(StandardCharsets.US_ASCII));
      await(() -> pod().running() == 1);
      assertThat(pod().kvUsage()).isPositive();
      assertThat(sample("num_requests_running")).isEqualTo(1);
      assertThat(sample("kv_cache_usage_perc")).isPositive();
      assertThat(get("/load").body()).isEqualTo("{\"server_load\":1}");
    }
    await(() -> pod().running() == 0 && pod().kvUsage() == 0);
    await(() -> pod().requests().getFirst().finished().equals("abort"));
    await(() -> {
      try {
        return get("/load").body().equals("{\"server_load\":0}");
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    });
  }

  @Test
  void sixtyFourClientsAtOnceGetTheirAnswers() throws Exception {
    try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<List<JsonNode>>> answers = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        String body =
            "{\"model\":\"m\",\"prompt\":\"client %d says\",\"max_tokens\":50,\"stream\":true}"
                .formatted(i);
        answers.add(pool.submit(() -> events(post("/v1/completions", body).body())));
      }
      for (Future<List<JsonNode>> answer : answers) {
        assertThat(answer.get()).hasSize(50);
      }
    }
    assertThat(pod().requests()).hasSize(64).allMatch(r -> r.finished().equals("length"));
    assertThat(sample("generation_tokens_total")).isEqualTo(64 * 50);
    await(() -> pod().kvUsage() == 0);
  }

  @Test
  void aBodyOfTenMegabytesArrivesByteForByte() throws Exception {
    String body = "{\"model\":\"m\",\"prompt\":\"%s\"}".formatted("word word ".repeat(1_000_000));
    HttpResponse<String> answer = post("/v1/completions", body);
    assertThat(answer.statusCode()).as("beyond the model's length").isEqualTo(400);
    ReceivedRequest seen = pod().requests().getFirst();
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    assertThat(seen.bodyBytes()).isEqualTo(bytes.length);
    assertThat(seen.bodySha256())
        .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
    assertThat(seen.status()).isEqualTo(400);
  }

  @Test
  void anUploadInChunksAfterA100ContinueIsRead() throws Exception {
    String body = "{\"model\":\"m\",\"prompt\":\"chunked\",\"max_tokens\":2}";
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(uri("/v1/completions"))
                .expectContinue(true)
                .header("x-request-id", "my-id-1")
                .POST(
                    HttpRequest.BodyPublishers.ofInputStream(
                        () -> new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8))))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("x-pod")).contains("pod-0");
    assertThat(JSON.readTree(answer.body()).path("id").asText()).isEqualTo("cmpl-my-id-1");
    assertThat(pod().requests().getFirst().header("transfer-encoding")).isEqualTo("chunked");
  }

  @Test
  void aConnectionIsKeptAndOneByteAtATimeIsEnough() throws Exception {
    String body = "{\"prompt\":\"x\",\"max_tokens\":1}";
    byte[] request =
        "POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(body.length(), body)
            .getBytes(StandardCharsets.US_ASCII);
    try (Socket socket = new Socket(pod().address(), pod().port())) {
      socket.setSoTimeout(20_000);
      socket.setTcpNoDelay(true);
      for (int i = 0; i < 3; i++) {
        for (byte one : request) {
          socket.getOutputStream().write(one);
        }
        assertThat(answer(socket.getInputStream())).contains("text_completion");
      }
    }
    assertThat(pod().requests()).hasSize(3);
  }

  private static String answer(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      assertThat(next).isNotNegative();
      head.append((char) next);
    }
    assertThat(head.toString()).startsWith("HTTP/1.1 200 OK\r\n");
    String length =
        head.toString()
            .toLowerCase(Locale.ROOT)
            .lines()
            .filter(line -> line.startsWith("content-length:"))
            .findFirst()
            .orElseThrow();
    return new String(
        in.readNBytes(Integer.parseInt(length.substring(15).trim())), StandardCharsets.UTF_8);
  }

  @Test
  void noHttpAtAllIsRefused() throws Exception {
    try (Socket socket = new Socket(pod().address(), pod().port())) {
      socket.setSoTimeout(20_000);
      socket
          .getOutputStream()
          .write("\u0016\u0003\u0001 garbage\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
      BufferedReader reader =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      assertThat(reader.readLine()).isEqualTo("HTTP/1.1 400 Bad Request");
    }
  }

  @Test
  void aKilledPodResetsAndARestartedOneIsEmpty() throws Exception {
    String body = "{\"prompt\":\"%s\",\"max_tokens\":1}".formatted("word ".repeat(100));
    post("/v1/completions", body);
    post("/v1/completions", body);
    assertThat(pod().requests().getLast().cachedTokens()).isPositive();
    pod().kill();
    assertThatThrownBy(() -> post("/v1/completions", body)).isInstanceOf(IOException.class);
    pod().restart();
    pod().restart();
    post("/v1/completions", body);
    assertThat(pod().requests().getLast().cachedTokens()).isZero();
    assertThat(pod().requests().getLast().number()).isEqualTo(3);
  }

  @Test
  void accidentsHappenAsOrdered() throws Exception {
    String body = "{\"prompt\":\"x\",\"max_tokens\":10,\"stream\":true}";
    pod().accident(Accidents.NONE.withFailRate(1));
    assertThat(post("/v1/completions", body).statusCode()).isEqualTo(500);
    post("/accident", "{\"close_after_tokens\":3}");
    assertThatThrownBy(() -> post("/v1/completions", body)).isInstanceOf(IOException.class);
    await(() -> pod().running() == 0);
    pod().accident(Accidents.NONE.withMetrics(Accidents.Metrics.GARBAGE, Duration.ZERO));
    assertThat(get("/metrics").body()).contains("banana");
    pod().accident(Accidents.NONE.withMetrics(Accidents.Metrics.FAILS, Duration.ofMillis(1)));
    assertThat(get("/metrics").statusCode()).isEqualTo(500);
    pod().accident(Accidents.NONE.withMetrics(Accidents.Metrics.TORN, Duration.ZERO));
    assertThatThrownBy(() -> get("/metrics")).isInstanceOf(IOException.class);
    pod().accident(Accidents.NONE.withHang(true));
    assertThatThrownBy(() ->
            client.send(
                HttpRequest.newBuilder(uri("/v1/completions"))
                    .timeout(Duration.ofMillis(200))
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build(),
                HttpResponse.BodyHandlers.ofString()))
        .isInstanceOf(IOException.class);
    assertThat(get("/health").statusCode()).isEqualTo(200);
    pod().accident(Accidents.NONE.withDieAfter(1));
    assertThat(post("/v1/completions", body).statusCode()).isEqualTo(200);
    assertThatThrownBy(() -> post("/v1/completions", body)).isInstanceOf(IOException.class);
    assertThat(pod().alive()).isFalse();
  }

  @Test
  void anEndlessMetricsPageHasNoEnd() throws Exception {
    pod().accident(Accidents.NONE.withMetrics(Accidents.Metrics.ENDLESS, Duration.ZERO));
    HttpResponse<InputStream> answer =
        client.send(
            HttpRequest.newBuilder(uri("/metrics")).build(),
            HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream in = answer.body()) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      out.writeBytes(in.readNBytes(1 << 20));
      assertThat(out.size()).isEqualTo(1 << 20);
    }
  }

  @Test
  void aTakenPortIsNamed() {
    SimulatorOptions same =
        SimulatorOptions.defaults().withPods(1).withListen("127.0.0.1", pod().port());
    assertThatThrownBy(() -> Simulator.start(same))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(Integer.toString(pod().port()));
  }

  @Test
  void aHundredPodsFitInOneProcess() throws Exception {
    try (Simulator many =
        Simulator.start(SimulatorOptions.defaults().withPods(100).withSpeed(100))) {
      assertThat(many.pods()).hasSize(100);
      try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<Integer>> answers = new ArrayList<>();
        for (Pod each : many.pods()) {
          HttpRequest request =
              HttpRequest.newBuilder(URI.create("http://" + each.hostPort() + "/v1/completions"))
                  .POST(HttpRequest.BodyPublishers.ofString("{\"prompt\":\"x\"}"))
                  .build();
          answers.add(
              pool.submit(
                  () -> client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode()));
        }
        for (Future<Integer> answer : answers) {
          assertThat(answer.get()).isEqualTo(200);
        }
      }
      assertThat(many.pods()).allMatch(each -> each.requests().size() == 1);
    }
  }
}

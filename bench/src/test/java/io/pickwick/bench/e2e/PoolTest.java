package io.pickwick.bench.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pickwick.bench.engine.EngineSpec;
import io.pickwick.bench.envoy.AccessLogLine;
import io.pickwick.bench.envoy.BodyMode;
import io.pickwick.bench.envoy.Listener;
import io.pickwick.bench.envoy.Routing;
import io.pickwick.bench.simulate.Accidents;
import io.pickwick.bench.simulate.Pod;
import io.pickwick.bench.simulate.ReceivedRequest;
import io.pickwick.bench.simulate.Simulator;
import io.pickwick.bench.simulate.SimulatorOptions;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests through a real Envoy to simulated pods, in every set-up of the two. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PoolTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MODEL = "base";
  private static final String CHAT = "/v1/chat/completions";
  private static final List<Listener> LISTENERS =
      List.of(
          Listener.named("header", Routing.ORIGINAL_DST),
          Listener.named("override", Routing.OVERRIDE_HOST),
          Listener.named("header-unstripped", Routing.ORIGINAL_DST).withClientDestination(),
          Listener.named("buffered", Routing.OVERRIDE_HOST)
              .withBodies(BodyMode.BUFFERED, BodyMode.BUFFERED),
          Listener.named("partial", Routing.OVERRIDE_HOST)
              .withBodies(BodyMode.BUFFERED_PARTIAL, BodyMode.STREAMED),
          Listener.named("streamed", Routing.OVERRIDE_HOST)
              .withBodies(BodyMode.STREAMED, BodyMode.STREAMED),
          Listener.named("mixed", Routing.ORIGINAL_DST)
              .withBodies(BodyMode.FULL_DUPLEX_STREAMED, BodyMode.STREAMED),
          Listener.named("none", Routing.OVERRIDE_HOST).withBodies(BodyMode.NONE, BodyMode.NONE),
          Listener.named("light", Routing.OVERRIDE_HOST)
              .withBodies(BodyMode.FULL_DUPLEX_STREAMED, BodyMode.NONE),
          Listener.named("lightest", Routing.OVERRIDE_HOST)
              .withBodies(BodyMode.FULL_DUPLEX_STREAMED, BodyMode.NONE)
              .withoutResponseHeaders(),
          Listener.named("watching", Routing.OVERRIDE_HOST)
              .withBodies(BodyMode.STREAMED, BodyMode.STREAMED)
              .withObservability());

  private Simulator simulator;
  private Stage stage;

  @BeforeAll
  void start() throws Exception {
    Stage.envoyBinary();
    simulator =
        Simulator.start(
            SimulatorOptions.defaults()
                .withModel(MODEL)
                .withEngine(EngineSpec.LLAMA_8B_H100)
                .withSpeed(10));
    stage =
        Stage.start(
            simulator.pods().stream().map(Pod::hostPort).toList(),
            List.of("--decision-header"),
            LISTENERS.toArray(Listener[]::new));
  }

  @AfterAll
  void stop() {
    if (stage != null) {
      stage.close();
    }
    if (simulator != null) {
      simulator.close();
    }
  }

  @AfterEach
  void heal() {
    simulator.pods().forEach(pod -> pod.accident(Accidents.NONE));
  }

  static Stream<String> listeners() {
    return LISTENERS.stream().map(Listener::name);
  }

  @ParameterizedTest
  @MethodSource("listeners")
  void everySetUpServesAChatThatStreams(String listener) throws Exception {
    Served served = serve(listener, CHAT, chat("Tell me of " + listener, true));
    assertThat(served.response.text()).contains("data: {", "data: [DONE]");
  }

  @ParameterizedTest
  @CsvSource({
    "header, /v1/chat/completions",
    "header, /v1/completions",
    "override, /v1/chat/completions",
    "override, /v1/completions",
    "buffered, /v1/completions",
    "streamed, /v1/completions"
  })
  void bothApisServeWholeAnswers(String listener, String path) throws Exception {
    String body =
        path.equals(CHAT)
            ? chat("Not in pieces, please.", false)
            : "{\"model\":\"base\",\"prompt\":\"Once upon a time\",\"max_tokens\":5}";
    Served served = serve(listener, path, body);
    JsonNode answer = JSON.readTree(served.response.body());
    assertThat(answer.at("/usage/prompt_tokens").asInt()).isPositive();
    assertThat(answer.path("choices")).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"header", "override"})
  void completionsStream(String listener) throws Exception {
    Served served =
        serve(
            listener,
            "/v1/completions",
            "{\"model\":\"base\",\"prompt\":\"Once upon a time\",\"max_tokens\":5,\"stream\":true}");
    assertThat(served.response.text()).contains("data: {", "data: [DONE]");
  }

  @ParameterizedTest
  @MethodSource("listeners")
  void aRequestWithoutABodyIsRoutedToo(String listener) throws Exception {
    try (RawClient client = stage.client(listener)) {
      HttpWire.Message response = client.head("GET", "/v1/models", Map.of()).response();
      assertThat(response.status()).isEqualTo(200);
      assertThat(JSON.readTree(response.body()).at("/data/0/id").asText()).isEqualTo(MODEL);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"header", "override", "buffered", "streamed", "partial", "mixed"})
  void theAccessLogTellsPickAndUsage(String listener) throws Exception {
    Served served = serve(listener, CHAT, chat("How much was that?", true));
    AccessLogLine line = stage.logged(served.requestId);
    assertThat(line.code()).isEqualTo(200);
    assertThat(line.attempts()).isEqualTo(1);
    assertThat(line.pick()).startsWith(served.pod.hostPort());
    assertThat(line.upstream()).isEqualTo(served.pod.hostPort());
    ReceivedRequest received = served.received;
    assertThat(line.usage().path("input_tokens").asInt()).isEqualTo(received.promptTokens());
    assertThat(line.usage().path("output_tokens").asInt()).isEqualTo(received.outputTokens());
  }

  @Test
  void twoRoundsLandOnOnePodThatKnowsTheFirst() throws Exception {
    String context = Stage.words("context", 300);
    for (int conversation = 0; conversation < 4; conversation++) {
      String opening = conversation + " of these " + context;
      Served first = serve("override", CHAT, chat(opening, true));
      String second =
          "{\"model\":\"base\",\"messages\":[{\"role\":\"user\",\"content\":\""
              + opening
              + "\"},{\"role\":\"assistant\",\"content\":\"Indeed.\"},"
              + "{\"role\":\"user\",\"content\":\"And then?\"}],\"max_tokens\":5,\"stream\":true}";
      Served next = serve("override", CHAT, second);
      assertThat(next.pod.name()).isEqualTo(first.pod.name());
      assertThat(first.received.cachedTokens()).isLessThan(next.received.cachedTokens());
      assertThat(next.received.cachedTokens()).isGreaterThan(200);
    }
  }

  @Test
  void theReasonOfAPickIsToldWhenAsked() throws Exception {
    Served served = serve("override", CHAT, chat("Why there?", true));
    assertThat(served.response.headers().get("x-pickwick-decision")).isNotBlank();
  }

  @ParameterizedTest
  @ValueSource(strings = {"header", "header-unstripped", "override", "none", "streamed"})
  void aClientCannotChooseItsDestination(String listener) throws Exception {
    try (ServerSocket decoy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        RawClient client = stage.client(listener)) {
      String address = "127.0.0.1:" + decoy.getLocalPort();
      HttpWire.Message response =
          client.post(
              CHAT,
              chat("Let me in.", false),
              Map.of(
                  "x-gateway-destination-endpoint", address,
                  "x-gateway-destination-endpoint-subset", address));
      assertThat(response.status()).isEqualTo(200);
      assertThat(podOf(response).requests().getLast().header("x-gateway-destination-endpoint"))
          .doesNotContain(address);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "malformed            | {\"model\":\"base\",\"messages\":[}",
        "truncated            | {\"model\":\"base\",\"messages\":[{\"role\":\"us",
        "without a model      | {\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}",
        "model of a wrong type| {\"model\":5,\"messages\":[]}",
        "not an object        | [1,2]",
        "one byte             | {"
      })
  void aBadBodyIsRefusedWithTheFieldsWords(String what, String body) throws Exception {
    for (String listener : List.of("header", "override", "buffered")) {
      String requestId = Stage.newRequestId();
      try (RawClient client = stage.client(listener)) {
        HttpWire.Message response = client.post(CHAT, body, Map.of("x-request-id", requestId));
        assertThat(response.status()).as("%s at %s", what, listener).isEqualTo(400);
        assertThat(response.text()).startsWith("inference error: BadRequest - ");
        AccessLogLine line = stage.logged(requestId);
        assertThat(line.code()).isEqualTo(400);
        assertThat(line.details()).isNotBlank().doesNotContain("ext_proc_error");
        assertThat(line.upstream()).isIn("", "-");
      }
    }
    stage.awaitQuiet();
  }

  @Test
  void bytesThatAreNotUtf8AreRefused() throws Exception {
    byte[] body = chat("x?x", false).getBytes(StandardCharsets.ISO_8859_1);
    body[new String(body, StandardCharsets.ISO_8859_1).indexOf('?')] = (byte) 0xff;
    try (RawClient client = stage.client("header")) {
      assertThat(client.post(CHAT, body, Map.of()).status()).isEqualTo(400);
    }
  }

  @Test
  void aDepthBombIsRefusedAndNobodyIsHurt() throws Exception {
    String body = "{\"model\":\"base\",\"messages\":" + "[".repeat(500_000);
    try (RawClient client = stage.client("header")) {
      assertThat(client.post(CHAT, body, Map.of()).status()).isEqualTo(400);
    }
    serve("header", CHAT, chat("Still there?", false));
  }

  @Test
  void anUnknownPathIsTheModelServersBusiness() throws Exception {
    try (RawClient client = stage.client("header")) {
      HttpWire.Message response = client.post("/v9/unheard-of", "{\"a\":1}", Map.of());
      assertThat(response.status()).isEqualTo(404);
      assertThat(response.text()).contains("Not Found");
    }
  }

  @Test
  void aClientThatLeavesWhileUploadingHoldsNothing() throws Exception {
    try (RawClient client = stage.client("header")) {
      client
          .head(
              "POST", CHAT, Map.of("content-length", "100000", "content-type", "application/json"))
          .bytes(chat("half of it", true).getBytes(StandardCharsets.UTF_8));
    }
    stage.awaitQuiet();
    serve("header", CHAT, chat("And the next?", true));
  }

  @ParameterizedTest
  @ValueSource(strings = {"header", "override", "streamed", "buffered"})
  void aClientThatLeavesBeforeTheAnswerHoldsNothing(String listener) throws Exception {
    simulator.pods().forEach(pod -> pod.accident(Accidents.NONE.withHang(true)));
    try (RawClient client = stage.client(listener)) {
      String body = chat("Never answered.", true);
      client
          .head(
              "POST",
              CHAT,
              Map.of(
                  "content-length",
                  Integer.toString(body.length()),
                  "content-type",
                  "application/json"))
          .bytes(body.getBytes(StandardCharsets.UTF_8));
      Stage.await(
          "a running request at the picker",
          () -> stage.pickwick.metric("inference_objective_running_requests") > 0);
    }
    stage.awaitQuiet();
  }

  @ParameterizedTest
  @ValueSource(strings = {"header", "override", "streamed", "mixed"})
  void aClientThatLeavesMidStreamHoldsNothing(String listener) throws Exception {
    try (RawClient client = stage.client(listener)) {
      String body =
          "{\"model\":\"base\",\"messages\":[{\"role\":\"user\",\"content\":\"Go on.\"}],"
              + "\"max_tokens\":20000,\"ignore_eos\":true,\"stream\":true}";
      client
          .head(
              "POST",
              CHAT,
              Map.of(
                  "content-length",
                  Integer.toString(body.length()),
                  "content-type",
                  "application/json"))
          .bytes(body.getBytes(StandardCharsets.UTF_8))
          .skipTo("data: {");
      client.skipTo("data: {");
      assertThat(stage.pickwick.metric("inference_objective_running_requests")).isPositive();
    }
    stage.awaitQuiet();
    Stage.await(
        "the engines are idle",
        () -> simulator.pods().stream().allMatch(pod -> pod.running() + pod.waiting() == 0));
  }

  @Test
  void aPodThatAnswersWithAnErrorIsPassedOnAndReleased() throws Exception {
    simulator.pods().forEach(pod -> pod.accident(Accidents.NONE.withFailRate(1)));
    try (RawClient client = stage.client("header")) {
      assertThat(client.post(CHAT, chat("Fail!", true), Map.of()).status()).isEqualTo(500);
    }
    stage.awaitQuiet();
  }

  @Test
  void aBurstSpreadsAndAllOfItIsServed() throws Exception {
    simulator.pods().forEach(Pod::clearRequests);
    List<Thread> threads =
        Stream.iterate(0, i -> i + 1)
            .limit(60)
            .map(i ->
                Thread.ofVirtual()
                    .start(() -> {
                      try {
                        serve("override", CHAT, chat(i + " " + Stage.words("w" + i, 200), true));
                      } catch (Exception e) {
                        throw new AssertionError(e);
                      }
                    }))
            .toList();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(simulator.pods())
        .allSatisfy(pod -> assertThat(pod.requests()).hasSizeBetween(10, 30));
    assertThat(simulator.pods().stream().mapToInt(pod -> pod.requests().size()).sum())
        .isEqualTo(60);
    stage.awaitQuiet();
  }

  private record Served(
      HttpWire.Message response, Pod pod, ReceivedRequest received, String requestId) {}

  /** Sends a request and holds what the pod saw of it against what was sent. */
  private Served serve(String listener, String path, String body) throws Exception {
    String requestId = Stage.newRequestId();
    try (RawClient client = stage.client(listener)) {
      HttpWire.Message response = client.post(path, body, Map.of("x-request-id", requestId));
      assertThat(response.status()).as(response.text()).isEqualTo(200);
      Pod pod = podOf(response);
      ReceivedRequest received =
          pod.requests().stream()
              .filter(request -> request.header("x-request-id").equals(requestId))
              .findFirst()
              .orElseThrow();
      assertThat(received.bodyBytes()).isEqualTo(body.length());
      assertThat(received.bodySha256())
          .isEqualTo(
              HexFormat.of()
                  .formatHex(
                      MessageDigest.getInstance("SHA-256")
                          .digest(body.getBytes(StandardCharsets.UTF_8))));
      return new Served(response, pod, received, requestId);
    }
  }

  private Pod podOf(HttpWire.Message response) {
    String name = response.headers().get("x-pod");
    return simulator.pods().stream()
        .filter(pod -> pod.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no pod " + name));
  }

  private static String chat(String text, boolean stream) {
    return "{\"model\":\"base\",\"messages\":[{\"role\":\"user\",\"content\":\""
        + text
        + "\"}],\"max_tokens\":5,\"stream\":"
        + stream
        + (stream ? ",\"stream_options\":{\"include_usage\":true}}" : "}");
  }
}

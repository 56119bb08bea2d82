package io.pickwick.bench.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.bench.envoy.BodyMode;
import io.pickwick.bench.envoy.Listener;
import io.pickwick.bench.envoy.Routing;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** No byte is lost, added or moved on its way to the pod and back. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BytesTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final List<Listener> LISTENERS =
      List.of(
          Listener.named("duplex", Routing.ORIGINAL_DST),
          Listener.named("override", Routing.OVERRIDE_HOST),
          Listener.named("buffered", Routing.OVERRIDE_HOST)
              .withBodies(BodyMode.BUFFERED, BodyMode.BUFFERED)
              .withBufferLimit(16 << 20),
          Listener.named("streamed", Routing.OVERRIDE_HOST)
              .withBodies(BodyMode.STREAMED, BodyMode.STREAMED),
          Listener.named("partial", Routing.ORIGINAL_DST)
              .withBodies(BodyMode.BUFFERED_PARTIAL, BodyMode.BUFFERED_PARTIAL)
              .withBufferLimit(65_536),
          Listener.named("none", Routing.OVERRIDE_HOST).withBodies(BodyMode.NONE, BodyMode.NONE),
          Listener.named("light", Routing.ORIGINAL_DST)
              .withBodies(BodyMode.FULL_DUPLEX_STREAMED, BodyMode.NONE),
          Listener.named("mixed", Routing.ORIGINAL_DST)
              .withBodies(BodyMode.FULL_DUPLEX_STREAMED, BodyMode.STREAMED));

  private EchoPod pod;
  private Stage stage;

  @BeforeAll
  void start() throws Exception {
    pod = EchoPod.start();
    stage = Stage.start(List.of(pod.hostPort()), List.of(), LISTENERS.toArray(Listener[]::new));
  }

  @AfterAll
  void stop() throws Exception {
    if (stage != null) {
      stage.close();
    }
    if (pod != null) {
      pod.close();
    }
  }

  static Stream<Arguments> sizes() {
    return LISTENERS.stream()
        .flatMap(listener ->
            IntStream.of(64, 1000, 61_999, 62_001, 65_536, 300_000, 10_000_000)
                .mapToObj(size -> Arguments.of(listener.name(), size)));
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void aBodyOfKnownLengthComesBackAsItWent(String listener, int size) throws Exception {
    byte[] body = chat(size, size);
    try (RawClient client = stage.client(listener)) {
      HttpWire.Message response =
          client.post(CHAT, body, Map.of("x-piece", Integer.toString(1 + size / 7)));
      assertThat(response.status()).isEqualTo(200);
      HttpWire.assertSame(response, body);
    }
    stage.awaitQuiet();
  }

  static Stream<String> listeners() {
    return LISTENERS.stream().map(Listener::name);
  }

  @ParameterizedTest
  @MethodSource("listeners")
  void aBodyInChunksOfOneByteComesBackInChunksOfOneByte(String listener) throws Exception {
    byte[] body = chat(2_000, 3);
    try (RawClient client = stage.client(listener)) {
      HttpWire.Message response =
          client
              .head(
                  "POST",
                  CHAT,
                  Map.of(
                      "transfer-encoding", "chunked",
                      "content-type", "application/json",
                      "x-piece", "1"))
              .chunked(body, 1, Map.of())
              .response();
      assertThat(response.status()).isEqualTo(200);
      HttpWire.assertSame(response, body);
    }
  }

  /**
   * Not with a retry policy where Envoy does not hold the whole body: there Envoy sends a body with
   * trailers twice (envoyproxy/envoy#45470, #46095).
   */
  @ParameterizedTest
  @ValueSource(strings = {"duplex", "buffered", "streamed", "partial", "none", "light", "mixed"})
  void trailersPassBothWays(String listener) throws Exception {
    byte[] body = chat(5_000, 4);
    try (RawClient client = stage.client(listener)) {
      HttpWire.Message response =
          client
              .head(
                  "POST",
                  CHAT,
                  Map.of(
                      "transfer-encoding", "chunked",
                      "te", "trailers",
                      "content-type", "application/json"))
              .chunked(body, 700, Map.of("x-checksum", "42"))
              .response();
      assertThat(response.status()).isEqualTo(200);
      HttpWire.assertSame(response, body);
      assertThat(response.trailers()).containsEntry("x-checksum", "42");
    }
  }

  @ParameterizedTest
  @MethodSource("listeners")
  void aBodyOfOneByteOnAnUnknownPathPassesThrough(String listener) throws Exception {
    try (RawClient client = stage.client(listener)) {
      HttpWire.Message response = client.post("/whatever", "x", Map.of());
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.text()).isEqualTo("x");
    }
  }

  @Test
  void manyRequestsOnOneConnectionKeepApart() throws Exception {
    try (RawClient client = stage.client("duplex")) {
      for (int i = 0; i < 50; i++) {
        byte[] body = chat(100 + 37 * i, i);
        HttpWire.assertSame(client.post(CHAT, body, Map.of()), body);
      }
    }
  }

  @Test
  void aPodThatBreaksOffMidStreamLeavesNothingBehind() throws Exception {
    byte[] body = chat(200_000, 5);
    try (RawClient client = stage.client("duplex")) {
      client.head(
          "POST",
          CHAT,
          Map.of(
              "content-length", Integer.toString(body.length),
              "content-type", "text/event-stream",
              "connection", "close",
              "x-piece", "1000",
              "x-break-after", "20000"));
      client.bytes(body);
      assertThat(client.rest())
          .as("cut off, or Envoy's 502 when it had sent nothing yet")
          .satisfiesAnyOf(
              rest -> assertThat(rest).doesNotEndWith(HttpWire.LAST_CHUNK),
              rest -> assertThat(rest).startsWith("HTTP/1.1 502"));
    }
    stage.awaitQuiet();
  }

  /** A chat completion of exactly the given size, with text that needs escapes. */
  private static byte[] chat(int size, int seed) {
    String head = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"";
    String tail = "\"}]}";
    StringBuilder text = new StringBuilder(head);
    Random random = new Random(seed);
    List<String> bits = List.of("word ", "\\n", "\\u00e9", "é", "😀", "\\\"", "x", " ");
    int left = size - head.length() - tail.length();
    while (left > 0) {
      String bit = bits.get(random.nextInt(bits.size()));
      int bytes = bit.getBytes(StandardCharsets.UTF_8).length;
      if (bytes > left) {
        bit = "x";
        bytes = 1;
      }
      text.append(bit);
      left -= bytes;
    }
    byte[] body = text.append(tail).toString().getBytes(StandardCharsets.UTF_8);
    assertThat(body).as("seed %d", seed).hasSize(Math.max(size, head.length() + tail.length()));
    return body;
  }
}

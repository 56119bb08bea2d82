package io.pickwick.epp.extproc;

import static io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode.FULL_DUPLEX_STREAMED;
import static org.assertj.core.api.Assertions.assertThat;

import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.service.ext_proc.v3.HeaderMutation;
import io.envoyproxy.envoy.service.ext_proc.v3.ImmediateResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingResponse;
import io.pickwick.epp.decide.Exchange;
import io.pickwick.epp.extproc.wire.Protocol;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Full duplex both ways, as the endpoint picker protocol asks for it. */
class DuplexTest {
  private static final String CHAT = "/v1/chat/completions";

  private Picker picker = new Picker();

  @AfterEach
  void stop() {
    picker.close();
  }

  private void restart(ExtProcConfig config) {
    picker.close();
    picker = new Picker(config);
  }

  private static ProcessingRequest.Builder post(String path, String... more) {
    return FakeProxy.post(path, FULL_DUPLEX_STREAMED, FULL_DUPLEX_STREAMED, more);
  }

  private static byte[] chat(int length) {
    String head = "{\"model\":\"llama\",\"messages\":[{\"role\":\"user\",\"content\":\"";
    String tail = "\"}]}";
    return (head + "x".repeat(Math.max(0, length - head.length() - tail.length())) + tail)
        .getBytes(StandardCharsets.UTF_8);
  }

  private static void assertPicked(ProcessingResponse answer) {
    HeaderMutation mutation = answer.getRequestHeaders().getResponse().getHeaderMutation();
    assertThat(mutation.getSetHeadersList())
        .extracting(HeaderValueOption::getHeader)
        .filteredOn(header -> header.getKey().equals(Protocol.DESTINATION))
        .extracting(header -> header.getRawValue().toStringUtf8())
        .containsExactly(RecordingDecider.ENDPOINT);
    assertThat(mutation.getRemoveHeadersList()).containsAll(Protocol.CONTROL_HEADERS);
    assertThat(answer.getRequestHeaders().getResponse().getClearRouteCache()).isTrue();
    assertThat(
            answer
                .getDynamicMetadata()
                .getFieldsOrThrow("envoy.lb")
                .getStructValue()
                .getFieldsOrThrow(Protocol.DESTINATION)
                .getStringValue())
        .isEqualTo(RecordingDecider.ENDPOINT);
  }

  /** The four ways in which a body can end. */
  enum Ending {
    ON_A_CHUNK,
    ON_AN_EMPTY_CHUNK,
    TWICE,
    BY_TRAILERS
  }

  private static void sendRequest(FakeProxy.Stream stream, byte[] body, int cut, Ending ending) {
    int at = 0;
    while (at < body.length) {
      int size = Math.min(cut, body.length - at);
      boolean last = at + size == body.length;
      boolean end = last && (ending == Ending.ON_A_CHUNK || ending == Ending.TWICE);
      stream.send(FakeProxy.requestBody(Arrays.copyOfRange(body, at, at + size), end));
      at += size;
    }
    switch (ending) {
      case ON_A_CHUNK -> {}
      case ON_AN_EMPTY_CHUNK, TWICE -> stream.send(FakeProxy.requestBody(new byte[0], true));
      case BY_TRAILERS -> stream.send(FakeProxy.requestTrailers());
    }
  }

  @ParameterizedTest
  @EnumSource(Ending.class)
  void aBodyIsHeldThenPickedThenSentBack(Ending ending) {
    byte[] body = chat(5_000);
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(post(CHAT));
    sendRequest(stream, body, 700, ending);
    assertPicked(stream.next());
    FakeProxy.Echo echo = stream.echo(false);
    assertThat(echo.bytes()).isEqualTo(body);
    assertThat(echo.trailers()).isEqualTo(ending == Ending.BY_TRAILERS);
    assertThat(picker.decider.inquiries)
        .singleElement()
        .satisfies(inquiry -> {
          assertThat(inquiry.facts().model()).isEqualTo("llama");
          assertThat(inquiry.facts().bytes()).isEqualTo(body.length);
          assertThat(inquiry.requestId()).isEqualTo("req-1");
          assertThat(inquiry.detached()).isFalse();
          assertThat(inquiry.subset()).isEmpty();
        });

    stream.send(FakeProxy.responseHeaders(false, "content-type", "application/json"));
    assertThat(stream.next().hasResponseHeaders()).isTrue();
    byte[] reply = "{\"choices\":[]}".getBytes(StandardCharsets.UTF_8);
    stream.send(FakeProxy.responseBody(reply, false));
    switch (ending) {
      case ON_A_CHUNK, ON_AN_EMPTY_CHUNK -> stream.send(FakeProxy.responseBody(new byte[0], true));
      case TWICE ->
          stream
              .send(FakeProxy.responseBody(new byte[0], true))
              .send(FakeProxy.responseBody(new byte[0], true));
      case BY_TRAILERS -> stream.send(FakeProxy.responseTrailers());
    }
    FakeProxy.Echo answer = stream.echo(true);
    assertThat(answer.bytes()).isEqualTo(reply);
    assertThat(answer.trailers()).isEqualTo(ending == Ending.BY_TRAILERS);
    stream.halfClose();
    assertThat(stream.end().isOk()).isTrue();
    assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.COMPLETED);
    assertThat(picker.decider.ends).isEmpty();
    assertThat(picker.server.heldBytes()).isZero();
  }

  @Test
  void endOfStreamOnHeadersRoutesAtOnceAndHonoursTheSubset() {
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(
        FakeProxy.configured(
            FakeProxy.headers(true, ":method", "GET", ":path", "/v1/models"),
            FULL_DUPLEX_STREAMED,
            FULL_DUPLEX_STREAMED));
    ProcessingResponse answer = stream.next();
    assertPicked(answer);
    assertThat(answer.getRequestHeaders().getResponse().getHeaderMutation().getSetHeadersList())
        .extracting(set -> set.getHeader().getKey())
        .contains("x-request-id");
    assertThat(picker.decider.inquiries)
        .singleElement()
        .satisfies(inquiry ->
            assertThat(inquiry.requestId())
                .matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
    stream.send(FakeProxy.responseHeaders(true));
    assertThat(stream.next().hasResponseHeaders()).isTrue();
    stream.cancel();
    assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.COMPLETED);
  }

  @Test
  void aBodyThatIsNotReadIsNotHeld() {
    byte[] audio = new byte[150_000];
    new Random(1).nextBytes(audio);
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(post("/v1/audio/transcriptions", "content-length", "150000"));
    assertPicked(stream.next());
    assertThat(picker.decider.inquiries.getFirst().facts().bytes()).isEqualTo(150_000);
    stream.send(FakeProxy.requestBody(audio, true));
    FakeProxy.Echo echo = stream.echo(false);
    assertThat(echo.bytes()).isEqualTo(audio);
    assertThat(echo.longest()).isEqualTo(ProcessStream.PIECE);
    assertThat(echo.pieces()).isEqualTo(3);
    stream.cancel();
    assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.CANCELLED);
  }

  @Test
  void oneByteChunksComeBackWhole() {
    byte[] body = chat(20_000);
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(post(CHAT));
    sendRequest(stream, body, 1, Ending.ON_AN_EMPTY_CHUNK);
    assertPicked(stream.next());
    FakeProxy.Echo echo = stream.echo(false);
    assertThat(echo.bytes()).isEqualTo(body);
    assertThat(echo.pieces()).isLessThan(10);
    stream.cancel();
  }

  @ParameterizedTest
  @ValueSource(ints = {61_999, 62_000, 62_001, 124_000, 124_001, 10_000_000})
  void longBodiesComeBackInPieces(int length) {
    byte[] body = chat(length);
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(post(CHAT));
    sendRequest(stream, body, 1 << 20, Ending.ON_AN_EMPTY_CHUNK);
    assertPicked(stream.next());
    FakeProxy.Echo echo = stream.echo(false);
    assertThat(echo.bytes()).isEqualTo(body);
    assertThat(echo.longest()).isLessThanOrEqualTo(ProcessStream.PIECE);
    stream.cancel();
    Waiting.until("all bytes given back", () -> picker.server.heldBytes() == 0);
  }

  @Test
  void anyCutOfAnyBodyComesBackByteForByte() {
    long seed = 42;
    Random random = new Random(seed);
    for (int round = 0; round < 60; round++) {
      byte[] body = chat(100 + random.nextInt(round % 10 == 0 ? 300_000 : 5_000));
      FakeProxy.Stream stream = picker.proxy.open();
      stream.send(post(CHAT));
      int at = 0;
      while (at < body.length) {
        int most = random.nextInt(4) == 0 ? 100_000 : 1 + random.nextInt(3_000);
        int size = Math.min(random.nextInt(most), body.length - at);
        stream.send(FakeProxy.requestBody(Arrays.copyOfRange(body, at, at + size), false));
        at += size;
      }
      stream.send(FakeProxy.requestBody(new byte[0], true));
      assertPicked(stream.next());
      assertThat(stream.echo(false).bytes()).as("seed %s round %s", seed, round).isEqualTo(body);
      stream.send(FakeProxy.responseHeaders(false));
      assertThat(stream.next().hasResponseHeaders()).isTrue();
      byte[] reply = new byte[random.nextInt(200_000)];
      random.nextBytes(reply);
      int sent = 0;
      while (sent < reply.length) {
        int size = Math.min(random.nextInt(90_000), reply.length - sent);
        stream.send(FakeProxy.responseBody(Arrays.copyOfRange(reply, sent, sent + size), false));
        sent += size;
      }
      stream.send(FakeProxy.responseBody(new byte[0], true));
      FakeProxy.Echo echo = stream.echo(true);
      assertThat(echo.bytes()).as("seed %s round %s", seed, round).isEqualTo(reply);
      assertThat(echo.longest()).isLessThanOrEqualTo(ProcessStream.PIECE);
      stream.cancel();
      assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.COMPLETED);
    }
  }

  @Test
  void aBodyOverTheCapIsRefused() {
    restart(Picker.config(1_000_000, 512L << 20, Duration.ofSeconds(30)));
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(post(CHAT));
    sendRequest(stream, chat(1_500_000), 100_000, Ending.ON_A_CHUNK);
    ImmediateResponse refusal = stream.refusal();
    assertThat(refusal.getStatus().getCodeValue()).isEqualTo(413);
    assertThat(refusal.getDetails()).isEqualTo("pickwick_body_too_large");
    assertThat(refusal.getBody().toStringUtf8())
        .startsWith("inference error: PayloadTooLarge - ")
        .contains("1000000");
    stream.cancel();
    Waiting.until("stream ended", () -> picker.server.streams() == 0);
    assertThat(picker.server.heldBytes()).isZero();
    assertThat(picker.decider.inquiries).isEmpty();
    assertThat(picker.decider.refusals).hasSize(1);
  }

  @Test
  void aHundredMegabytesAreRefusedByTheirContentLength() {
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(post(CHAT, "content-length", "100000000"));
    assertThat(stream.refusal().getStatus().getCodeValue()).isEqualTo(413);
    stream.cancel();
  }

  @Test
  void aHundredMegabytesWithoutContentLengthAreRefusedAtTheCap() {
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(post(CHAT));
    byte[] chunk = chat(1 << 20);
    for (int i = 0; i < 100; i++) {
      stream.send(FakeProxy.requestBody(chunk, false));
    }
    assertThat(stream.refusal().getStatus().getCodeValue()).isIn(400, 413);
    stream.cancel();
    Waiting.until("stream ended", () -> picker.server.streams() == 0);
    assertThat(picker.server.heldBytes()).isZero();
  }

  @Test
  void allBodiesTogetherHaveALimit() {
    restart(Picker.config(1_000_000, 1_500_000, Duration.ofSeconds(30)));
    FakeProxy.Stream first = picker.proxy.open();
    first.send(post(CHAT)).send(FakeProxy.requestBody(chat(900_000), false));
    Waiting.until("first is held", () -> picker.server.heldBytes() > 900_000);
    FakeProxy.Stream second = picker.proxy.open();
    second.send(post(CHAT)).send(FakeProxy.requestBody(chat(900_000), false));
    ImmediateResponse refusal = second.refusal();
    assertThat(refusal.getStatus().getCodeValue()).isEqualTo(503);
    assertThat(refusal.getDetails()).isEqualTo("pickwick_held_bytes_limit");
    assertThat(refusal.getHeaders().getSetHeadersList())
        .extracting(set -> set.getHeader().getKey())
        .contains("retry-after");
    first.cancel();
    second.cancel();
    Waiting.until("all bytes given back", () -> picker.server.heldBytes() == 0);
  }

  @Test
  void aMalformedBodyIsRefusedAtItsEnd() {
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(post(CHAT));
    stream.send(FakeProxy.requestBody("{]".getBytes(StandardCharsets.UTF_8), false));
    stream.send(FakeProxy.requestBody(new byte[1000], false));
    stream.send(FakeProxy.requestBody(new byte[0], true));
    ImmediateResponse refusal = stream.refusal();
    assertThat(refusal.getStatus().getCodeValue()).isEqualTo(400);
    assertThat(refusal.getBody().toStringUtf8()).startsWith("inference error: BadRequest - ");
    assertThat(refusal.getDetails()).isEqualTo("pickwick_malformed_body");
    stream.cancel();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void reportsOfWhatIsStoredAreNotAskedForWhereEventsAreFollowed(boolean followed) {
    RecordingDecider.Recorded exchange = picker.decider.new Recorded(Optional.of("llama-lora-7"));
    exchange.quiet = followed;
    picker.decider.verdict = inquiry -> picker.decider.route(exchange);
    String body =
        "{\"vllm_xargs\":{\"kv_cache_report_mode\":\"f\\u0075ll\",\"a\":1},\"model\":\"llama\",\"messages\":[]}";
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(post(CHAT));
    sendRequest(stream, body.getBytes(StandardCharsets.UTF_8), 7, Ending.ON_A_CHUNK);
    assertPicked(stream.next());
    String sent = body.replace("\"llama\"", "\"llama-lora-7\"");
    assertThat(new String(stream.echo(false).bytes(), StandardCharsets.UTF_8))
        .isEqualTo(followed ? sent.replace("\"f\\u0075ll\"", "\"none\"") : sent);
    stream.cancel();
  }

  @Test
  void theModelIsRewrittenAndPutBack() {
    picker.decider.verdict =
        inquiry -> picker.decider.route(picker.decider.new Recorded(Optional.of("llama-lora-7")));
    byte[] body = chat(2_000);
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(post(CHAT));
    sendRequest(stream, body, 9, Ending.ON_A_CHUNK);
    assertPicked(stream.next());
    assertThat(new String(stream.echo(false).bytes(), StandardCharsets.UTF_8))
        .isEqualTo(
            new String(body, StandardCharsets.UTF_8).replace("\"llama\"", "\"llama-lora-7\""));
    stream.send(FakeProxy.responseHeaders(false, "content-type", "application/json"));
    assertThat(stream.next().hasResponseHeaders()).isTrue();
    String reply = "{\"model\":\"llama-lora-7\",\"choices\":[]}";
    for (byte b : reply.getBytes(StandardCharsets.UTF_8)) {
      stream.send(FakeProxy.responseBody(new byte[] {b}, false));
    }
    stream.send(FakeProxy.responseBody(new byte[0], true));
    assertThat(new String(stream.echo(true).bytes(), StandardCharsets.UTF_8))
        .isEqualTo("{\"model\":\"llama\",\"choices\":[]}");
    stream.cancel();
  }

  @Test
  void usageAndFirstTokenAreTold() {
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(post(CHAT)).send(FakeProxy.requestBody(chat(300), true));
    assertPicked(stream.next());
    assertThat(stream.echo(false).bytes()).hasSize(300);
    stream.send(
        FakeProxy.responseHeaders(
            false, "content-type", "application/json", "x-envoy-upstream-service-time", "5"));
    assertThat(stream.next().hasResponseHeaders()).isTrue();
    String reply =
        "{\"choices\":[{\"message\":{\"content\":\"hi\"}}],\"usage\":{\"prompt_tokens\":11,"
            + "\"completion_tokens\":3,\"total_tokens\":14}}";
    stream.send(FakeProxy.responseBody(reply.getBytes(StandardCharsets.UTF_8), true));
    FakeProxy.Echo echo = stream.echo(true);
    var usage = echo.last().getDynamicMetadata().getFieldsOrThrow("epp.usage").getStructValue();
    assertThat(usage.getFieldsOrThrow("input_tokens").getNumberValue()).isEqualTo(11);
    assertThat(usage.getFieldsOrThrow("output_tokens").getNumberValue()).isEqualTo(3);
    assertThat(usage.getFieldsOrThrow("model").getStringValue()).isEqualTo("llama");
    assertThat(usage.getFieldsOrThrow("endpoint").getStringValue())
        .isEqualTo(RecordingDecider.ENDPOINT);
    stream.cancel();
    assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.COMPLETED);
    assertThat(picker.decider.exchanges.getFirst().told)
        .containsExactly(
            "headers 200  SERVER",
            "first token",
            "11 in 3 out",
            reply.length() + " bytes",
            "COMPLETED");
  }

  @Test
  void aMeterThatFailsDoesNotStopTheResponse() {
    picker.decider.verdict =
        inquiry -> {
          RecordingDecider.Recorded exchange = picker.decider.new Recorded(Optional.empty());
          exchange.failing = true;
          return picker.decider.route(exchange);
        };
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(post(CHAT)).send(FakeProxy.requestBody(chat(300), true));
    assertPicked(stream.next());
    assertThat(stream.echo(false).bytes()).hasSize(300);
    stream.send(FakeProxy.responseHeaders(false));
    assertThat(stream.next().hasResponseHeaders()).isTrue();
    stream.send(FakeProxy.responseBody(new byte[7], true));
    assertThat(stream.echo(true).bytes()).hasSize(7);
    stream.cancel();
    assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.COMPLETED);
  }
}

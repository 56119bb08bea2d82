package io.pickwick.epp.extproc;

import static io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode.BUFFERED;
import static io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode.BUFFERED_PARTIAL;
import static io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode.FULL_DUPLEX_STREAMED;
import static io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode.NONE;
import static io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode.STREAMED;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode;
import io.envoyproxy.envoy.service.ext_proc.v3.CommonResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.ImmediateResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingResponse;
import io.pickwick.epp.decide.Exchange;
import io.pickwick.epp.decide.Verdict;
import io.pickwick.epp.extproc.wire.Protocol;
import io.pickwick.epp.request.Api;
import io.pickwick.epp.request.RequestHeaders;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The body modes beside full duplex, each direction on its own. */
class BodyModesTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final byte[] BODY =
      "{\"model\":\"llama\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}"
          .getBytes(StandardCharsets.UTF_8);

  private final Picker picker = new Picker();

  @AfterEach
  void stop() {
    picker.close();
  }

  private static List<String> destinations(CommonResponse response) {
    return response.getHeaderMutation().getSetHeadersList().stream()
        .map(HeaderValueOption::getHeader)
        .filter(header -> header.getKey().equals(Protocol.DESTINATION))
        .map(header -> header.getRawValue().toStringUtf8())
        .toList();
  }

  private static void assertPickedByHeaders(ProcessingResponse answer) {
    assertThat(destinations(answer.getRequestHeaders().getResponse()))
        .containsExactly(RecordingDecider.ENDPOINT);
  }

  private static void assertPickedByBody(ProcessingResponse answer) {
    assertThat(destinations(answer.getRequestBody().getResponse()))
        .containsExactly(RecordingDecider.ENDPOINT);
    assertThat(answer.getDynamicMetadata().containsFields("envoy.lb")).isTrue();
  }

  @Test
  void bufferedAnswersHeadersAtOnceAndPicksWithTheBody() {
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(FakeProxy.post(CHAT, BUFFERED, BUFFERED));
    CommonResponse headers = stream.next().getRequestHeaders().getResponse();
    assertThat(destinations(headers)).isEmpty();
    assertThat(headers.getHeaderMutation().getRemoveHeadersList())
        .containsAll(Protocol.CONTROL_HEADERS);
    assertThat(headers.getClearRouteCache()).isTrue();
    stream.send(FakeProxy.requestBody(BODY, true));
    ProcessingResponse answer = stream.next();
    assertPickedByBody(answer);
    assertThat(answer.getRequestBody().getResponse().hasBodyMutation()).isFalse();
    assertThat(picker.decider.inquiries.getFirst().facts().model()).isEqualTo("llama");
    stream.send(FakeProxy.responseHeaders(false));
    assertThat(stream.next().hasResponseHeaders()).isTrue();
    stream.send(FakeProxy.responseBody(new byte[10], true));
    ProcessingResponse body = stream.next();
    assertThat(body.hasResponseBody()).isTrue();
    assertThat(body.getResponseBody().getResponse().hasBodyMutation()).isFalse();
    stream.cancel();
    assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.COMPLETED);
  }

  @Test
  void bufferedRewritesWithTheExactLength() {
    picker.decider.verdict =
        inquiry -> picker.decider.route(picker.decider.new Recorded(Optional.of("tuned")));
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(FakeProxy.post(CHAT, BUFFERED, NONE));
    assertThat(stream.next().hasRequestHeaders()).isTrue();
    stream.send(FakeProxy.requestBody(BODY, true));
    ProcessingResponse answer = stream.next();
    assertPickedByBody(answer);
    CommonResponse response = answer.getRequestBody().getResponse();
    String changed = response.getBodyMutation().getBody().toStringUtf8();
    assertThat(changed)
        .isEqualTo(new String(BODY, StandardCharsets.UTF_8).replace("llama", "tuned"));
    assertThat(response.getHeaderMutation().getSetHeadersList())
        .filteredOn(set -> set.getHeader().getKey().equals("content-length"))
        .extracting(set -> set.getHeader().getRawValue().toStringUtf8())
        .containsExactly(Integer.toString(changed.length()));
    stream.cancel();
  }

  @Test
  void bufferedReportsOfWhatIsStoredAreNotAskedForWhereEventsAreFollowed() {
    RecordingDecider.Recorded exchange = picker.decider.new Recorded(Optional.empty());
    exchange.quiet = true;
    picker.decider.verdict = inquiry -> picker.decider.route(exchange);
    String body =
        "{\"model\":\"llama\",\"vllm_xargs\":{\"kv_cache_report_mode\":\"full\"},\"messages\":[]}";
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(FakeProxy.post(CHAT, BUFFERED, NONE));
    assertThat(stream.next().hasRequestHeaders()).isTrue();
    stream.send(FakeProxy.requestBody(body.getBytes(StandardCharsets.UTF_8), true));
    CommonResponse response = stream.next().getRequestBody().getResponse();
    assertThat(response.getBodyMutation().getBody().toStringUtf8())
        .isEqualTo(body.replace("\"full\"", "\"none\""));
    stream.cancel();
  }

  @Test
  void bufferedRefusesAMalformedBody() {
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(FakeProxy.post(CHAT, BUFFERED, NONE));
    assertThat(stream.next().hasRequestHeaders()).isTrue();
    stream.send(FakeProxy.requestBody("{\"model\":".getBytes(StandardCharsets.UTF_8), true));
    ImmediateResponse refusal = stream.refusal();
    assertThat(refusal.getStatus().getCodeValue()).isEqualTo(400);
    assertThat(refusal.getDetails()).isEqualTo("pickwick_malformed_body");
    stream.cancel();
  }

  @Test
  void bufferedTrailersWithoutABodyAreRefusedAndAfterOneArePassed() {
    FakeProxy.Stream empty = picker.proxy.open();
    empty.send(FakeProxy.post(CHAT, BUFFERED, NONE));
    assertThat(empty.next().hasRequestHeaders()).isTrue();
    empty.send(FakeProxy.requestTrailers());
    assertThat(empty.refusal().getStatus().getCodeValue()).isEqualTo(400);
    empty.cancel();
    FakeProxy.Stream full = picker.proxy.open();
    full.send(FakeProxy.post(CHAT, BUFFERED, NONE));
    assertThat(full.next().hasRequestHeaders()).isTrue();
    full.send(FakeProxy.requestBody(BODY, false));
    assertPickedByBody(full.next());
    full.send(FakeProxy.requestTrailers());
    assertThat(full.next().hasRequestTrailers()).isTrue();
    full.cancel();
  }

  @Test
  void partialUsesWhatStandsBeforeTheCut() {
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(FakeProxy.post(CHAT, BUFFERED_PARTIAL, NONE));
    assertThat(stream.next().hasRequestHeaders()).isTrue();
    stream.send(FakeProxy.requestBody(java.util.Arrays.copyOf(BODY, 40), false));
    assertPickedByBody(stream.next());
    stream.cancel();
    assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.DETACHED);
  }

  @Test
  void streamedPicksByHeadersAndAnswersEachChunkEmpty() {
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(FakeProxy.post(CHAT, STREAMED, STREAMED));
    assertPickedByHeaders(stream.next());
    for (int i = 0; i < 3; i++) {
      stream.send(FakeProxy.requestBody(BODY, i == 2));
      ProcessingResponse answer = stream.next();
      assertThat(answer.hasRequestBody()).isTrue();
      assertThat(answer.getRequestBody().getResponse().hasBodyMutation()).isFalse();
    }
    stream.send(FakeProxy.requestTrailers());
    assertThat(stream.next().hasRequestTrailers()).isTrue();
    stream.send(FakeProxy.responseHeaders(false));
    assertThat(stream.next().hasResponseHeaders()).isTrue();
    stream.send(FakeProxy.responseBody(BODY, false));
    assertThat(stream.next().hasResponseBody()).isTrue();
    stream.send(FakeProxy.responseTrailers());
    assertThat(stream.next().hasResponseTrailers()).isTrue();
    stream.cancel();
    assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.COMPLETED);
    assertThat(picker.decider.inquiries.getFirst().facts().api()).isEqualTo(Api.PASSTHROUGH);
  }

  @Test
  void withoutARequestBodyTheHeadersDecide() {
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(FakeProxy.post(CHAT, NONE, FULL_DUPLEX_STREAMED));
    assertPickedByHeaders(stream.next());
    assertThat(picker.decider.inquiries.getFirst().detached()).isFalse();
    stream.cancel();
    assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.CANCELLED);
  }

  @ParameterizedTest
  @EnumSource(
      value = BodySendMode.class,
      names = {"NONE", "STREAMED", "BUFFERED", "BUFFERED_PARTIAL", "FULL_DUPLEX_STREAMED"})
  void endOfStreamOnHeadersDecidesInEveryMode(BodySendMode mode) {
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(
        FakeProxy.configured(
            FakeProxy.headers(true, ":method", "GET", ":path", "/v1/models"), mode, mode));
    assertPickedByHeaders(stream.next());
    stream.cancel();
  }

  @Test
  void aLightSetUpIsDetachedNotCancelled() {
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(FakeProxy.post(CHAT, FULL_DUPLEX_STREAMED, NONE));
    stream.send(FakeProxy.requestBody(BODY, true));
    assertPickedByHeaders(stream.next());
    assertThat(stream.echo(false).bytes()).isEqualTo(BODY);
    assertThat(picker.decider.inquiries.getFirst().detached()).isTrue();
    stream.send(FakeProxy.responseHeaders(false));
    assertThat(stream.next().hasResponseHeaders()).isTrue();
    stream.cancel();
    assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.DETACHED);
  }

  @Test
  void aLightResponseThatEndsWithItsHeadersIsCompleted() {
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(FakeProxy.post(CHAT, NONE, NONE));
    assertPickedByHeaders(stream.next());
    stream.send(FakeProxy.responseHeaders(true));
    assertThat(stream.next().hasResponseHeaders()).isTrue();
    stream.cancel();
    assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.COMPLETED);
  }

  @Test
  void aResponseWithoutARequestPassesThrough() {
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(FakeProxy.responseHeaders(false));
    assertThat(stream.next().hasResponseHeaders()).isTrue();
    stream.send(FakeProxy.responseBody(BODY, true));
    assertThat(stream.echo(true).bytes()).isEqualTo(BODY);
    stream.halfClose();
    assertThat(stream.end().isOk()).isTrue();
    assertThat(picker.decider.inquiries).isEmpty();
  }

  @Test
  void aRequestWithoutHeadersPassesThrough() {
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(FakeProxy.requestBody(BODY, true));
    assertThat(stream.echo(false).bytes()).isEqualTo(BODY);
    stream.cancel();
    assertThat(picker.decider.inquiries).isEmpty();
  }

  @Test
  void aProxyThatSaysNoModesGetsDuplexWhenABodyComes() {
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(
        ProcessingRequest.newBuilder()
            .setRequestHeaders(FakeProxy.headers(false, ":method", "POST", ":path", CHAT)));
    stream.send(FakeProxy.requestBody(BODY, true));
    assertPickedByHeaders(stream.next());
    assertThat(stream.echo(false).bytes()).isEqualTo(BODY);
    stream.cancel();
  }

  @Test
  void aProxyThatSaysNoModesAndSendsNoBodyIsRoutedByHeaders() {
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(
        ProcessingRequest.newBuilder()
            .setRequestHeaders(FakeProxy.headers(false, ":method", "POST", ":path", CHAT)));
    Waiting.until("the request is there", () -> picker.server.streams() == 1);
    picker.ahead.addAndGet(TimeUnit.SECONDS.toNanos(3));
    assertPickedByHeaders(stream.next());
    stream.send(FakeProxy.requestBody(BODY, true));
    assertThat(stream.next().getRequestBody().getResponse().hasBodyMutation()).isFalse();
    stream.cancel();
  }

  @Test
  void nothingIsAnsweredToAnObservedStream() {
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(
        FakeProxy.post(CHAT, FULL_DUPLEX_STREAMED, FULL_DUPLEX_STREAMED)
            .setObservabilityMode(true));
    stream.send(FakeProxy.requestBody(BODY, true).toBuilder().setObservabilityMode(true));
    stream.halfClose();
    assertThat(stream.end().isOk()).isTrue();
    assertThat(picker.decider.inquiries).isEmpty();
  }

  private static ProcessingRequest.Builder withSubset(
      ProcessingRequest.Builder message, String... members) {
    ListValue.Builder list = ListValue.newBuilder();
    for (String member : members) {
      list.addValues(Value.newBuilder().setStringValue(member));
    }
    return message.setMetadataContext(
        Metadata.newBuilder()
            .putFilterMetadata(
                Protocol.SUBSET_NAMESPACE,
                Struct.newBuilder()
                    .putFields(Protocol.SUBSET, Value.newBuilder().setListValue(list).build())
                    .build()));
  }

  @Test
  void theSubsetReachesTheDeciderAlsoForAGet() {
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(
        withSubset(
            FakeProxy.configured(
                FakeProxy.headers(true, ":method", "GET", ":path", "/v1/models"),
                FULL_DUPLEX_STREAMED,
                NONE),
            "10.0.0.2:8000"));
    assertPickedByHeaders(stream.next());
    assertThat(picker.decider.inquiries.getFirst().subset()).contains(List.of("10.0.0.2:8000"));
    stream.cancel();
  }

  @ParameterizedTest
  @EnumSource(
      value = BodySendMode.class,
      names = {"FULL_DUPLEX_STREAMED", "BUFFERED", "BUFFERED_PARTIAL"})
  void theModelThatTheClientAsksForIsToldToTheRoutes(BodySendMode mode) {
    picker.decider.verdict =
        inquiry -> picker.decider.route(picker.decider.new Recorded(Optional.of("tuned")));
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(FakeProxy.post(CHAT, mode, NONE, RequestHeaders.MODEL, "a lie"));
    if (mode != FULL_DUPLEX_STREAMED) {
      CommonResponse headers = stream.next().getRequestHeaders().getResponse();
      assertThat(models(headers)).isEmpty();
    }
    stream.send(FakeProxy.requestBody(BODY, true));
    ProcessingResponse answer = stream.next();
    CommonResponse response =
        mode == FULL_DUPLEX_STREAMED
            ? answer.getRequestHeaders().getResponse()
            : answer.getRequestBody().getResponse();
    assertThat(models(response)).containsExactly("llama");
    assertThat(response.getClearRouteCache()).isTrue();
    stream.cancel();
  }

  @ParameterizedTest
  @EnumSource(
      value = BodySendMode.class,
      names = {"STREAMED", "NONE"})
  void whereTheBodyIsNotReadNoModelIsTold(BodySendMode mode) {
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(FakeProxy.post(CHAT, mode, NONE, RequestHeaders.MODEL, "a lie"));
    CommonResponse response = stream.next().getRequestHeaders().getResponse();
    assertThat(models(response)).isEmpty();
    assertThat(response.getClearRouteCache()).isTrue();
    stream.cancel();
  }

  private static List<String> models(CommonResponse response) {
    assertThat(response.getHeaderMutation().getRemoveHeadersList()).contains(RequestHeaders.MODEL);
    return response.getHeaderMutation().getSetHeadersList().stream()
        .map(HeaderValueOption::getHeader)
        .filter(header -> header.getKey().equals(RequestHeaders.MODEL))
        .map(header -> header.getRawValue().toStringUtf8())
        .toList();
  }

  @Test
  void aSubsetSurvivesLaterMessagesAndAnEmptyOneIsNotAbsent() {
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(withSubset(FakeProxy.post(CHAT, FULL_DUPLEX_STREAMED, NONE)));
    stream.send(FakeProxy.requestBody(BODY, true));
    assertPickedByHeaders(stream.next());
    assertThat(picker.decider.inquiries.getFirst().subset()).contains(List.of());
    stream.cancel();
  }

  @Test
  void controlHeadersOfTheClientAreNotShownAsADestination() {
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(
        FakeProxy.post(
            CHAT,
            NONE,
            NONE,
            Protocol.DESTINATION,
            "6.6.6.6:1",
            Protocol.SUBSET,
            "6.6.6.6:1",
            "x-gateway-inference-objective",
            "batch"));
    assertPickedByHeaders(stream.next());
    var headers = picker.decider.inquiries.getFirst().headers();
    assertThat(headers.get(Protocol.DESTINATION)).isEmpty();
    assertThat(headers.get(Protocol.SUBSET)).isEmpty();
    assertThat(headers.get("x-gateway-inference-objective")).isEqualTo("batch");
    stream.cancel();
  }

  @Test
  void servedMetadataAndReplyHeadersGoTheirWay() {
    picker.decider.verdict =
        inquiry -> {
          RecordingDecider.Recorded exchange = picker.decider.new Recorded(Optional.empty());
          exchange.replyHeaders = Map.of("x-why", "prefix 3/4");
          return picker.decider.route(exchange);
        };
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(FakeProxy.post(CHAT, NONE, STREAMED));
    assertPickedByHeaders(stream.next());
    stream.send(
        FakeProxy.responseHeaders(false)
            .setMetadataContext(
                Metadata.newBuilder()
                    .putFilterMetadata(
                        "envoy.lb",
                        Struct.newBuilder()
                            .putFields(
                                Protocol.SERVED,
                                Value.newBuilder().setStringValue("10.0.0.9:8000").build())
                            .build())));
    ProcessingResponse answer = stream.next();
    assertThat(answer.getResponseHeaders().getResponse().getHeaderMutation().getSetHeadersList())
        .extracting(set -> set.getHeader().getKey())
        .containsExactly("x-why");
    stream.cancel();
    assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.CANCELLED);
    assertThat(picker.decider.exchanges.getFirst().told)
        .contains("headers 200 10.0.0.9:8000 SERVER");
  }

  @Test
  void aRefusalIsAnImmediateResponse() {
    picker.decider.verdict =
        inquiry -> new Verdict.Refused(429, "ResourceExhausted", "no room", "pickwick_saturated");
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(FakeProxy.post(CHAT, NONE, NONE));
    ImmediateResponse refusal = stream.refusal();
    assertThat(refusal.getStatus().getCodeValue()).isEqualTo(429);
    assertThat(refusal.getBody().toStringUtf8())
        .isEqualTo("inference error: ResourceExhausted - no room");
    assertThat(refusal.getDetails()).isEqualTo("pickwick_saturated");
    stream.halfClose();
    assertThat(stream.end().isOk()).isTrue();
    assertThat(picker.decider.refusals).isEmpty();
  }
}

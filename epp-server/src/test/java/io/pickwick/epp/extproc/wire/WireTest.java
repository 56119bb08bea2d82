package io.pickwick.epp.extproc.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.HeaderMap;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode;
import io.envoyproxy.envoy.service.ext_proc.v3.BodyMutation;
import io.envoyproxy.envoy.service.ext_proc.v3.BodyResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.CommonResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.HeaderMutation;
import io.envoyproxy.envoy.service.ext_proc.v3.HeadersResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpBody;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpHeaders;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpTrailers;
import io.envoyproxy.envoy.service.ext_proc.v3.ImmediateResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.ProtocolConfiguration;
import io.envoyproxy.envoy.service.ext_proc.v3.StreamedBodyResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.TrailersResponse;
import io.envoyproxy.envoy.type.v3.HttpStatus;
import io.envoyproxy.envoy.type.v3.StatusCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What we read and write, against the generated classes of the published protos. */
class WireTest {
  private static final List<ProcessingRequest.Kind> KINDS =
      List.of(
          ProcessingRequest.Kind.REQUEST_HEADERS,
          ProcessingRequest.Kind.RESPONSE_HEADERS,
          ProcessingRequest.Kind.REQUEST_BODY,
          ProcessingRequest.Kind.RESPONSE_BODY,
          ProcessingRequest.Kind.REQUEST_TRAILERS,
          ProcessingRequest.Kind.RESPONSE_TRAILERS);

  private final Answer answer = new Answer();

  private static ProcessingResponse decode(Answer answer) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int size = answer.available();
    assertThat(answer.drainTo(out)).isEqualTo(size);
    assertThat(out.size()).isEqualTo(size);
    return ProcessingResponse.parseFrom(out.toByteArray());
  }

  private static HeaderValueOption set(String name, String value) {
    return HeaderValueOption.newBuilder()
        .setHeader(
            HeaderValue.newBuilder().setKey(name).setRawValue(ByteString.copyFromUtf8(value)))
        .setAppendAction(HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD)
        .build();
  }

  private static Struct lb(String destination) {
    return namespace(
        "envoy.lb",
        Struct.newBuilder()
            .putFields(
                "x-gateway-destination-endpoint",
                Value.newBuilder().setStringValue(destination).build())
            .build());
  }

  private static Struct namespace(String name, Struct content) {
    return Struct.newBuilder()
        .putFields(name, Value.newBuilder().setStructValue(content).build())
        .build();
  }

  @Test
  void constantAnswers() throws IOException {
    HeadersResponse headers = HeadersResponse.getDefaultInstance();
    assertThat(decode(answer.headers(Direction.REQUEST)))
        .isEqualTo(ProcessingResponse.newBuilder().setRequestHeaders(headers).build());
    assertThat(decode(answer.headers(Direction.RESPONSE)))
        .isEqualTo(ProcessingResponse.newBuilder().setResponseHeaders(headers).build());
    assertThat(decode(answer.responseHeaders(Map.of())))
        .isEqualTo(ProcessingResponse.newBuilder().setResponseHeaders(headers).build());
    TrailersResponse trailers = TrailersResponse.getDefaultInstance();
    assertThat(decode(answer.trailers(Direction.REQUEST)))
        .isEqualTo(ProcessingResponse.newBuilder().setRequestTrailers(trailers).build());
    assertThat(decode(answer.trailers(Direction.RESPONSE)))
        .isEqualTo(ProcessingResponse.newBuilder().setResponseTrailers(trailers).build());
    BodyResponse body =
        BodyResponse.newBuilder().setResponse(CommonResponse.getDefaultInstance()).build();
    assertThat(decode(answer.body(Direction.REQUEST)))
        .isEqualTo(ProcessingResponse.newBuilder().setRequestBody(body).build());
    assertThat(decode(answer.body(Direction.RESPONSE)))
        .isEqualTo(ProcessingResponse.newBuilder().setResponseBody(body).build());
  }

  @Test
  void pickSetsHeaderAndMetadataAlike() throws IOException {
    String list = "10.0.0.1:8000,[fd00::1]:8000";
    CommonResponse expected =
        CommonResponse.newBuilder()
            .setHeaderMutation(
                HeaderMutation.newBuilder()
                    .addSetHeaders(set("x-gateway-destination-endpoint", list))
                    .addSetHeaders(set("x-gateway-model-name", "llama"))
                    .addSetHeaders(set("x-data-parallel-rank", "3"))
                    .addSetHeaders(set("x-request-id", "id-1"))
                    .addAllRemoveHeaders(Protocol.CONTROL_HEADERS))
            .setClearRouteCache(true)
            .build();
    assertThat(decode(answer.pick(list, "3", "id-1", "llama")))
        .isEqualTo(
            ProcessingResponse.newBuilder()
                .setRequestHeaders(HeadersResponse.newBuilder().setResponse(expected))
                .setDynamicMetadata(lb(list))
                .build());
    assertThat(decode(answer.pickWithBody(list, "3", "id-1", "llama")))
        .isEqualTo(
            ProcessingResponse.newBuilder()
                .setRequestBody(BodyResponse.newBuilder().setResponse(expected))
                .setDynamicMetadata(lb(list))
                .build());
  }

  @Test
  void pickWithAChangedBodyTellsItsLength() throws IOException {
    byte[] body = "a new body".getBytes(java.nio.charset.StandardCharsets.UTF_8);
    ProcessingResponse exact = decode(answer.pickWithBody("a:1", "", "", "", body, true));
    CommonResponse response = exact.getRequestBody().getResponse();
    assertThat(response.getBodyMutation().getBody().toByteArray()).isEqualTo(body);
    assertThat(response.getHeaderMutation().getSetHeadersList())
        .containsExactly(set("x-gateway-destination-endpoint", "a:1"), set("content-length", "10"));
    assertThat(response.getClearRouteCache()).isTrue();
    assertThat(exact.getDynamicMetadata()).isEqualTo(lb("a:1"));
    ProcessingResponse free = decode(answer.pickWithBody("a:1", "", "", "", body, false));
    assertThat(free.getRequestBody().getResponse().getHeaderMutation().getSetHeadersList())
        .containsExactly(set("x-gateway-destination-endpoint", "a:1"));
  }

  @Test
  void aModelIsToldIfItFitsAHeader() throws IOException {
    for (String fits : List.of("m", "Qwen/Qwen3-32B", "my model ~", "x".repeat(256))) {
      assertThat(models(answer.pick("a:1", "", "", fits))).as(fits).containsExactly(fits);
    }
    for (String unfit :
        List.of(
            "",
            "x".repeat(257),
            "qwén",
            "qwen\r\nx-admin: 1",
            "tab\there",
            "nul\0",
            "del\u007f",
            "\u0437",
            " ahead",
            "behind ")) {
      assertThat(models(answer.pick("a:1", "", "", unfit))).as(unfit).isEmpty();
    }
  }

  private static List<String> models(Answer answer) throws IOException {
    HeaderMutation mutation = decode(answer).getRequestHeaders().getResponse().getHeaderMutation();
    assertThat(mutation.getRemoveHeadersList()).contains("x-gateway-model-name");
    return mutation.getSetHeadersList().stream()
        .map(HeaderValueOption::getHeader)
        .filter(header -> header.getKey().equals("x-gateway-model-name"))
        .map(header -> header.getRawValue().toStringUtf8())
        .toList();
  }

  @Test
  void strippedHeadersRemoveAndLetTheRouteBeChosenAnew() throws IOException {
    assertThat(decode(answer.strippedHeaders()))
        .isEqualTo(
            ProcessingResponse.newBuilder()
                .setRequestHeaders(
                    HeadersResponse.newBuilder()
                        .setResponse(
                            CommonResponse.newBuilder()
                                .setClearRouteCache(true)
                                .setHeaderMutation(
                                    HeaderMutation.newBuilder()
                                        .addAllRemoveHeaders(Protocol.CONTROL_HEADERS))))
                .build());
  }

  @Test
  void responseHeadersAreSet() throws IOException {
    ProcessingResponse response = decode(answer.responseHeaders(Map.of("x-why", "because é")));
    assertThat(response.getResponseHeaders().getResponse().getHeaderMutation().getSetHeadersList())
        .containsExactly(set("x-why", "because é"));
  }

  @Test
  void immediateResponse() throws IOException {
    ProcessingResponse response = decode(answer.immediate(429, "no room", 3, "pickwick_full"));
    assertThat(response)
        .isEqualTo(
            ProcessingResponse.newBuilder()
                .setImmediateResponse(
                    ImmediateResponse.newBuilder()
                        .setStatus(HttpStatus.newBuilder().setCode(StatusCode.TooManyRequests))
                        .setHeaders(
                            HeaderMutation.newBuilder()
                                .addSetHeaders(set("content-type", "text/plain"))
                                .addSetHeaders(set("retry-after", "3")))
                        .setBody(ByteString.copyFromUtf8("no room"))
                        .setDetails("pickwick_full"))
                .build());
  }

  @Test
  void chunksOfAllSizes() throws IOException {
    Random random = new Random(7);
    for (int length : new int[] {0, 1, 2, 125, 126, 127, 128, 129, 16_383, 16_384, 62_000}) {
      byte[] bytes = new byte[length + 9];
      random.nextBytes(bytes);
      for (Direction direction : Direction.values()) {
        for (boolean end : new boolean[] {false, true}) {
          ProcessingResponse response = decode(answer.chunk(direction, bytes, 4, length, end));
          BodyResponse body =
              direction == Direction.REQUEST
                  ? response.getRequestBody()
                  : response.getResponseBody();
          assertThat(body)
              .as("%s %s %s", direction, length, end)
              .isEqualTo(
                  BodyResponse.newBuilder()
                      .setResponse(
                          CommonResponse.newBuilder()
                              .setBodyMutation(
                                  BodyMutation.newBuilder()
                                      .setStreamedResponse(
                                          StreamedBodyResponse.newBuilder()
                                              .setBody(ByteString.copyFrom(bytes, 4, length))
                                              .setEndOfStream(end))))
                      .build());
        }
      }
    }
  }

  @Test
  void replacedBody() throws IOException {
    byte[] bytes = {1, 2, 3, 4};
    ProcessingResponse response =
        decode(answer.body(Direction.RESPONSE, bytes, 1, 2, /* contentLength= */ true));
    CommonResponse common = response.getResponseBody().getResponse();
    assertThat(common.getBodyMutation().getBody().toByteArray()).containsExactly(2, 3);
    assertThat(common.getHeaderMutation().getSetHeadersList())
        .containsExactly(set("content-length", "2"));
    ProcessingResponse empty =
        decode(answer.body(Direction.RESPONSE, bytes, 0, 0, /* contentLength= */ false));
    assertThat(empty.getResponseBody().getResponse().getBodyMutation().hasBody()).isTrue();
    assertThat(empty.getResponseBody().getResponse().hasHeaderMutation()).isFalse();
  }

  @Test
  void usageGoesBesideAnyAnswer() throws IOException {
    byte[] bytes = {1, 2, 3};
    ProcessingResponse response =
        decode(
            answer
                .chunk(Direction.RESPONSE, bytes, 0, 3, true)
                .usage(5, 7, -1, "llama", "10.0.0.1:8000"));
    assertThat(
            response
                .getResponseBody()
                .getResponse()
                .getBodyMutation()
                .getStreamedResponse()
                .getBody()
                .toByteArray())
        .isEqualTo(bytes);
    Struct.Builder usage =
        Struct.newBuilder()
            .putFields("input_tokens", Value.newBuilder().setNumberValue(5).build())
            .putFields("output_tokens", Value.newBuilder().setNumberValue(7).build())
            .putFields("total_tokens", Value.newBuilder().setNumberValue(12).build())
            .putFields("model", Value.newBuilder().setStringValue("llama").build())
            .putFields("endpoint", Value.newBuilder().setStringValue("10.0.0.1:8000").build());
    assertThat(response.getDynamicMetadata()).isEqualTo(namespace("epp.usage", usage.build()));
    usage.putFields("cached_tokens", Value.newBuilder().setNumberValue(4).build());
    assertThat(
            decode(answer.trailers(Direction.RESPONSE).usage(5, 7, 4, "llama", "10.0.0.1:8000"))
                .getDynamicMetadata())
        .isEqualTo(namespace("epp.usage", usage.build()));
  }

  @Test
  void anAnswerGrowsBeyondItsFirstBuffer() throws IOException {
    String text = "x".repeat(100_000);
    assertThat(decode(answer.immediate(400, text, 0, "d")).getImmediateResponse().getBody())
        .isEqualTo(ByteString.copyFromUtf8(text));
    assertThat(decode(answer.headers(Direction.REQUEST)).hasRequestHeaders()).isTrue();
  }

  private static ProcessingRequest read(
      io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest message) {
    return ProcessingRequest.read(message.toByteArray());
  }

  private static HeaderMap headers(String... namesAndValues) {
    HeaderMap.Builder map = HeaderMap.newBuilder();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.addHeaders(
          HeaderValue.newBuilder()
              .setKey(namesAndValues[i])
              .setRawValue(ByteString.copyFromUtf8(namesAndValues[i + 1])));
    }
    return map.build();
  }

  @Test
  void readsHeadersAndConfiguration() {
    ProcessingRequest read =
        read(
            io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest.newBuilder()
                .setRequestHeaders(
                    HttpHeaders.newBuilder()
                        .setHeaders(
                            headers(":method", "POST", ":path", "/v1", "X-Mixed", "é", "empty", "")
                                .toBuilder()
                                .addHeaders(
                                    HeaderValue.newBuilder().setKey("old").setValue("value")))
                        .setEndOfStream(true))
                .setProtocolConfig(
                    ProtocolConfiguration.newBuilder()
                        .setRequestBodyMode(BodySendMode.FULL_DUPLEX_STREAMED)
                        .setResponseBodyMode(BodySendMode.BUFFERED_PARTIAL))
                .build());
    assertThat(read.kind()).isEqualTo(ProcessingRequest.Kind.REQUEST_HEADERS);
    assertThat(read.endOfStream()).isTrue();
    assertThat(read.headers().count()).isEqualTo(5);
    assertThat(read.headers().get(":path")).isEqualTo("/v1");
    assertThat(read.headers().get("x-mixed")).isEqualTo("é");
    assertThat(read.headers().get("old")).isEqualTo("value");
    assertThat(read.headers().get("absent")).isEmpty();
    assertThat(read.headers().has("empty")).isTrue();
    assertThat(read.headers().has("absent")).isFalse();
    assertThat(read.configured()).isTrue();
    assertThat(read.requestMode()).isEqualTo(BodyMode.FULL_DUPLEX_STREAMED);
    assertThat(read.responseMode()).isEqualTo(BodyMode.BUFFERED_PARTIAL);
  }

  @Test
  void anEmptyConfigurationMeansNoBodies() {
    ProcessingRequest read =
        read(
            io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest.newBuilder()
                .setProtocolConfig(ProtocolConfiguration.getDefaultInstance())
                .build());
    assertThat(read.requestMode()).isEqualTo(BodyMode.NONE);
    assertThat(read.responseMode()).isEqualTo(BodyMode.NONE);
    assertThat(ProcessingRequest.read(new byte[0]).requestMode()).isEqualTo(BodyMode.UNKNOWN);
    byte[] newer = {11 << 3 | 2, 2, 1 << 3, 99};
    assertThat(ProcessingRequest.read(newer).requestMode()).isEqualTo(BodyMode.UNKNOWN);
  }

  private static ProcessingRequest withMetadata(String namespace, String key, Value value) {
    return read(
        io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest.newBuilder()
            .setMetadataContext(
                Metadata.newBuilder()
                    .putFilterMetadata("other", lb("x"))
                    .putFilterMetadata(
                        namespace,
                        Struct.newBuilder()
                            .putFields("more", Value.newBuilder().setBoolValue(true).build())
                            .putFields(key, value)
                            .build()))
            .build());
  }

  private static Value strings(String... members) {
    ListValue.Builder list = ListValue.newBuilder();
    for (String member : members) {
      list.addValues(Value.newBuilder().setStringValue(member));
    }
    return Value.newBuilder().setListValue(list).build();
  }

  @Test
  void readsTheSubsetAsListOrString() {
    String namespace = Protocol.SUBSET_NAMESPACE;
    String key = Protocol.SUBSET;
    assertThat(withMetadata(namespace, key, strings("10.0.0.1:80", "10.0.0.2")).subset())
        .contains(List.of("10.0.0.1:80", "10.0.0.2"));
    Value text = Value.newBuilder().setStringValue("10.0.0.1:80, 10.0.0.2,").build();
    assertThat(withMetadata(namespace, key, text).subset())
        .contains(List.of("10.0.0.1:80", "10.0.0.2"));
    assertThat(withMetadata(namespace, key, strings()).subset()).contains(List.of());
    assertThat(withMetadata(namespace, key, Value.newBuilder().setStringValue("").build()).subset())
        .contains(List.of());
    assertThat(withMetadata(namespace, key, Value.newBuilder().setNumberValue(4).build()).subset())
        .contains(List.of());
    Value nothing = Value.newBuilder().setNullValue(NullValue.NULL_VALUE).build();
    assertThat(withMetadata(namespace, key, nothing).subset()).isEmpty();
    assertThat(withMetadata(namespace, "another", text).subset()).isEmpty();
    assertThat(withMetadata("envoy.lb", key, text).subset()).isEmpty();
  }

  @Test
  void readsTheServedEndpoint() {
    Value value = Value.newBuilder().setStringValue("10.0.0.1:80").build();
    assertThat(withMetadata("envoy.lb", Protocol.SERVED, value).served()).isEqualTo("10.0.0.1:80");
    assertThat(withMetadata("elsewhere", Protocol.SERVED, value).served()).isEmpty();
  }

  @Test
  void readsRandomMessagesWithUnknownFields() {
    long seed = 20_261_121;
    Random random = new Random(seed);
    for (int round = 0; round < 2_000; round++) {
      var message =
          io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest.newBuilder()
              .setObservabilityMode(random.nextBoolean())
              .setUnknownFields(unknown(random));
      byte[] body = new byte[random.nextInt(200)];
      random.nextBytes(body);
      boolean end = random.nextBoolean();
      HttpBody httpBody =
          HttpBody.newBuilder()
              .setBody(ByteString.copyFrom(body))
              .setEndOfStream(end)
              .setUnknownFields(unknown(random))
              .build();
      HttpHeaders httpHeaders =
          HttpHeaders.newBuilder()
              .setHeaders(
                  headers("a" + round, "b" + round).toBuilder().setUnknownFields(unknown(random)))
              .setEndOfStream(end)
              .setUnknownFields(unknown(random))
              .build();
      ProcessingRequest.Kind kind = KINDS.get(random.nextInt(KINDS.size()));
      switch (kind) {
        case REQUEST_HEADERS -> message.setRequestHeaders(httpHeaders);
        case RESPONSE_HEADERS -> message.setResponseHeaders(httpHeaders);
        case REQUEST_BODY -> message.setRequestBody(httpBody);
        case RESPONSE_BODY -> message.setResponseBody(httpBody);
        case REQUEST_TRAILERS -> message.setRequestTrailers(HttpTrailers.getDefaultInstance());
        default -> message.setResponseTrailers(HttpTrailers.getDefaultInstance());
      }
      ProcessingRequest read = read(message.build());
      String where = "seed " + seed + " round " + round;
      assertThat(read.kind()).as(where).isEqualTo(kind);
      assertThat(read.observability()).as(where).isEqualTo(message.getObservabilityMode());
      if (message.hasRequestBody() || message.hasResponseBody()) {
        assertThat(
                Arrays.copyOfRange(
                    read.bytes(), read.bodyOffset(), read.bodyOffset() + read.bodyLength()))
            .as(where)
            .isEqualTo(body);
        assertThat(read.endOfStream()).as(where).isEqualTo(end);
      }
      if (message.hasRequestHeaders() || message.hasResponseHeaders()) {
        assertThat(read.headers().get("a" + round)).as(where).isEqualTo("b" + round);
        assertThat(read.headers().name(0)).as(where).isEqualTo("a" + round);
        assertThat(read.endOfStream()).as(where).isEqualTo(end);
      }
    }
  }

  private static UnknownFieldSet unknown(Random random) {
    UnknownFieldSet.Builder fields = UnknownFieldSet.newBuilder();
    for (int i = random.nextInt(4); i > 0; i--) {
      UnknownFieldSet.Field.Builder field = UnknownFieldSet.Field.newBuilder();
      switch (random.nextInt(5)) {
        case 0 -> field.addVarint(random.nextLong());
        case 1 -> field.addFixed32(random.nextInt());
        case 2 -> field.addFixed64(random.nextLong());
        case 3 -> field.addLengthDelimited(ByteString.copyFrom(new byte[random.nextInt(300)]));
        default ->
            field.addGroup(
                UnknownFieldSet.newBuilder()
                    .addField(7, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                    .build());
      }
      fields.addField(100 + random.nextInt(100_000), field.build());
    }
    return fields.build();
  }

  @Test
  void everyTruncationIsMalformedOrAShorterMessageNeverAnException() {
    byte[] whole =
        io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest.newBuilder()
            .setRequestHeaders(HttpHeaders.newBuilder().setHeaders(headers("a", "b", "c", "d")))
            .setMetadataContext(
                Metadata.newBuilder().putFilterMetadata("envoy.lb", lb("10.0.0.1:1")))
            .build()
            .toByteArray();
    int malformed = 0;
    for (int length = 0; length < whole.length; length++) {
      ProcessingRequest read = ProcessingRequest.read(Arrays.copyOf(whole, length));
      if (read.kind() == ProcessingRequest.Kind.MALFORMED) {
        malformed++;
      }
    }
    assertThat(malformed).isGreaterThan(whole.length - 4);
  }

  @Test
  void randomBytesAreReadOrRefused() {
    Random random = new Random(3);
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = new byte[random.nextInt(60)];
      random.nextBytes(bytes);
      boolean ours = ProcessingRequest.read(bytes).kind() != ProcessingRequest.Kind.MALFORMED;
      boolean theirs = parses(bytes);
      // Protobuf also refuses what we skip unread (strings that are not UTF-8, other fields).
      assertThat(ours || !theirs).as("%s", Arrays.toString(bytes)).isTrue();
    }
  }

  private static boolean parses(byte[] bytes) {
    try {
      return io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest.parseFrom(bytes) != null;
    } catch (IOException e) {
      return false;
    }
  }
}

package io.pickwick.epp.request;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResponseMeterTest {
  private static final String EVENTS = "text/event-stream; charset=utf-8";
  private static final String JSON = "application/json";
  private static final String NONE = "none";

  private static final String ANTHROPIC =
      """
      event: message_start
      data: {"type":"message_start","message":{"id":"m1","content":[],"model":"tiny","usage":{"input_tokens":25,"output_tokens":1,"cache_read_input_tokens":16}}}

      event: content_block_start
      data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

      event: ping
      data: {"type": "ping"}

      event: content_block_delta
      data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}

      event: message_delta
      data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":15}}

      event: message_stop
      data: {"type":"message_stop"}

      """;

  private static final String RESPONSES =
      """
      event: response.created
      data: {"type":"response.created","response":{"id":"r1","model":"tiny","output":[],"text":null,"usage":null}}

      event: response.in_progress
      data: {"type":"response.in_progress","response":{"id":"r1","model":"tiny","output":[],"usage":null}}

      event: response.output_text.delta
      data: {"type":"response.output_text.delta","delta":"Hi"}

      event: response.completed
      data: {"type":"response.completed","response":{"id":"r1","output":[{"content":[{"text":"\\"usage\\":{\\"input_tokens\\":1}"}]}],"usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":4},"output_tokens":2,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":11},"user":null}}

      """;

  @ParameterizedTest
  @CsvSource({
    "sse-completions.txt, 6, 5, 0",
    "sse-continuous-usage.txt, 140, 6, 128",
    "sse-with-usage.txt, 140, 6, 128",
    "sse-without-usage.txt, -1, -1, -1"
  })
  void readsTheUsageOfStreamsAtEveryCut(String fixture, long input, long output, long cached) {
    Optional<Usage> wanted =
        input < 0 ? Optional.empty() : Optional.of(new Usage(input, output, cached));
    everyCut(Fixture.bytes(fixture), EVENTS, wanted);
  }

  @Test
  void readsTheUsageOfAnthropicStreamsAtEveryCut() {
    everyCut(ANTHROPIC.getBytes(UTF_8), EVENTS, Optional.of(new Usage(25, 15, 16)));
  }

  @Test
  void readsTheUsageOfResponsesStreamsAtEveryCut() {
    everyCut(RESPONSES.getBytes(UTF_8), EVENTS, Optional.of(new Usage(9, 2, 4)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"usage\":{\"prompt_tokens\":70,\"completion_tokens\":1}}|70|1|-1",
        "{ \"usage\" : { \"prompt_tokens\" : 70 } , \"x\":[1]}|70|0|-1",
        "{\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":1,\"prompt_tokens_details\":null}}|7|1|-1",
        "{\"usage\":{\"prompt_tokens\":7,\"prompt_tokens_details\":{\"x\":{\"cached_tokens\":9},\"cached_tokens\":3}}}|7|0|3",
        "{\"usage\":{\"prompt_tokens\":7,\"other\":{\"cached_tokens\":3}}}|7|0|-1",
        "{\"usage\":{\"prompt_tokens\":7},\"a\":{\"usage\":null}}|7|0|-1",
        "{\"usage\":{\"prompt_tokens\":7},\"a\":{\"usage\":{\"prompt_tokens\":8|7|0|-1"
      })
  void readsTheUsageOfJson(String body, long input, long output, long cached) {
    everyCut(body.getBytes(UTF_8), JSON, Optional.of(new Usage(input, output, cached)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"id\":\"x\"}",
        "{\"usage\":null}",
        "{\"usage\":\"much\"}",
        "{\"usage\":{}}",
        "{\"usage\":{\"prompt_tokens\":\"7\"}}",
        "{\"usage\":{\"prompt_tokens\":-7}}",
        "{\"usage\":{\"prompt_tokens\":7",
        "{\"usage\":{\"prompt_tokens\":7,}}",
        "{\"text\":\"\\\"usage\\\":{\\\"prompt_tokens\\\":7}\"}",
        "\"usage\"",
        "\"usage\":"
      })
  void findsNoUsageWhereNoneIs(String body) {
    everyCut(body.getBytes(UTF_8), JSON, Optional.empty());
  }

  @Test
  void findsTheUsageOfALongBodyInItsTailOnly() {
    String usage = "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":1}";
    String text = "\"text\":\"" + "x".repeat(100_000) + "\"";
    for (int chunk : new int[] {1, 7, 224, 4095, 4096, 4097, 16_384, 1 << 20}) {
      assertThat(metered("{" + text + "," + usage + "}", JSON, chunk).usage())
          .as("chunks of " + chunk)
          .contains(new Usage(7, 1, -1));
      assertThat(metered("{" + usage + "," + text + "}", JSON, chunk).usage()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "sse-completions.txt, 1",
    "sse-continuous-usage.txt, 2",
    "sse-with-usage.txt, 2",
    "sse-without-usage.txt, 2"
  })
  void seesTheFirstToken(String fixture, int event) {
    assertThat(firstEvent(Fixture.text(fixture))).isEqualTo(event);
  }

  @Test
  void seesTheFirstTokenBehindPreludes() {
    assertThat(firstEvent(ANTHROPIC)).isEqualTo(4);
    assertThat(firstEvent(RESPONSES)).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"delta\":{\"content\":\"x\"}}|true",
        "{\"delta\":{\"content\": \"\\n\"}}|true",
        "{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}|false",
        "{\"delta\":{\"content\":null,\"reasoning\":\"hm\"}}|true",
        "{\"delta\":{\"reasoning_content\":\"hm\"}}|true",
        "{\"delta\":{\"tool_calls\":[{\"index\":0}]}}|true",
        "{\"delta\":{\"tool_calls\":[]}}|false",
        "{\"choices\":[{\"token_ids\":[5]}]}|true",
        "{\"prompt_token_ids\":[5]}|false",
        "{\"x\":\"\\\"content\\\":\\\"x\\\"\"}|false"
      })
  void knowsContentWhenItSeesIt(String event, boolean seen) {
    String body = "data: " + event + "\n\n";
    for (int cut = 0; cut <= body.length(); cut++) {
      assertThat(twoChunks(body.getBytes(UTF_8), EVENTS, cut).firstTokenSeen())
          .as("cut " + cut)
          .isEqualTo(seen);
    }
  }

  @Test
  void countsChunksFromTheFirstTokenOn() {
    ResponseMeter meter = new ResponseMeter();
    meter.headers(200, EVENTS, "");
    for (String event : events(Fixture.text("sse-without-usage.txt"))) {
      byte[] bytes = event.getBytes(UTF_8);
      meter.chunk(bytes, 0, bytes.length, false);
    }
    meter.chunk(new byte[0], 0, 0, true);
    assertThat(meter.outputChunks()).isEqualTo(7);
    assertThat(meter.bytes()).isEqualTo(Fixture.bytes("sse-without-usage.txt").length);
  }

  @Test
  void metersNoError() {
    ResponseMeter meter = new ResponseMeter();
    meter.headers(404, JSON, "");
    byte[] body = Fixture.bytes("sse-error.txt");
    meter.chunk(body, 0, body.length, true);
    assertThat(meter.format()).isEqualTo(ResponseMeter.Format.JSON);
    assertThat(meter.firstTokenSeen()).isFalse();
    assertThat(meter.usage()).isEmpty();
    assertThat(meter.bytes()).isEqualTo(body.length);
  }

  @ParameterizedTest
  @CsvSource({
    "text/event-stream, '', EVENTS",
    "Text/Event-Stream;charset=utf-8, identity, EVENTS",
    "application/json, '', JSON",
    "application/json; charset=utf-8, '', JSON",
    "application/json, gzip, OPAQUE",
    "audio/mpeg, '', OPAQUE",
    "'', '', OPAQUE"
  })
  void knowsTheFormat(String type, String encoding, ResponseMeter.Format format) {
    ResponseMeter meter = new ResponseMeter();
    meter.headers(200, type, encoding);
    assertThat(meter.format()).isEqualTo(format);
  }

  @Test
  void endsOnce() {
    ResponseMeter meter = new ResponseMeter();
    meter.headers(200, JSON, "");
    byte[] body = "{\"usage\":{\"prompt_tokens\":7}}".getBytes(UTF_8);
    meter.chunk(body, 0, body.length, true);
    meter.end();
    assertThat(meter.usage()).contains(new Usage(7, 0, -1));
  }

  private static void everyCut(byte[] body, String type, Optional<Usage> wanted) {
    for (int cut = 0; cut <= body.length; cut++) {
      ResponseMeter meter = twoChunks(body, type, cut);
      assertThat(meter.usage()).as("cut " + cut).isEqualTo(wanted);
      assertThat(meter.firstTokenSeen()).as("cut " + cut).isTrue();
      assertThat(meter.bytes()).isEqualTo(body.length);
    }
    assertThat(metered(new String(body, UTF_8), type, 1).usage()).as(NONE).isEqualTo(wanted);
  }

  private static ResponseMeter twoChunks(byte[] body, String type, int cut) {
    ResponseMeter meter = new ResponseMeter();
    meter.headers(200, type, "");
    meter.chunk(body, 0, cut, false);
    meter.chunk(body, cut, body.length - cut, true);
    return meter;
  }

  private static ResponseMeter metered(String text, String type, int chunk) {
    byte[] body = text.getBytes(UTF_8);
    ResponseMeter meter = new ResponseMeter();
    meter.headers(200, type, "");
    for (int from = 0; from < body.length; from += chunk) {
      meter.chunk(body, from, Math.min(chunk, body.length - from), false);
    }
    meter.end();
    return meter;
  }

  private static List<String> events(String stream) {
    return Pattern.compile("(?<=\n\n)").splitAsStream(stream).toList();
  }

  /** Which event, counted from one, brings the first token. */
  private static int firstEvent(String stream) {
    ResponseMeter meter = new ResponseMeter();
    meter.headers(200, EVENTS, "");
    int events = 0;
    for (String event : events(stream)) {
      byte[] bytes = event.getBytes(UTF_8);
      meter.chunk(bytes, 0, bytes.length, false);
      events++;
      if (meter.firstTokenSeen()) {
        return events;
      }
    }
    return -1;
  }
}

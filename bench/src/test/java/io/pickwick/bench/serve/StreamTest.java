package io.pickwick.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class StreamTest {
  private static final String ANSWER =
      """
      : a comment, as a ping

      data: {"choices":[{"index":0,"text":"one"}],"usage":null}

      event: whatever
      data:{"choices":[{"index":0,"delta":{"content":" zwölf"}}]}

      data: {"choices":[{"index":0,"text":""}]}

      data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":4,\
      "prompt_tokens_details":{"cached_tokens":5}}}

      data: [DONE]

      """;

  private static Stream fed(String text, int piece) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    Stream stream = new Stream(true);
    for (int at = 0; at < bytes.length; at += piece) {
      stream.take(bytes, at, Math.min(bytes.length, at + piece), at);
    }
    stream.end(bytes.length);
    return stream;
  }

  @Test
  void readsTheSameHoweverItIsCut() {
    for (int piece = 1; piece < ANSWER.length(); piece++) {
      for (String end : new String[] {"\n", "\r\n"}) {
        Stream stream = fed(ANSWER.replace("\n", end), piece);
        assertThat(stream.failure()).as("pieces of %d", piece).isEqualTo(Failure.NONE);
        assertThat(stream.text()).isEqualTo("one zwölf");
        assertThat(stream.gaps().stream()).hasSize(2);
        assertThat(stream.outputTokens()).isEqualTo(4);
        assertThat(stream.promptTokens()).isEqualTo(7);
        assertThat(stream.cachedTokens()).isEqualTo(5);
        assertThat(stream.counted()).isTrue();
      }
    }
  }

  @Test
  void timesAreThoseOfTheReadsThatEndedTheLines() {
    Stream stream = new Stream(false);
    take(stream, "data: {\"choices\":[{}]}\n\ndata: {\"cho", 100);
    take(stream, "ices\":[{}]}\n\n", 170);
    take(stream, "data: {\"choices\":[{}]}\n\ndata: [DONE]\n\n", 300);
    assertThat(stream.first()).isEqualTo(100);
    assertThat(stream.last()).isEqualTo(300);
    assertThat(stream.gaps().stream()).containsExactly(70L, 130L);
    assertThat(stream.text()).isEmpty();
  }

  private static void take(Stream stream, String text, long nanos) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    stream.take(bytes, 0, bytes.length, nanos);
  }

  @Test
  void withoutUsageAChunkIsAToken() {
    Stream stream = fed("data: {\"choices\":[{}]}\n\ndata: {\"choices\":[{}]}\n\ndata: [DONE]", 9);
    assertThat(stream.failure()).isEqualTo(Failure.NONE);
    assertThat(stream.counted()).isFalse();
    assertThat(stream.outputTokens()).isEqualTo(2);
    assertThat(stream.promptTokens()).isEqualTo(-1);
  }

  @Test
  void aStreamWithoutDoneHasFailed() {
    Stream stream = fed(ANSWER.replace("data: [DONE]", ""), 50);
    assertThat(stream.failure()).isEqualTo(Failure.NO_DONE);
    assertThat(stream.detail()).isEqualTo("the stream ended without [DONE] after 3 chunks");
  }

  @Test
  void aStreamWithoutATokenHasFailed() {
    assertThat(fed("data: {\"choices\":[]}\n\ndata: [DONE]\n\n", 5).failure())
        .isEqualTo(Failure.NO_TOKEN);
  }

  @Test
  void anErrorInTheStreamIsToldWithItsMessage() {
    Stream stream =
        fed("data: {\"error\":{\"message\":\"out of blocks\"}}\n\ndata: [DONE]\n\n", 20);
    assertThat(stream.failure()).isEqualTo(Failure.ERROR_EVENT);
    assertThat(stream.detail()).isEqualTo("out of blocks");
  }

  @Test
  void anErrorWithoutWordsIsShownAsItIs() {
    for (String error :
        new String[] {
          "{\"error\":{\"message\":\"\"}}",
          "{\"error\":{\"message\":{\"code\":3}}}",
          "{\"error\":{\"message\":null}}",
          "{\"error\":\"\"}",
          "{\"object\":\"error\",\"message\":\" \"}"
        }) {
      Stream stream = fed("data: " + error + "\n\ndata: [DONE]\n\n", 20);
      assertThat(stream.failure()).as(error).isEqualTo(Failure.ERROR_EVENT);
      assertThat(stream.detail()).isEqualTo(error);
    }
  }

  @Test
  void anErrorObjectInTheStreamIsAFailure() {
    Stream stream =
        fed(
            "data: {\"object\":\"error\",\"message\":\"engine died\",\"choices\":[{}]}\n\n"
                + "data: [DONE]\n\n",
            20);
    assertThat(stream.failure()).isEqualTo(Failure.ERROR_EVENT);
    assertThat(stream.detail()).isEqualTo("engine died");
  }

  @Test
  void anAnswerThatIsBrokenOffHasFailed() {
    for (String reason : new String[] {"abort", "error"}) {
      Stream stream =
          fed(ANSWER.replace("\"text\":\"\"", "\"finish_reason\":\"" + reason + "\""), 20);
      assertThat(stream.failure()).isEqualTo(Failure.ERROR_EVENT);
      assertThat(stream.detail()).isEqualTo("finish_reason " + reason + " after 2 chunks");
    }
    for (String reason : new String[] {"\"stop\"", "\"length\"", "null"}) {
      Stream stream = fed(ANSWER.replace("\"text\":\"\"", "\"finish_reason\":" + reason), 20);
      assertThat(stream.failure()).as(reason).isEqualTo(Failure.NONE);
    }
  }

  @Test
  void whatIsNoJsonIsShown() {
    Stream stream = fed("data: <html>\n\ndata: [DONE]\n\n", 20);
    assertThat(stream.failure()).isEqualTo(Failure.NOT_UNDERSTOOD);
    assertThat(stream.detail()).contains("<html>");
  }
}

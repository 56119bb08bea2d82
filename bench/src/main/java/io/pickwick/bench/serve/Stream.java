package io.pickwick.bench.serve;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;

/**
 * Reads the answer to one request as it streams in: server-sent events with chunks of completions
 * or of a chat.
 *
 * <p>As in vLLM's benchmark, a chunk with a choice is a token's, whatever its text; the first of a
 * chat may be that with the role. A chunk without one may have the usage. Each {@code data} line is
 * an event, comments and other fields are passed over.
 */
final class Stream implements Connection.Body {
  private static final int LONGEST_LINE = 16 << 20;
  // Servers in Python write NaN and Infinity, and vLLM's own benchmark reads them.
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();
  private static final int MOST_ERROR = 500;
  private static final int MOST_ABSURD = 60;
  // Of one length, and far more than any model takes.
  private static final int MOST_TOKENS = 1 << 24;
  // How vLLM ends an answer that it gives up; its own benchmark takes that for a whole one.
  private static final Set<String> BROKEN_OFF = Set.of("abort", "error");
  private static final byte[] DATA = "data:".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

  private final boolean keepsText;
  private final StringBuilder text = new StringBuilder();
  private byte[] line = new byte[1024];
  private int length;
  private long[] gaps = new long[64];
  private int chunks;
  private long first;
  private long last;
  private boolean done;
  private boolean counted;
  private int promptTokens = -1;
  private int outputTokens = -1;
  private int cachedTokens = -1;
  private Failure failure = Failure.NONE;
  private String detail = "";
  private String absurd = "";

  /**
   * Before the first byte.
   *
   * @param keepsText whether what is generated is wanted
   */
  Stream(boolean keepsText) {
    this.keepsText = keepsText;
  }

  @Override
  public void take(byte[] bytes, int from, int to, long nanos) {
    int at = from;
    for (int end = from; end < to; end++) {
      if (bytes[end] == '\n') {
        append(bytes, at, end);
        line(nanos);
        length = 0;
        at = end + 1;
      }
    }
    append(bytes, at, to);
  }

  /** The body has ended; what is left without a line's end counts too. */
  void end(long nanos) {
    line(nanos);
    length = 0;
  }

  private void append(byte[] bytes, int from, int to) {
    int more = to - from;
    if (length + more > LONGEST_LINE) {
      failure = Failure.NOT_UNDERSTOOD;
      detail = "a line is longer than " + LONGEST_LINE + " bytes";
      length = 0;
      return;
    }
    if (length + more > line.length) {
      line = Arrays.copyOf(line, Math.max(2 * line.length, length + more));
    }
    System.arraycopy(bytes, from, line, length, more);
    length += more;
  }

  private void line(long nanos) {
    int end = length > 0 && line[length - 1] == '\r' ? length - 1 : length;
    if (end < DATA.length || !Arrays.equals(line, 0, DATA.length, DATA, 0, DATA.length)) {
      return;
    }
    int from = DATA.length;
    while (from < end && line[from] == ' ') {
      from++;
    }
    if (Arrays.equals(line, from, end, DONE, 0, DONE.length)) {
      done = true;
    } else if (failure == Failure.NONE && from < end) {
      chunk(from, end, nanos);
    }
  }

  private void chunk(int from, int to, long nanos) {
    JsonNode chunk;
    try {
      chunk = JSON.readTree(line, from, to - from);
    } catch (IOException e) {
      fail(Failure.NOT_UNDERSTOOD, "a chunk that is no JSON: " + excerpt(from, to));
      return;
    }
    JsonNode error = chunk.path("error");
    if (error.isObject() || error.isTextual() || chunk.path("object").asText().equals("error")) {
      String words = (error.isObject() ? error : chunk).path("message").asText("");
      fail(Failure.ERROR_EVENT, words.isBlank() ? excerpt(from, to) : words);
      return;
    }
    JsonNode choices = chunk.path("choices");
    if (choices.isArray() && !choices.isEmpty()) {
      for (JsonNode choice : choices) {
        String reason = choice.path("finish_reason").asText();
        if (BROKEN_OFF.contains(reason)) {
          fail(Failure.ERROR_EVENT, "finish_reason %s after %d chunks".formatted(reason, chunks));
          return;
        }
      }
      token(nanos);
      if (keepsText) {
        JsonNode choice = choices.path(0);
        text.append(choice.path("text").asText(choice.path("delta").path("content").asText("")));
      }
    }
    usage(chunk.path("usage"));
  }

  private void usage(JsonNode usage) {
    if (usage.isMissingNode() || usage.isNull()) {
      return;
    }
    if (!usage.isObject()) {
      absurd("usage", usage);
      return;
    }
    outputTokens = tokens(usage, "completion_tokens", MOST_TOKENS);
    counted = outputTokens >= 0;
    promptTokens = tokens(usage, "prompt_tokens", MOST_TOKENS);
    JsonNode details = usage.path("prompt_tokens_details");
    if (details.has("cached_tokens")) {
      cachedTokens =
          tokens(details, "cached_tokens", promptTokens < 0 ? MOST_TOKENS : promptTokens);
    }
  }

  /** A number of tokens; -1 if there is none, or none that can be. */
  private int tokens(JsonNode of, String key, int most) {
    JsonNode number = of.path(key);
    if (number.isMissingNode() || number.isNull()) {
      return -1;
    }
    double value = number.isNumber() ? number.doubleValue() : Double.NaN;
    if (value >= 0 && value <= most && value == Math.rint(value)) {
      return (int) value;
    }
    absurd(key, number);
    return -1;
  }

  private void absurd(String key, JsonNode value) {
    if (absurd.isEmpty()) {
      String text = value.toString();
      absurd = key + " " + text.substring(0, Math.min(text.length(), MOST_ABSURD));
    }
  }

  private void token(long nanos) {
    if (chunks == 0) {
      first = nanos;
    } else {
      if (chunks > gaps.length) {
        gaps = Arrays.copyOf(gaps, 2 * gaps.length);
      }
      gaps[chunks - 1] = nanos - last;
    }
    last = nanos;
    chunks++;
  }

  private void fail(Failure why, String words) {
    failure = why;
    detail = words;
  }

  private String excerpt(int from, int to) {
    return new String(line, from, Math.min(to - from, MOST_ERROR), StandardCharsets.UTF_8);
  }

  /** Whether a token has come. */
  boolean begun() {
    return chunks > 0;
  }

  /** When the first chunk with a choice came, by the clock of the connection. */
  long first() {
    return first;
  }

  /** When the last one came. */
  long last() {
    return last;
  }

  /** From each of them to the next. */
  Gaps gaps() {
    return Gaps.of(gaps, Math.max(0, chunks - 1));
  }

  /** Why an answer that has come to its end is none after all; {@link Failure#NONE} if it is. */
  Failure failure() {
    if (failure != Failure.NONE) {
      return failure;
    }
    if (!done) {
      return Failure.NO_DONE;
    }
    return chunks == 0 ? Failure.NO_TOKEN : Failure.NONE;
  }

  /** That in words. */
  String detail() {
    return switch (failure()) {
      case NO_DONE -> "the stream ended without [DONE] after %d chunks".formatted(chunks);
      case NO_TOKEN -> "the stream had no chunk with a choice";
      default -> detail;
    };
  }

  /** Whether the tokens were told. */
  boolean counted() {
    return counted;
  }

  /** What was told of tokens and can't be, as it was written; empty if all can. */
  String absurd() {
    return absurd;
  }

  /** How many chunks with a choice have come. */
  int chunks() {
    return chunks;
  }

  /** The tokens generated: as told, else one for each chunk. */
  int outputTokens() {
    return counted ? outputTokens : chunks;
  }

  /** The tokens of the prompt as told; -1 when they were not. */
  int promptTokens() {
    return promptTokens;
  }

  /** How many of them were at hand; -1 when that was not told. */
  int cachedTokens() {
    return cachedTokens;
  }

  /** What was generated, if it is kept. */
  String text() {
    // Halves of characters, which a server can send in JSON, could not be sent back.
    return new String(text.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }
}

package io.pickwick.bench.simulate;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;

/** Turns what a request asks into tokens. */
final class Prompt {
  private static final int MEDIA_TOKENS = 64;

  private int[] tokens = new int[256];
  private int count;

  private Prompt() {}

  /** A prompt of the completions API: a text, or the tokens themselves. */
  static int[] completion(JsonNode prompt) {
    Prompt out = new Prompt();
    if (prompt.isArray()) {
      prompt.forEach(token -> out.add(token.asInt()));
    } else {
      out.text(prompt.asText());
    }
    return out.tokens();
  }

  /**
   * A chat, each message as {@code <start>role\ncontent<end>\n}, then the start of the answer. An
   * answer that was generated here gives the same tokens when it comes back as a message.
   */
  static int[] chat(JsonNode messages, JsonNode tools) {
    Prompt out = new Prompt();
    if (tools.isArray() && !tools.isEmpty()) {
      out.open("tools");
      out.text(tools.toString());
      out.close();
    }
    for (JsonNode message : messages) {
      out.open(message.path("role").asText());
      out.content(message.path("content"));
      if (message.has("tool_calls")) {
        out.text(message.path("tool_calls").toString());
      }
      out.close();
    }
    out.open("assistant");
    return out.tokens();
  }

  private void content(JsonNode content) {
    if (!content.isArray()) {
      text(content.isNull() ? "" : content.asText());
      return;
    }
    for (JsonNode part : content) {
      if (part.has("text")) {
        text(part.path("text").asText());
      } else {
        // Which image it is shows in the tokens, as its hash does in vLLM's block keys.
        add(ToyTokenizer.MEDIA);
        int hash = part.toString().hashCode();
        for (int i = 1; i < MEDIA_TOKENS; i++) {
          add(ToyTokenizer.FIRST + ((hash + i) & 0xFFFF));
        }
      }
    }
  }

  private void open(String role) {
    add(ToyTokenizer.MESSAGE_START);
    text(role + "\n");
  }

  private void close() {
    add(ToyTokenizer.MESSAGE_END);
    text("\n");
  }

  private void text(String text) {
    for (int token : ToyTokenizer.encode(text)) {
      add(token);
    }
  }

  private void add(int token) {
    if (count == tokens.length) {
      tokens = Arrays.copyOf(tokens, 2 * count);
    }
    tokens[count++] = token;
  }

  private int[] tokens() {
    return Arrays.copyOf(tokens, count);
  }
}

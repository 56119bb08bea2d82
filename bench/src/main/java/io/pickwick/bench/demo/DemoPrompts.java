package io.pickwick.bench.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** What the demo asks. */
final class DemoPrompts {
  /** The model that the article's requests name. */
  static final String MODEL = "Qwen3-32B";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> WORDS =
      List.of(
          "the order",
          "a customer",
          "our policy",
          "delivery",
          "refund",
          "within",
          "fourteen days",
          "the invoice",
          "support",
          "please",
          "account",
          "shipping",
          "warehouse",
          "is",
          "not",
          "and",
          "contract",
          "a discount",
          "renewal",
          "the agent",
          "escalates",
          "payment",
          "by",
          "region");
  private static final int CONTEXT_WORDS = 900;
  private static final int OUTPUT_TOKENS = 24;

  private DemoPrompts() {}

  /**
   * A round of the conversation in the article on precise prefix routing: the first two byte for
   * byte, the third one going on.
   */
  static String round(int number) throws IOException {
    if (number == 3) {
      ObjectNode next = (ObjectNode) JSON.readTree(round(2));
      next.withArray("messages")
          .addObject()
          .put("content", "I read the leaflet.")
          .put("role", "assistant");
      next.withArray("messages")
          .addObject()
          .put("content", "WELCOME TO DUNGEON!\n>")
          .put("role", "user");
      return next.toString();
    }
    String name = "/demo/round" + number + ".json";
    try (InputStream in = DemoPrompts.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException(name + " is missing from the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
    }
  }

  /** A question in a conversation whose long context is its own. */
  static String question(char conversation, int number) {
    Random random = new Random(conversation);
    StringBuilder context = new StringBuilder("You serve the customers of company ");
    context.append(conversation).append(". What you know: ");
    for (int i = 0; i < CONTEXT_WORDS; i++) {
      context.append(WORDS.get(random.nextInt(WORDS.size()))).append(' ');
    }
    try {
      return JSON.writeValueAsString(
          Map.of(
              "model",
              MODEL,
              "messages",
              List.of(
                  Map.of("role", "system", "content", context.toString()),
                  Map.of(
                      "role", "user", "content", "Question %d: and what then?".formatted(number))),
              "max_tokens",
              OUTPUT_TOKENS,
              "stream",
              true,
              "stream_options",
              Map.of("include_usage", true)));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("plain maps and strings are always JSON", e);
    }
  }
}

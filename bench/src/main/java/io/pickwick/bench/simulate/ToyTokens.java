package io.pickwick.bench.simulate;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.function.IntUnaryOperator;

/** Tokens by {@link ToyTokenizer}: cheap, and of no model. */
final class ToyTokens implements PodTokens {
  @Override
  public int[] completion(JsonNode prompt, boolean special) {
    return Prompt.completion(prompt);
  }

  @Override
  public int[] chat(JsonNode body) {
    return Prompt.chat(body.path("messages"), body.path("tools"));
  }

  @Override
  public IntUnaryOperator answer(int[] prompt, int choice) {
    return Vocabulary.answer(prompt, choice);
  }

  @Override
  public String text(int token) {
    return Vocabulary.text(token);
  }

  @Override
  public String text(int[] tokens) {
    StringBuilder text = new StringBuilder();
    for (int token : tokens) {
      text.append(Vocabulary.text(token));
    }
    return text.toString();
  }
}

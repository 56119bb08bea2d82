package io.pickwick.bench.simulate;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.function.IntUnaryOperator;

/** How a simulated pod turns requests into tokens, and what its model says. */
interface PodTokens {
  /**
   * A prompt of the completions API: a text, or the tokens themselves.
   *
   * @param special whether a text gets the tokens that the tokenizer adds by itself
   */
  int[] completion(JsonNode prompt, boolean special) throws ApiException;

  /** The body of a chat request, with {@code messages} and whatever else changes its prompt. */
  int[] chat(JsonNode body) throws ApiException;

  /** The answer that a prompt always gets: the token at each position. */
  IntUnaryOperator answer(int[] prompt, int choice);

  /** The text of a token of an answer. */
  String text(int token);

  /** The text of tokens. */
  String text(int[] tokens);
}

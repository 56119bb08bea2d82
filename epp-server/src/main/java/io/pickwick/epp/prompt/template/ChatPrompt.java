package io.pickwick.epp.prompt.template;

/** What the engine makes of a chat request before it tokenizes: a text, or we can't tell. */
public sealed interface ChatPrompt {
  /**
   * The text the engine tokenizes.
   *
   * @param text the rendered conversation
   * @param addSpecialTokens whether the tokenizer adds its own special tokens, such as a
   *     begin-of-sequence; false unless the request asks for it
   */
  record Rendered(String text, boolean addSpecialTokens) implements ChatPrompt {}

  /**
   * The prompt can't be told from the request alone, or the engine refuses the request.
   *
   * @param reason why, in words for logs and debug pages
   */
  record Unpredictable(String reason) implements ChatPrompt {}
}

package io.pickwick.epp.prompt;

/** What a request's body asks the model to read, before it becomes token ids. */
public sealed interface PromptInput {
  /** The ids themselves were given. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Ids(int[] ids) implements PromptInput {}

  /**
   * A text.
   *
   * @param special whether the tokenizer adds its own tokens, such as a begin-of-sequence
   */
  record Text(String text, boolean special) implements PromptInput {}

  /** The body of a chat request, of which the model's chat template makes a text. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Chat(byte[] body) implements PromptInput {}

  /** Something whose tokens, or whose use of the cache, can't be foretold. */
  record Unpredictable(String why) implements PromptInput {}
}

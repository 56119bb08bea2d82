package io.pickwick.epp.prompt;

/** A prompt's token ids as the model server will see them, or why they can't be told. */
public sealed interface Tokens {
  /**
   * The ids.
   *
   * @param ids at least one
   * @param how where they come from, in a word for logs and headers: {@code tokenizer}, {@code
   *     endpoint}, {@code ids}
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Known(int[] ids, String how) implements Tokens {}

  /** They can't be told; the prompt is estimated. */
  record Unknown(String why) implements Tokens {}
}

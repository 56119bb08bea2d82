package io.pickwick.epp.prompt;

import io.pickwick.epp.prompt.token.SegmentedText;
import io.pickwick.epp.prompt.token.SegmentedTokens;

/** A prompt's token ids as the model server will see them, or why they can't be told. */
public sealed interface Tokens {
  /**
   * The ids.
   *
   * @param ids at least one
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Known(int[] ids) implements Tokens {}

  /**
   * The ids of a text that is cut into segments, so that what is known of its beginning can be used
   * again.
   *
   * @param special whether the tokenizer's own ids stand around the text
   */
  record Cut(SegmentedTokens by, SegmentedText text, boolean special) implements Tokens {}

  /** They can't be told; the prompt is estimated. */
  record Unknown(String why) implements Tokens {}
}

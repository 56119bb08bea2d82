package io.pickwick.epp.prompt.token;

import java.util.function.IntConsumer;

/** Turns text into token ids; safe for concurrent use. */
public interface Tokenizer {
  /**
   * Tells the ids of a text in order. Added tokens, such as {@code <|im_start|>}, are found in the
   * text.
   *
   * @param special whether the post-processor's tokens, such as a begin-of-sequence, are added
   */
  void encode(String text, boolean special, IntConsumer ids);

  /**
   * The places at which this text can be cut without any other token coming out: positions behind
   * an added token, ascending, as far as the tokenizer knows them.
   */
  int[] seams(String text);

  /** How it works, in a few words for logs: {@code byte-level BPE}, {@code native}. */
  String kind();
}

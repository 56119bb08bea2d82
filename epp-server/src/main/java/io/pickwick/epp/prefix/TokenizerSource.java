package io.pickwick.epp.prefix;

/** Where a prompt's token ids are from. */
public enum TokenizerSource {
  /** From the tokenizer's directory when one is given, else from the endpoints. */
  AUTO,
  /** From the tokenizer's directory. */
  LOCAL,
  /** From the endpoints' own {@code /tokenize}. */
  ENDPOINT
}

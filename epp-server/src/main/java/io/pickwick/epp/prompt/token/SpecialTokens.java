package io.pickwick.epp.prompt.token;

import java.util.List;

/** The special tokens for which the files beside a tokenizer have names. */
public final class SpecialTokens {
  /** The names, in the order in which tokens that the tokenizer doesn't know are added. */
  public static final List<String> NAMES =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  private SpecialTokens() {}
}

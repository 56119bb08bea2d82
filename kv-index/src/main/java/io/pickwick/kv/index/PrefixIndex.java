package io.pickwick.kv.index;

import io.pickwick.kv.hash.PromptKeys;

/** Answers which endpoints hold how much of a prompt's beginning; safe for concurrent use. */
public interface PrefixIndex {
  /**
   * Sets, for each slot of {@code into}, the tokens of the longest unbroken run of blocks from the
   * prompt's start which that endpoint holds. The caller has reset {@code into}.
   */
  void match(PromptKeys prompt, PrefixMatch into);

  /** An index that knows nothing. */
  static PrefixIndex none() {
    return (prompt, into) -> {};
  }
}

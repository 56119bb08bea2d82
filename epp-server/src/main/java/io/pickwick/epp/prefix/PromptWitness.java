package io.pickwick.epp.prefix;

import io.pickwick.epp.prompt.Tokens;

/**
 * One who compares what we think of prompts with what engines make of them; quick and safe for
 * concurrent use.
 */
public interface PromptWitness {
  /** Whether our hashes can be the endpoint's, as far as is known. */
  boolean usable(int slot);

  /** A prompt of the base model and without a salt went to an endpoint. */
  void routed(int slot, Tokens tokens);

  /** Whether there is an endpoint of which {@link #found} may be news. */
  boolean searching();

  /** The beginning of a prompt is among what an endpoint stored, as its events alone tell. */
  void found(int slot);

  /**
   * Of a prompt of the base model and without a salt, its endpoint's events, which could be
   * believed, promised so many tokens, and it had so many cached.
   */
  void foretold(int slot, int promised, int cached);

  /** An endpoint counted a prompt's tokens, as we had. */
  void answered(int slot, int ours, int theirs);
}

package io.pickwick.bench.workload;

/**
 * The tokens of a prompt, which are made when asked for and not kept: a trace has more of them than
 * a heap holds.
 */
public interface PromptTokens {
  /** How many there are, at least one. */
  int length();

  /** The tokens, the same at each call; the array is the caller's. */
  int[] tokens();

  /** Tokens that are at hand; copied. */
  static PromptTokens of(int... tokens) {
    int[] kept = tokens.clone();
    return new PromptTokens() {
      @Override
      public int length() {
        return kept.length;
      }

      @Override
      public int[] tokens() {
        return kept.clone();
      }
    };
  }
}

package io.pickwick.bench.workload;

/** The tokens that requests generate, which depend on nothing but the request and the position. */
public final class OutputTokens {
  private OutputTokens() {}

  /** The token that a request generates at a position of its output, from 0. */
  public static int token(int id, int index) {
    return TokenBlocks.OUTPUT.token(id, index);
  }
}

package io.pickwick.bench.replay;

/** What a router that counts by itself knows of one pod. */
final class PodTally {
  private int inFlight;
  private long promptTokens;
  private long uncachedTokens;
  private final ActiveBlocks blocks;

  PodTally(int blockSize) {
    blocks = new ActiveBlocks(blockSize);
  }

  /** Requests routed there that have not ended. */
  int inFlight() {
    return inFlight;
  }

  /** Prompt tokens of those that have no first token yet. */
  long promptTokens() {
    return promptTokens;
  }

  /** The prompt tokens of those that the pod did not hold when they were routed. */
  long uncachedTokens() {
    return uncachedTokens;
  }

  /** The KV blocks of the requests there. */
  ActiveBlocks blocks() {
    return blocks;
  }

  void routed(int prompt, int uncached) {
    inFlight++;
    promptTokens += prompt;
    uncachedTokens += uncached;
  }

  void prefilled(int prompt, int uncached) {
    promptTokens -= prompt;
    uncachedTokens -= uncached;
  }

  void ended() {
    inFlight--;
  }
}

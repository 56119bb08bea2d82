package io.pickwick.bench.feed;

import java.time.Duration;

/**
 * What is published, and how fast.
 *
 * @param publishers how many there are
 * @param rate block operations per second of each: a block stored is one, a block removed is one
 * @param holdMessages messages whose blocks a publisher holds; the blocks of older ones it removes
 * @param connects whether the publishers connect to us; else we connect to them
 * @param lanes threads that decode and apply
 * @param lookupRate prompts per second that are looked up meanwhile
 * @param warmUp before anything is measured
 * @param window what is measured
 */
record FeedLoad(
    int publishers,
    int rate,
    int holdMessages,
    boolean connects,
    int lanes,
    int lookupRate,
    Duration warmUp,
    Duration window) {
  /** Checks the ranges. */
  FeedLoad {
    if (publishers < 1 || publishers > 250 * 250) {
      throw new IllegalArgumentException("publishers must be from 1 to 62500: " + publishers);
    }
    if (rate < 1 || lookupRate < 0) {
      throw new IllegalArgumentException("rates must be positive");
    }
    if (holdMessages < BlockChains.LEAST_HELD) {
      throw new IllegalArgumentException(
          "a publisher must hold at least %d blocks"
              .formatted(BlockChains.LEAST_HELD * BlockChains.STORED));
    }
  }

  /** Such as 127.9.0.1: what a publisher binds where we connect, and what its topic names. */
  static String address(int publisher) {
    return "127.9." + publisher / 250 + "." + (publisher % 250 + 1);
  }
}

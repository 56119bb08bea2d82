package io.pickwick.epp.prefix;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/** How many prompts were looked up in which way, and what came of it; safe for concurrent use. */
final class PromptCounts {
  private final LongAdder exact = new LongAdder();
  private final Map<Estimated.Reason, LongAdder> estimated = new EnumMap<>(Estimated.Reason.class);
  private final LongAdder promised = new LongAdder();
  private final LongAdder cached = new LongAdder();

  PromptCounts() {
    for (Estimated.Reason reason : Estimated.Reason.values()) {
      estimated.put(reason, new LongAdder());
    }
  }

  /** A prompt went to an endpoint, where it was estimated if there is a reason for that. */
  void routed(Optional<Estimated> why) {
    if (why.isPresent()) {
      count(why.get().reason()).increment();
    } else {
      exact.increment();
    }
  }

  /** An endpoint told how many tokens it had cached of a prompt that was looked up there. */
  void served(long tokensPromised, long tokensCached) {
    promised.add(tokensPromised);
    cached.add(tokensCached);
  }

  long exact() {
    return exact.sum();
  }

  long estimated(Estimated.Reason reason) {
    return count(reason).sum();
  }

  long promisedTokens() {
    return promised.sum();
  }

  long cachedTokens() {
    return cached.sum();
  }

  private LongAdder count(Estimated.Reason reason) {
    LongAdder count = estimated.get(reason);
    if (count == null) {
      throw new IllegalStateException("not counted: " + reason);
    }
    return count;
  }
}

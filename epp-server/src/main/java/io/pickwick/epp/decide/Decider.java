package io.pickwick.epp.decide;

import java.io.InputStream;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The one place where a request becomes a decision; safe for concurrent use, never blocks. */
public interface Decider {
  /** Chooses the endpoint and reserves its load, or refuses. */
  Verdict decide(Inquiry inquiry);

  /**
   * As {@link #decide(Inquiry)}, but may take its time: tells {@code answer} exactly once, either
   * before it returns or later on {@code loop}.
   *
   * @param body opens the whole body for reading, by any thread, until the answer is told
   */
  default void decide(
      Inquiry inquiry, Supplier<InputStream> body, Executor loop, Consumer<Verdict> answer) {
    answer.accept(decide(inquiry));
  }

  /** Counts a request that was refused before it could be decided; its id is empty if unknown. */
  void refused(String requestId, Verdict.Refused refusal);
}

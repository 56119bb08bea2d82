package io.pickwick.epp.decide;

import java.io.InputStream;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Looks prompts up; safe for concurrent use, and never blocks. */
public interface PromptViews {
  /**
   * The prompt as the scanner hashed it.
   *
   * @param target the model or adapter that will serve it
   */
  PromptView estimate(Inquiry inquiry, String target);

  /**
   * The prompt as well as it can be known: tells {@code done} exactly once, before it returns or
   * later on {@code loop}.
   *
   * @param body opens the whole body, by any thread, until {@code done} was told
   */
  default void view(
      Inquiry inquiry,
      String target,
      Supplier<InputStream> body,
      Executor loop,
      Consumer<PromptView> done) {
    done.accept(estimate(inquiry, target));
  }
}

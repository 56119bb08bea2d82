package io.pickwick.epp.decide;

import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.history.PrefixHistory;
import io.pickwick.kv.index.PrefixIndex;
import io.pickwick.schedule.Endpoint;

/** Looks prompts up in what was sent where before. */
public final class EstimatedPrompts implements PromptViews {
  private final PrefixHistory history;

  /** Remembers in, and asks, this history. */
  public EstimatedPrompts(PrefixHistory history) {
    this.history = history;
  }

  @Override
  public PromptView estimate(Inquiry inquiry, String target) {
    return new Estimated(
        history,
        inquiry.prompt().separated(PromptKeys.separator(target, inquiry.facts().cacheSalt())));
  }

  private record Estimated(PrefixHistory history, PromptKeys prompt) implements PromptView {
    @Override
    public PrefixIndex index() {
      return history;
    }

    @Override
    public String mode(Endpoint picked) {
      return "";
    }

    @Override
    public Sent routed(Endpoint endpoint, int matched) {
      if (prompt.count() > 0) {
        history.record(endpoint.slot(), prompt);
      }
      return Sent.NONE;
    }
  }
}

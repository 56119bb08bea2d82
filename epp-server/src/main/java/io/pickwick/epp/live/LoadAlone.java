package io.pickwick.epp.live;

import io.pickwick.epp.decide.Inquiry;
import io.pickwick.epp.decide.PromptView;
import io.pickwick.epp.decide.PromptViews;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.PrefixIndex;
import io.pickwick.schedule.Endpoint;

/**
 * Shows of every prompt its length alone, so that endpoints are chosen by their load; what is sent
 * where is remembered all the same, for the day when prefixes count again.
 */
record LoadAlone(PromptViews estimate) implements PromptViews {
  @Override
  public PromptView estimate(Inquiry inquiry, String target) {
    return new Length(estimate.estimate(inquiry, target));
  }

  private record Length(PromptView view) implements PromptView {
    @Override
    public PromptKeys prompt() {
      return view.prompt();
    }

    @Override
    public PrefixIndex index() {
      return PrefixIndex.none();
    }

    @Override
    public String mode(Endpoint picked) {
      return "does not count";
    }

    @Override
    public Sent routed(Endpoint endpoint, int matched) {
      return view.routed(endpoint, matched);
    }
  }
}

package io.pickwick.epp.prefix;

import io.pickwick.epp.decide.PromptView;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.PrefixIndex;
import io.pickwick.schedule.Endpoint;

/** A prompt that had to be estimated, and why. */
record EstimatedView(PromptView estimate, String why) implements PromptView {
  @Override
  public PromptKeys prompt() {
    return estimate.prompt();
  }

  @Override
  public PrefixIndex index() {
    return estimate.index();
  }

  @Override
  public String mode(Endpoint picked) {
    return "estimated: " + why;
  }

  @Override
  public boolean followsEvents() {
    return true;
  }

  @Override
  public Sent routed(Endpoint endpoint, int matched) {
    return estimate.routed(endpoint, matched);
  }
}

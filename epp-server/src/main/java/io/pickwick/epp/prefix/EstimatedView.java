package io.pickwick.epp.prefix;

import io.pickwick.epp.decide.PromptView;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.PrefixIndex;
import io.pickwick.schedule.Endpoint;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * A prompt that had to be estimated.
 *
 * @param why the reason, for the slot that it goes to
 */
record EstimatedView(PromptView estimate, IntFunction<Estimated> why, PromptCounts counts)
    implements PromptView {
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
    return why.apply(picked.slot()).mode();
  }

  @Override
  public boolean followsEvents() {
    return true;
  }

  @Override
  public Sent routed(Endpoint endpoint, int matched) {
    counts.routed(Optional.of(why.apply(endpoint.slot())));
    return estimate.routed(endpoint, matched);
  }
}

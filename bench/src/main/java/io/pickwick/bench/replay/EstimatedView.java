package io.pickwick.bench.replay;

import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.history.PrefixHistory;
import io.pickwick.kv.index.PrefixIndex;

/** The view of who only knows what it sent where: the endpoint picker's own history. */
final class EstimatedView implements PrefixView {
  private final PrefixHistory history;

  /** A history as large as each pod's cache, as the endpoint picker tunes it. */
  EstimatedView(FleetSpec fleet) {
    history = new PrefixHistory(fleet.engine().blockSize(), fleet.engine().kvBlocks());
  }

  @Override
  public PromptKeys prompt(KeyedRequest request) {
    return request.estimated();
  }

  @Override
  public PrefixIndex index() {
    return history;
  }

  @Override
  public void routed(int pod, KeyedRequest request) {
    history.record(pod, request.estimated());
  }
}

package io.pickwick.bench.replay;

import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.BlockChanges;
import io.pickwick.kv.index.PrefixIndex;

/** What a router believes the pods' caches to hold. */
interface PrefixView {
  /** The prompt as this view cuts it. */
  PromptKeys prompt(KeyedRequest request);

  /** Who holds how much of such a prompt. */
  PrefixIndex index();

  /** The request goes to a pod. */
  default void routed(int pod, KeyedRequest request) {}

  /** The request has ended. */
  default void ended(KeyedRequest request) {}

  /** Whether it wants the pods' KV events. */
  default boolean followsEvents() {
    return false;
  }

  /** What changed in a pod's cache during one step. */
  default void changed(int pod, BlockChanges changes) {}

  /** The view of one who does not look. */
  final class Blind implements PrefixView {
    @Override
    public PromptKeys prompt(KeyedRequest request) {
      return new PromptKeys(new long[0], 0, new int[0], request.promptTokens());
    }

    @Override
    public PrefixIndex index() {
      return PrefixIndex.none();
    }
  }
}

package io.pickwick.bench.replay;

import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.history.Speculation;
import io.pickwick.kv.index.BlockChanges;
import io.pickwick.kv.index.KvIndex;
import io.pickwick.kv.index.MediumWeights;
import io.pickwick.kv.index.PrefixIndex;
import io.pickwick.kv.index.PrefixMatch;
import io.pickwick.kv.index.RankBlocks;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The view of who follows the pods' KV events: the endpoint picker's own index, and its speculation
 * for what was routed and not yet stored.
 */
final class ExactView implements PrefixView, PrefixIndex {
  private static final long SPECULATION_NANOS = 2_000_000_000L;
  private static final int SPECULATED_BLOCKS = 1 << 20;
  private static final long INDEX_BYTES = 8L << 30;

  private final KvIndex index = new KvIndex(MediumWeights.standard(), INDEX_BYTES);
  private final List<RankBlocks> publishers = new ArrayList<>();
  private final Speculation speculation;
  private final Map<Integer, Speculation.Sent> speculated = new HashMap<>();

  ExactView(FleetSpec fleet, Agenda agenda) {
    speculation = new Speculation(SPECULATION_NANOS, SPECULATED_BLOCKS, agenda::now);
    for (int slot = 0; slot < fleet.pods(); slot++) {
      publishers.add(index.open(slot, 0));
    }
  }

  @Override
  public PromptKeys prompt(KeyedRequest request) {
    return request.hits();
  }

  @Override
  public PrefixIndex index() {
    return this;
  }

  @Override
  public void match(PromptKeys prompt, PrefixMatch into) {
    index.match(prompt, into);
    speculation.match(prompt, into);
  }

  @Override
  public void routed(int pod, KeyedRequest request) {
    speculated.put(request.id(), speculation.record(pod, request.stored()));
  }

  @Override
  public void ended(KeyedRequest request) {
    Speculation.Sent sent = speculated.remove(request.id());
    if (sent != null) {
      speculation.withdraw(sent);
    }
  }

  @Override
  public boolean followsEvents() {
    return true;
  }

  @Override
  public void changed(int pod, BlockChanges changes) {
    publishers.get(pod).write(changes);
  }

  /** What the events told, without speculation. */
  KvIndex told() {
    return index;
  }

  /** How many blocks a pod is known to hold. */
  long blocks(int pod) {
    return publishers.get(pod).blocks();
  }
}

package io.pickwick.bench.micro;

import io.pickwick.kv.event.Medium;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.BlockIndex;
import io.pickwick.kv.index.PrefixMatch;
import io.pickwick.kv.index.RankBlocks;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The straightforward block index to compare with: a concurrent map from a key to the set of slots.
 *
 * <p>It knows neither media, copies nor tags, and a clear visits every key.
 */
final class MapIndex implements BlockIndex {
  private final ConcurrentHashMap<Long, Set<Integer>> holders = new ConcurrentHashMap<>();

  @Override
  public RankBlocks open(int slot, int rank) {
    return new SlotBlocks(slot);
  }

  @Override
  public void match(PromptKeys prompt, long tag, PrefixMatch into) {
    if (prompt.count() == 0) {
      return;
    }
    Set<Integer> going = Set.copyOf(holders.getOrDefault(prompt.key(0), Set.of()));
    int block = 0;
    while (!going.isEmpty()) {
      int tokens = prompt.tokensIn(++block);
      Set<Integer> next =
          block < prompt.count() ? holders.getOrDefault(prompt.key(block), Set.of()) : Set.of();
      if (!next.containsAll(going)) {
        Set<Integer> on = ConcurrentHashMap.newKeySet();
        for (Integer slot : going) {
          if (next.contains(slot)) {
            on.add(slot);
          } else {
            into.set(slot, tokens);
          }
        }
        going = on;
      }
    }
  }

  private final class SlotBlocks implements RankBlocks {
    private final Integer slot;

    SlotBlocks(int slot) {
      this.slot = slot;
    }

    @Override
    public void store(long parent, long[] keys, int count, Medium medium, long tag) {
      for (int i = 0; i < count; i++) {
        holders.compute(
            keys[i],
            (key, old) -> {
              Set<Integer> set = old == null ? ConcurrentHashMap.newKeySet(1) : old;
              set.add(slot);
              return set;
            });
      }
    }

    @Override
    public void report(long parent, long[] keys, int count, Medium medium, long tag) {
      store(parent, keys, count, medium, tag);
    }

    @Override
    public boolean remove(long key, Medium medium) {
      boolean[] removed = new boolean[1];
      holders.computeIfPresent(
          key,
          (same, set) -> {
            removed[0] = set.remove(slot);
            return set.isEmpty() ? null : set;
          });
      return removed[0];
    }

    @Override
    public void clear() {
      for (Long key : holders.keySet()) {
        remove(key, Medium.GPU);
      }
    }

    @Override
    public long blocks() {
      return holders.values().stream().filter(set -> set.contains(slot)).count();
    }

    @Override
    public void close() {
      clear();
    }
  }
}

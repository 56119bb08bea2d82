package io.pickwick.kv.feed;

import io.pickwick.kv.event.Medium;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.BlockIndex;
import io.pickwick.kv.index.PrefixMatch;
import io.pickwick.kv.index.RankBlocks;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** An index that only tells what it was told: each publisher's blocks, for comparison in full. */
final class HeldBlocks implements BlockIndex {
  private final List<Rank> open = new ArrayList<>();

  /** What is held as one rank of a slot's, by whoever has it open. */
  synchronized Set<Long> held(int slot, int rank) {
    Set<Long> held = new TreeSet<>();
    for (Rank one : open) {
      if (one.slot == slot && one.rank == rank) {
        held.addAll(one.copies.keySet());
      }
    }
    return held;
  }

  /** How many publishers are open. */
  synchronized int publishers() {
    return open.size();
  }

  @Override
  public synchronized RankBlocks open(int slot, int rank) {
    Rank made = new Rank(slot, rank);
    open.add(made);
    return made;
  }

  @Override
  public void match(PromptKeys prompt, long tag, PrefixMatch into) {
    throw new UnsupportedOperationException("only compared in full");
  }

  private final class Rank implements RankBlocks {
    private final int slot;
    private final int rank;
    private final Map<Long, Integer> copies = new HashMap<>();

    Rank(int slot, int rank) {
      this.slot = slot;
      this.rank = rank;
    }

    @Override
    public void store(long parent, long[] keys, int count, Medium medium, long tag) {
      synchronized (HeldBlocks.this) {
        for (int i = 0; i < count; i++) {
          copies.merge(keys[i], 1, Integer::sum);
        }
      }
    }

    @Override
    public void report(long parent, long[] keys, int count, Medium medium, long tag) {
      synchronized (HeldBlocks.this) {
        for (int i = 0; i < count; i++) {
          copies.putIfAbsent(keys[i], 1);
        }
      }
    }

    @Override
    public boolean remove(long key, Medium medium) {
      synchronized (HeldBlocks.this) {
        boolean there = copies.containsKey(key);
        copies.computeIfPresent(key, (same, count) -> count > 1 ? count - 1 : null);
        return there;
      }
    }

    @Override
    public void clear() {
      synchronized (HeldBlocks.this) {
        copies.clear();
      }
    }

    @Override
    public long blocks() {
      synchronized (HeldBlocks.this) {
        return copies.size();
      }
    }

    @Override
    public void close() {
      synchronized (HeldBlocks.this) {
        open.remove(this);
      }
    }
  }
}

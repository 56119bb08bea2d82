package io.pickwick.kv.index;

import io.pickwick.kv.event.Medium;
import io.pickwick.kv.hash.PromptKeys;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The block index as a set model per rank, for comparison: slow, and plainly right. */
public final class NaiveIndex implements BlockIndex {
  /** The tag is that of the first store; mixed if one differed since. */
  private record Held(int copies, long tag, boolean mixed) {
    Held more(boolean copy, long told) {
      int more = copies == 0 || copy ? copies + 1 : copies;
      return new Held(more, tag, mixed || told != tag);
    }

    Held less() {
      return new Held(copies - 1, tag, mixed);
    }

    boolean answers(long asked) {
      return tag == asked && !mixed;
    }
  }

  private final MediumWeights weights;
  private final List<NaiveRank> ranks = new ArrayList<>();

  public NaiveIndex(MediumWeights weights) {
    this.weights = weights;
  }

  @Override
  public synchronized RankBlocks open(int slot, int rank) {
    NaiveRank opened = new NaiveRank(slot, rank);
    ranks.add(opened);
    return opened;
  }

  @Override
  public synchronized void match(PromptKeys prompt, long tag, PrefixMatch into) {
    for (NaiveRank rank : ranks) {
      if (rank.slot >= into.slots()) {
        continue;
      }
      long parts = 0;
      int blocks = 0;
      while (blocks < prompt.count()) {
        long key = prompt.key(blocks);
        int best =
            rank.blocks.getOrDefault(key, Map.of()).entrySet().stream()
                .filter(held -> held.getValue().answers(tag))
                .mapToInt(held -> weights.parts(MediumWeights.code(held.getKey())))
                .max()
                .orElse(-1);
        if (best < 0) {
          break;
        }
        parts += (long) best * (prompt.tokensIn(blocks + 1) - prompt.tokensIn(blocks));
        blocks++;
      }
      if (blocks > 0) {
        int saved = (int) (parts >> MediumWeights.SHIFT);
        into.raise(rank.slot, saved, prompt.tokensIn(blocks), rank.rank);
      }
    }
  }

  /** Blocks held by all ranks, each medium for itself and copies counted once. */
  public synchronized long holderBlocks() {
    return ranks.stream().mapToLong(NaiveRank::count).sum();
  }

  /** Different keys held by anybody. */
  public synchronized long keys() {
    return ranks.stream().flatMap(rank -> rank.blocks.keySet().stream()).distinct().count();
  }

  private final class NaiveRank implements RankBlocks {
    private final int slot;
    private final int rank;
    private final Map<Long, Map<Medium, Held>> blocks = new HashMap<>();
    private boolean closed;

    NaiveRank(int slot, int rank) {
      this.slot = slot;
      this.rank = rank;
    }

    @Override
    public void store(long parent, long[] keys, int count, Medium medium, long tag) {
      add(keys, count, medium, tag, true);
    }

    @Override
    public void report(long parent, long[] keys, int count, Medium medium, long tag) {
      add(keys, count, medium, tag, false);
    }

    private void add(long[] keys, int count, Medium medium, long tag, boolean copy) {
      synchronized (NaiveIndex.this) {
        if (closed) {
          return;
        }
        for (int i = 0; i < count; i++) {
          Map<Medium, Held> media =
              blocks.computeIfAbsent(keys[i], key -> new EnumMap<>(Medium.class));
          Held held = media.getOrDefault(medium, new Held(0, tag, false));
          media.put(medium, held.more(copy, tag));
        }
      }
    }

    @Override
    public boolean remove(long key, Medium medium) {
      synchronized (NaiveIndex.this) {
        Map<Medium, Held> media = blocks.getOrDefault(key, new EnumMap<>(Medium.class));
        Held held = media.getOrDefault(medium, new Held(0, 0, false));
        if (held.copies() == 0) {
          return false;
        }
        if (held.copies() > 1) {
          media.put(medium, held.less());
          return true;
        }
        media.remove(medium);
        if (media.isEmpty()) {
          blocks.remove(key);
        }
        return true;
      }
    }

    @Override
    public void clear() {
      synchronized (NaiveIndex.this) {
        blocks.clear();
      }
    }

    @Override
    public long blocks() {
      synchronized (NaiveIndex.this) {
        return count();
      }
    }

    private long count() {
      return blocks.values().stream().mapToLong(Map::size).sum();
    }

    @Override
    public void close() {
      synchronized (NaiveIndex.this) {
        clear();
        closed = true;
        ranks.remove(this);
      }
    }
  }
}

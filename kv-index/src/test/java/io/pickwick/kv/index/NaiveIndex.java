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
  private record Held(int copies) {
    Held more() {
      return new Held(copies + 1);
    }

    Held less() {
      return new Held(copies - 1);
    }
  }

  /** The tag of a key, from its first store until nobody holds it; then mixed if one differed. */
  private record Tag(int tag, boolean mixed) {}

  private final MediumWeights weights;
  private final List<NaiveRank> ranks = new ArrayList<>();
  private final Map<Long, Tag> tags = new HashMap<>();

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
  public synchronized void match(PromptKeys prompt, int tag, PrefixMatch into) {
    for (NaiveRank rank : ranks) {
      if (rank.slot >= into.slots()) {
        continue;
      }
      long parts = 0;
      int blocks = 0;
      while (blocks < prompt.count()) {
        long key = prompt.key(blocks);
        Map<Medium, Held> media = rank.blocks.getOrDefault(key, Map.of());
        if (media.isEmpty() || !new Tag(tag, false).equals(tags.get(key))) {
          break;
        }
        int best =
            media.keySet().stream()
                .mapToInt(m -> weights.parts(MediumWeights.code(m)))
                .max()
                .orElseThrow();
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

  private void forgetTag(long key) {
    if (ranks.stream().noneMatch(rank -> rank.blocks.containsKey(key))) {
      tags.remove(key);
    }
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
    public void store(long parent, long[] keys, int count, Medium medium, int tag) {
      add(keys, count, medium, tag, true);
    }

    @Override
    public void report(long parent, long[] keys, int count, Medium medium, int tag) {
      add(keys, count, medium, tag, false);
    }

    private void add(long[] keys, int count, Medium medium, int tag, boolean copy) {
      synchronized (NaiveIndex.this) {
        if (closed) {
          return;
        }
        for (int i = 0; i < count; i++) {
          Map<Medium, Held> media =
              blocks.computeIfAbsent(keys[i], key -> new EnumMap<>(Medium.class));
          Held held = media.getOrDefault(medium, new Held(0));
          if (held.copies() == 0 || copy) {
            media.put(medium, held.more());
          }
          tags.merge(
              keys[i],
              new Tag(tag, false),
              (old, now) -> old.tag() == now.tag() ? old : new Tag(old.tag(), true));
        }
      }
    }

    @Override
    public boolean remove(long key, Medium medium) {
      synchronized (NaiveIndex.this) {
        Map<Medium, Held> media = blocks.getOrDefault(key, new EnumMap<>(Medium.class));
        Held held = media.getOrDefault(medium, new Held(0));
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
          forgetTag(key);
        }
        return true;
      }
    }

    @Override
    public void clear() {
      synchronized (NaiveIndex.this) {
        List<Long> keys = List.copyOf(blocks.keySet());
        blocks.clear();
        keys.forEach(NaiveIndex.this::forgetTag);
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

package io.pickwick.kv.history;

import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.PrefixIndex;
import io.pickwick.kv.index.PrefixMatch;
import java.util.Arrays;

/**
 * What was sent where: per endpoint the most recently used blocks of the prompts that it was given,
 * as an estimate of what its cache still holds.
 *
 * <p>Endpoints are known by their slot. Capacities and sizes are counted in base blocks; a block
 * that covers sixteen of them weighs sixteen. Keys must be chained, as {@link PromptKeys} demands:
 * the same key never follows two different ones. Safe for concurrent use.
 */
public final class PrefixHistory implements PrefixIndex {
  /*
   * Endpoints stand in racks of 64. Each endpoint keeps an exact LRU order of its blocks
   * (EndpointHistory, under that endpoint's monitor); each rack keeps, for readers, one table from
   * key to the set of its endpoints that hold the key (Rack, under a StampedLock). So a prompt is
   * looked up once per rack, not once per endpoint.
   *
   * A chain is touched from its last block to its first. Whoever touches block i touches block i-1
   * right after it, so of a chain the earlier block is always the more recently used one, eviction
   * takes a chain's end first, and what an endpoint holds of any chain is a run from its start.
   * That is what lets the rack search for the ends of the runs instead of walking them. New blocks
   * enter the rack's table first to last and leave it last to first, so a reader sees runs from the
   * start at any moment.
   *
   * Lock order: growth of the racks' array; an endpoint's monitor; its rack's write lock. Readers
   * take no lock unless writers keep disturbing them.
   */

  /** The capacity that the field's prefix scorers give an endpoint they know nothing of. */
  public static final int DEFAULT_CAPACITY = 31_250;

  private final int blockTokens;
  private final int defaultCapacity;
  private volatile Rack[] racks = new Rack[0];

  /**
   * @param blockTokens tokens of a base block
   * @param defaultCapacity base blocks that an endpoint is taken to hold until told otherwise
   */
  public PrefixHistory(int blockTokens, int defaultCapacity) {
    if (blockTokens <= 0 || defaultCapacity < 0) {
      throw new IllegalArgumentException(
          "block tokens must be positive and the capacity not negative: %d, %d"
              .formatted(blockTokens, defaultCapacity));
    }
    this.blockTokens = blockTokens;
    this.defaultCapacity = defaultCapacity;
  }

  /**
   * Notes that the endpoint was given this prompt; its blocks become the most recently used ones.
   * Of a prompt that exceeds the endpoint's capacity only the beginning is kept.
   */
  public void record(int slot, PromptKeys prompt) {
    if (prompt.count() > 0) {
      grownTo(slot).record(prompt);
    }
  }

  @Override
  public void match(PromptKeys prompt, PrefixMatch into) {
    if (prompt.count() == 0) {
      return;
    }
    Rack[] current = racks;
    int needed = Math.min(current.length, (into.slots() + Rack.WIDTH - 1) / Rack.WIDTH);
    for (int i = 0; i < needed; i++) {
      current[i].match(prompt, into, i * Rack.WIDTH);
    }
  }

  /** Forgets all of an endpoint, its capacity too: it has left, and its slot may be used again. */
  public void forget(int slot) {
    Rack[] current = racks;
    if (slot / Rack.WIDTH < current.length) {
      endpoint(current, slot).forget();
    }
  }

  /**
   * Sets how many base blocks the endpoint is taken to hold, and evicts what is over it.
   *
   * @throws IllegalArgumentException if negative
   */
  public void capacity(int slot, int blocks) {
    if (blocks < 0) {
      throw new IllegalArgumentException("the capacity must not be negative: " + blocks);
    }
    grownTo(slot).capacity(blocks);
  }

  /** Base blocks that the endpoint is taken to hold now; zero for a slot never used. */
  public int blocks(int slot) {
    Rack[] current = racks;
    return slot / Rack.WIDTH < current.length ? endpoint(current, slot).blocks() : 0;
  }

  /** Memory of all tables in bytes. */
  public long bytes() {
    long sum = 0;
    for (Rack rack : racks) {
      sum += rack.bytes();
    }
    return sum;
  }

  private EndpointHistory grownTo(int slot) {
    Rack[] current = racks;
    return endpoint(slot / Rack.WIDTH < current.length ? current : grow(slot), slot);
  }

  private static EndpointHistory endpoint(Rack[] racks, int slot) {
    return racks[slot / Rack.WIDTH].endpoint(slot % Rack.WIDTH);
  }

  private synchronized Rack[] grow(int slot) {
    Rack[] current = racks;
    int wanted = slot / Rack.WIDTH + 1;
    if (current.length < wanted) {
      Rack[] grown = Arrays.copyOf(current, wanted);
      for (int i = current.length; i < wanted; i++) {
        grown[i] = new Rack(blockTokens, defaultCapacity);
      }
      racks = grown;
      return grown;
    }
    return current;
  }
}

package io.pickwick.kv.index;

import java.util.Arrays;

/**
 * How many leading tokens of one prompt each endpoint already holds, by endpoint slot.
 *
 * <p>A scratch object of one thread, used again for every request.
 */
public final class PrefixMatch {
  private int[] tokens = new int[0];
  private int[] held = new int[0];
  private int[] rank = new int[0];
  private int slots;
  private final Walk walk = new Walk();

  /** Starts over for slots {@code 0 .. slots-1}, all at zero. */
  public void reset(int slots) {
    if (tokens.length < slots) {
      int length = Math.max(slots, tokens.length * 2);
      tokens = new int[length];
      held = new int[length];
      rank = new int[length];
    } else {
      Arrays.fill(tokens, 0, slots, 0);
      Arrays.fill(held, 0, slots, 0);
    }
    Arrays.fill(rank, 0, slots, -1);
    this.slots = slots;
  }

  /** How many slots are counted. */
  public int slots() {
    return slots;
  }

  /** Sets what one slot holds, in tokens, all of them where a hit costs nothing. */
  public void set(int slot, int matched) {
    tokens[slot] = matched;
    held[slot] = matched;
  }

  /** Sets what one slot holds unless it is known to hold more. */
  public void raise(int slot, int matched) {
    if (matched > tokens[slot]) {
      set(slot, matched);
    }
  }

  /**
   * Sets what one rank of a slot holds, unless another rank of it is better: by tokens saved, then
   * by tokens held, then the lower rank.
   */
  void raise(int slot, int saved, int held, int rank) {
    int better = Integer.compare(saved, tokens[slot]);
    if (better == 0) {
      better = Integer.compare(held, this.held[slot]);
    }
    if (better == 0 && held > 0) {
      better = Integer.compare(this.rank[slot], rank);
    }
    if (better > 0) {
      tokens[slot] = saved;
      this.held[slot] = held;
      this.rank[slot] = rank;
    }
  }

  /**
   * Leading tokens of the prompt that this slot need not compute; zero for a slot not counted. A
   * block in a slow medium counts for the share of its tokens that a hit there saves.
   */
  public int tokens(int slot) {
    return slot < slots ? tokens[slot] : 0;
  }

  /** Leading tokens that this slot holds, whatever the medium; zero for a slot not counted. */
  int held(int slot) {
    return slot < slots ? held[slot] : 0;
  }

  /** Which rank of the slot holds them; -1 if none does or it is not known. */
  public int rank(int slot) {
    return slot < slots ? rank[slot] : -1;
  }

  Walk walk() {
    return walk;
  }
}

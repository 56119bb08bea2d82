package io.pickwick.kv.index;

import java.util.Arrays;

/**
 * How many leading tokens of one prompt each endpoint already holds, by endpoint slot.
 *
 * <p>A scratch object of one thread, used again for every request.
 */
public final class PrefixMatch {
  private int[] tokens = new int[0];
  private int slots;

  /** Starts over for slots {@code 0 .. slots-1}, all at zero. */
  public void reset(int slots) {
    if (tokens.length < slots) {
      tokens = new int[Math.max(slots, tokens.length * 2)];
    } else {
      Arrays.fill(tokens, 0, slots, 0);
    }
    this.slots = slots;
  }

  /** How many slots are counted. */
  public int slots() {
    return slots;
  }

  /** Sets what one slot holds, in tokens. */
  public void set(int slot, int matched) {
    tokens[slot] = matched;
  }

  /** Sets what one slot holds unless it is known to hold more. */
  public void raise(int slot, int matched) {
    if (matched > tokens[slot]) {
      tokens[slot] = matched;
    }
  }

  /** Leading tokens of the prompt that this slot holds; zero for a slot not counted. */
  public int tokens(int slot) {
    return slot < slots ? tokens[slot] : 0;
  }
}

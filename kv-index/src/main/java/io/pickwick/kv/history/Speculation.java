package io.pickwick.kv.history;

import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.PrefixIndex;
import io.pickwick.kv.index.PrefixMatch;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.function.LongSupplier;

/**
 * Prompts that were just sent somewhere and of which no event can tell yet: each counts for its
 * endpoint at once and until it expires, alone, whatever else shares its blocks.
 *
 * <p>Of a prompt the first 256 blocks count one by one and after that every eighth, so a match of a
 * long one may be up to seven blocks short; none is too long. Safe for concurrent use.
 */
public final class Speculation implements PrefixIndex {
  /*
   * One open-addressed table of (key, slot, count), probed by key alone, so all slots of a key lie
   * in one cluster. A prompt's sampled keys are a chain: if one of them is not in the table, no
   * later one is, and a query ends there. Everything is short and under one lock.
   */
  private static final int SINGLY = 256;
  private static final int STRIDE = 8;
  private static final int LEAST_ROOM = 256;

  private final long ttlNanos;
  private final LongSupplier nanos;
  private final int most;
  private final LinkedHashSet<Sent> sent = new LinkedHashSet<>();
  private long[] keys = new long[LEAST_ROOM];
  private int[] slots = new int[LEAST_ROOM];
  private int[] counts = new int[LEAST_ROOM];
  private int used;

  /** One prompt's part; {@link #withdraw} takes it back before it expires. */
  public static final class Sent {
    private final int slot;
    private final PromptKeys prompt;
    private final long expiresNanos;

    private Sent(int slot, PromptKeys prompt, long expiresNanos) {
      this.slot = slot;
      this.prompt = prompt;
      this.expiresNanos = expiresNanos;
    }
  }

  /**
   * Makes an empty one.
   *
   * @param ttlNanos how long a prompt counts
   * @param most how many sampled blocks are kept; while there are more, new prompts do not count
   */
  public Speculation(long ttlNanos, int most, LongSupplier nanos) {
    this.ttlNanos = ttlNanos;
    this.most = most;
    this.nanos = nanos;
  }

  /** A prompt goes to an endpoint. */
  public synchronized Sent record(int slot, PromptKeys prompt) {
    expire();
    Sent one = new Sent(slot, prompt, nanos.getAsLong() + ttlNanos);
    if (used < most) {
      sent.add(one);
      for (int block = 0; block < prompt.count(); block = next(block)) {
        add(prompt.key(block), slot);
      }
    }
    return one;
  }

  /** A prompt did not get there after all. */
  public synchronized void withdraw(Sent one) {
    if (sent.remove(one)) {
      drop(one);
    }
  }

  /** Nothing counts for a slot any more. */
  public synchronized void forget(int slot) {
    for (Iterator<Sent> all = sent.iterator(); all.hasNext(); ) {
      Sent one = all.next();
      if (one.slot == slot) {
        all.remove();
        drop(one);
      }
    }
  }

  /** Raises each slot of {@code into} to what was just sent there. */
  @Override
  public synchronized void match(PromptKeys prompt, PrefixMatch into) {
    expire();
    if (used == 0) {
      return;
    }
    for (int block = 0; block < prompt.count(); block = next(block)) {
      long key = prompt.key(block);
      int tokens = prompt.tokensIn(block + 1);
      boolean found = false;
      for (int at = home(key); counts[at] != 0; at = at + 1 & keys.length - 1) {
        if (keys[at] == key) {
          found = true;
          if (slots[at] < into.slots()) {
            into.raise(slots[at], tokens);
          }
        }
      }
      if (!found) {
        return;
      }
    }
  }

  /** How many sampled blocks count now, each slot for itself. */
  public synchronized int size() {
    return used;
  }

  private static int next(int block) {
    return block + 1 < SINGLY ? block + 1 : (block + 1) / STRIDE * STRIDE + STRIDE - 1;
  }

  private void expire() {
    long now = nanos.getAsLong();
    for (Iterator<Sent> all = sent.iterator(); all.hasNext(); ) {
      Sent oldest = all.next();
      if (now - oldest.expiresNanos < 0) {
        return;
      }
      all.remove();
      drop(oldest);
    }
  }

  private void drop(Sent one) {
    for (int block = 0; block < one.prompt.count(); block = next(block)) {
      remove(one.prompt.key(block), one.slot);
    }
  }

  private int home(long key) {
    // The keys are hashes already; their upper half chooses the place.
    return (int) (key >>> 32) & keys.length - 1;
  }

  private void add(long key, int slot) {
    if (2 * used >= keys.length) {
      resize(2 * keys.length);
    }
    int at = home(key);
    while (counts[at] != 0) {
      if (keys[at] == key && slots[at] == slot) {
        counts[at]++;
        return;
      }
      at = at + 1 & keys.length - 1;
    }
    keys[at] = key;
    slots[at] = slot;
    counts[at] = 1;
    used++;
  }

  private void remove(long key, int slot) {
    int at = home(key);
    while (keys[at] != key || slots[at] != slot || counts[at] == 0) {
      at = at + 1 & keys.length - 1;
    }
    if (--counts[at] > 0) {
      return;
    }
    used--;
    close(at);
    if (keys.length > LEAST_ROOM && 16 * used < keys.length) {
      resize(keys.length / 4);
    }
  }

  /** Moves entries back over a hole, so that every probe still ends at the first empty place. */
  private void close(int hole) {
    int mask = keys.length - 1;
    int empty = hole;
    for (int at = hole + 1 & mask; counts[at] != 0; at = at + 1 & mask) {
      int distance = at - home(keys[at]) & mask;
      if (distance >= (at - empty & mask)) {
        keys[empty] = keys[at];
        slots[empty] = slots[at];
        counts[empty] = counts[at];
        empty = at;
      }
    }
    counts[empty] = 0;
  }

  private void resize(int room) {
    long[] oldKeys = keys;
    int[] oldSlots = slots;
    int[] oldCounts = counts;
    keys = new long[room];
    slots = new int[room];
    counts = new int[room];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldCounts[i] != 0) {
        int at = home(oldKeys[i]);
        while (counts[at] != 0) {
          at = at + 1 & room - 1;
        }
        keys[at] = oldKeys[i];
        slots[at] = oldSlots[i];
        counts[at] = oldCounts[i];
      }
    }
  }

  @Override
  public synchronized String toString() {
    return "Speculation[" + used + " blocks of " + sent.size() + " prompts]";
  }
}

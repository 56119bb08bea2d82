package io.pickwick.kv.history;

import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.PrefixMatch;
import java.util.concurrent.locks.StampedLock;

/** The histories of 64 neighbouring endpoints and one table of who among them holds which key. */
final class Rack {
  /*
   * The table is a set of shards with open addressing and linear probing. A shard is one long[] of
   * pairs (key, holders): one cache line answers a probe. Holders of zero mean an empty place, so
   * any key is legal. A shard has any number of places; its home place is the scrambled key scaled
   * to that number. Shards keep every rehash, and so the time under the write lock, short.
   *
   * Readers run under an optimistic stamp and may see any mixture of old and new values, in arrays
   * that are no longer in use. They stay within the bounds of the array they hold, their probes end
   * after its length, and what they found counts only if the stamp is still good. After a few
   * failures they take the read lock.
   *
   * As every endpoint holds a run from the start, the holders of a later block are a subset of the
   * holders of an earlier one, and where two blocks have the same holders, all between them have.
   * So a match splits the chain in halves only where holders get lost, and costs about the
   * logarithm of the chain for each different end.
   */

  static final int WIDTH = Long.SIZE;

  private static final int SHARDS = 64;
  private static final int FIRST_PLACES = 8;
  static final long SCRAMBLER = 0x9E3779B97F4A7C15L;
  private static final int OPTIMISTIC_ATTEMPTS = 3;
  private static final long[] EMPTY = new long[0];

  private final StampedLock lock = new StampedLock();
  private final long[][] shards = new long[SHARDS][];
  private final int[] sizes = new int[SHARDS];
  private final EndpointHistory[] endpoints = new EndpointHistory[WIDTH];

  Rack(int blockTokens, int defaultCapacity) {
    for (int i = 0; i < SHARDS; i++) {
      shards[i] = EMPTY;
    }
    for (int i = 0; i < WIDTH; i++) {
      endpoints[i] = new EndpointHistory(this, i, blockTokens, defaultCapacity);
    }
  }

  EndpointHistory endpoint(int position) {
    return endpoints[position];
  }

  /** Sets the matches of the endpoints of this rack, whose first slot is given. */
  void match(PromptKeys prompt, PrefixMatch into, int firstSlot) {
    for (int attempt = 0; attempt < OPTIMISTIC_ATTEMPTS; attempt++) {
      long stamp = lock.tryOptimisticRead();
      if (stamp != 0) {
        long touched = search(prompt, into, firstSlot);
        if (lock.validate(stamp)) {
          return;
        }
        set(into, firstSlot, touched, 0);
      }
      Thread.onSpinWait();
    }
    long stamp = lock.readLock();
    try {
      search(prompt, into, firstSlot);
    } finally {
      lock.unlockRead(stamp);
    }
  }

  /** Opens the table for {@link #hold} and {@link #release}; end with {@link #unlock}. */
  long lock() {
    return lock.writeLock();
  }

  void unlock(long stamp) {
    lock.unlockWrite(stamp);
  }

  /**
   * Reads a key's home place without any lock, so that it is in the processor's cache later; the
   * value means nothing.
   */
  long glance(long key) {
    long scrambled = key * SCRAMBLER;
    long[] table = shards[shard(scrambled)];
    return table.length == 0 ? 0 : table[home(scrambled, table.length) + 1];
  }

  /** Notes that an endpoint holds a key. */
  void hold(long key, int position) {
    long scrambled = key * SCRAMBLER;
    int shard = shard(scrambled);
    long[] table = shards[shard];
    int place = table.length == 0 ? 0 : find(table, key, scrambled);
    if (table.length != 0 && table[place + 1] != 0) {
      table[place + 1] |= 1L << position;
      return;
    }
    int places = table.length / 2;
    if (sizes[shard] + 1 > places - places / 4) {
      table = resize(shard, Math.max(FIRST_PLACES, places + places / 2));
      place = find(table, key, scrambled);
    }
    table[place] = key;
    table[place + 1] = 1L << position;
    sizes[shard]++;
  }

  /** Notes that an endpoint no longer holds a key. */
  void release(long key, int position) {
    long scrambled = key * SCRAMBLER;
    int shard = shard(scrambled);
    long[] table = shards[shard];
    if (table.length == 0) {
      return;
    }
    int place = find(table, key, scrambled);
    long left = table[place + 1] & ~(1L << position);
    if (left != 0 || table[place + 1] == 0) {
      table[place + 1] = left;
      return;
    }
    close(table, place);
    int size = --sizes[shard];
    int places = table.length / 2;
    if (size == 0) {
      shards[shard] = EMPTY;
    } else if (places > FIRST_PLACES && size < places / 4) {
      resize(shard, Math.max(FIRST_PLACES, places / 2));
    }
  }

  long bytes() {
    long sum = 0;
    for (EndpointHistory endpoint : endpoints) {
      sum += endpoint.bytes();
    }
    long stamp = lock.readLock();
    try {
      for (long[] shard : shards) {
        sum += (long) shard.length * Long.BYTES;
      }
    } finally {
      lock.unlockRead(stamp);
    }
    return sum;
  }

  /** The positions whose match was set. */
  private long search(PromptKeys prompt, PrefixMatch into, int firstSlot) {
    long first = holders(prompt.key(0));
    if (first != 0) {
      int end = prompt.count() - 1;
      long last = first & holders(prompt.key(end));
      set(into, firstSlot, last, prompt.tokensIn(end + 1));
      split(prompt, into, firstSlot, 0, first, end, last);
    }
    return first;
  }

  /** Finds where between two blocks the runs of the endpoints end that hold only the lower one. */
  private void split(
      PromptKeys prompt, PrefixMatch into, int firstSlot, int lo, long atLo, int hi, long atHi) {
    int from = lo;
    long atFrom = atLo;
    while (atFrom != atHi) {
      if (hi - from <= 1) {
        set(into, firstSlot, atFrom & ~atHi, prompt.tokensIn(hi));
        return;
      }
      int middle = (from + hi) >>> 1;
      long atMiddle = (atFrom & holders(prompt.key(middle))) | atHi;
      split(prompt, into, firstSlot, from, atFrom, middle, atMiddle);
      from = middle;
      atFrom = atMiddle;
    }
  }

  private static void set(PrefixMatch into, int firstSlot, long positions, int tokens) {
    for (long rest = positions; rest != 0; rest &= rest - 1) {
      int slot = firstSlot + Long.numberOfTrailingZeros(rest);
      if (slot < into.slots()) {
        into.set(slot, tokens);
      }
    }
  }

  private long holders(long key) {
    long scrambled = key * SCRAMBLER;
    long[] table = shards[shard(scrambled)];
    if (table.length == 0) {
      return 0;
    }
    int place = home(scrambled, table.length);
    for (int probes = table.length; probes > 0; probes -= 2) {
      long holders = table[place + 1];
      if (holders == 0 || table[place] == key) {
        return holders;
      }
      place = next(place, table.length);
    }
    return 0;
  }

  /** The key's place, or the empty place where it belongs; the table is never full. */
  private static int find(long[] table, long key, long scrambled) {
    int place = home(scrambled, table.length);
    while (table[place + 1] != 0 && table[place] != key) {
      place = next(place, table.length);
    }
    return place;
  }

  private static void close(long[] table, int place) {
    int hole = place;
    int at = next(hole, table.length);
    while (table[at + 1] != 0) {
      int home = home(table[at] * SCRAMBLER, table.length);
      boolean stays = hole <= at ? hole < home && home <= at : hole < home || home <= at;
      if (!stays) {
        table[hole] = table[at];
        table[hole + 1] = table[at + 1];
        hole = at;
      }
      at = next(at, table.length);
    }
    table[hole + 1] = 0;
  }

  private long[] resize(int shard, int places) {
    long[] old = shards[shard];
    long[] table = new long[2 * places];
    for (int i = 0; i < old.length; i += 2) {
      if (old[i + 1] != 0) {
        int place = find(table, old[i], old[i] * SCRAMBLER);
        table[place] = old[i];
        table[place + 1] = old[i + 1];
      }
    }
    shards[shard] = table;
    return table;
  }

  static int shard(long scrambled) {
    return (int) scrambled & (SHARDS - 1);
  }

  private static int home(long scrambled, int length) {
    return 2 * (int) Math.unsignedMultiplyHigh(scrambled, length / 2);
  }

  private static int next(int place, int length) {
    return place + 2 == length ? 0 : place + 2;
  }
}

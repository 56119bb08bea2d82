package io.pickwick.kv.index;

/**
 * How many copies beyond the first a holder has of a block; of most it has none. Only the writer
 * looks.
 */
final class Copies {
  /*
   * Open addressing with linear probing, place and member in one long, which is never zero because
   * it is stored plus one.
   */

  private static final int FIRST = 16;

  private long[] keys = new long[0];
  private int[] counts = new int[0];
  private int size;

  /** One more copy. */
  void add(int place, int member) {
    if (size >= keys.length / 4 * 3) {
      resize(Math.max(FIRST, 2 * keys.length));
    }
    long key = key(place, member);
    int at = find(key);
    if (keys[at] == 0) {
      keys[at] = key;
      counts[at] = 0;
      size++;
    }
    counts[at]++;
  }

  /** One copy less; returns whether there was one. */
  boolean take(int place, int member) {
    if (size == 0) {
      return false;
    }
    int at = find(key(place, member));
    if (keys[at] == 0) {
      return false;
    }
    if (--counts[at] == 0) {
      remove(at);
    }
    return true;
  }

  /** What was of one member is another's. */
  void give(int place, int from, int to) {
    while (take(place, from)) {
      add(place, to);
    }
  }

  /** No copies any more. */
  void forget(int place, int member) {
    if (size > 0) {
      int at = find(key(place, member));
      if (keys[at] != 0) {
        remove(at);
      }
    }
  }

  long bytes() {
    return (long) keys.length * (Long.BYTES + Integer.BYTES);
  }

  private static long key(int place, int member) {
    return (((long) place << HolderSet.MEMBER_BITS) | member) + 1;
  }

  private int find(long key) {
    int at = home(key);
    while (keys[at] != 0 && keys[at] != key) {
      at = (at + 1) & (keys.length - 1);
    }
    return at;
  }

  private int home(long key) {
    return Secret.hash(key) & (keys.length - 1);
  }

  /** How many places are looked at for what is hardest to find. */
  int reach() {
    int reach = 0;
    for (int at = 0; at < keys.length; at++) {
      if (keys[at] != 0) {
        reach = Math.max(reach, 1 + ((at - home(keys[at])) & (keys.length - 1)));
      }
    }
    return reach;
  }

  private void remove(int place) {
    int hole = place;
    int mask = keys.length - 1;
    for (int at = (hole + 1) & mask; keys[at] != 0; at = (at + 1) & mask) {
      int home = home(keys[at]);
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        keys[hole] = keys[at];
        counts[hole] = counts[at];
        hole = at;
      }
    }
    keys[hole] = 0;
    size--;
    if (size == 0) {
      keys = new long[0];
      counts = new int[0];
    } else if (keys.length > FIRST && size < keys.length / 8) {
      resize(keys.length / 2);
    }
  }

  private void resize(int length) {
    long[] oldKeys = keys;
    int[] oldCounts = counts;
    keys = new long[length];
    counts = new int[length];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != 0) {
        int at = find(oldKeys[i]);
        keys[at] = oldKeys[i];
        counts[at] = oldCounts[i];
      }
    }
  }
}

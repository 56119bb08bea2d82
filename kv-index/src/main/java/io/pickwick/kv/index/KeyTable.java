package io.pickwick.kv.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Finds the place of a key in the arena.
 *
 * <p>One thread at a time may change the table; any may read.
 */
final class KeyTable {
  /*
   * The table is a set of shards, so that growing is a matter of a thousandth of it. A shard is an
   * int[] of buckets of sixteen: a count of blocks that did not fit into their bucket, and fifteen
   * places with five bits of the key's hash on top, which spare most looks at wrong keys. A block
   * lies in its own bucket or, counted there, in one of the next three.
   *
   * Nothing ever moves within a shard's array, so a reader can't miss a key that stays; a new array
   * is filled before readers get it. Plain reads are enough: what a reader finds is only a hint to
   * a place, and is compared with what the place holds.
   *
   * The hash starts from a random number, or keys that were made for it could fill one bucket.
   */

  static final int PLACE_BITS = 27;

  private static final int SHARD_BITS = 10;
  private static final int BUCKET_BITS = 4;
  private static final int BUCKET = 1 << BUCKET_BITS;
  private static final int REACH = 4;
  private static final int PLACE_MASK = (1 << PLACE_BITS) - 1;
  private static final int[] EMPTY = new int[0];
  private static final VarHandle SHARDS = MethodHandles.arrayElementVarHandle(int[][].class);
  private static final VarHandle INTS = MethodHandles.arrayElementVarHandle(int[].class);

  private final BlockArena arena;
  private final long seed;
  private final int[][] shards = new int[1 << SHARD_BITS][];
  private final int[] sizes = new int[1 << SHARD_BITS];
  private long ints;

  KeyTable(BlockArena arena, long seed) {
    this.arena = arena;
    this.seed = seed;
    Arrays.fill(shards, EMPTY);
  }

  /** The place of a key; negative if it has none. */
  int find(long key) {
    long hash = hash(key);
    int[] shard = (int[]) SHARDS.getAcquire(shards, shard(hash));
    if (shard.length == 0) {
      return -1;
    }
    int print = print(hash);
    int bucket = bucket(hash, shard.length);
    for (int reach = reach(shard, bucket); reach > 0; reach--) {
      for (int at = bucket + 1; at < bucket + BUCKET; at++) {
        int value = shard[at];
        if (value >>> PLACE_BITS == print && value != 0) {
          int place = (value & PLACE_MASK) - 1;
          if (arena.holds(place, key)) {
            return place;
          }
        }
      }
      bucket = next(bucket, shard.length);
    }
    return -1;
  }

  /*
   * A look at a key waits for memory twice, for its bucket and for its place. The first loop waits
   * for nothing it has read, so the processor fetches many buckets at once; in the second it can
   * guess how each look ends and fetch the places likewise.
   */

  /** As {@link #find} of each of {@code keys[from .. to)}. */
  void find(long[] keys, int from, int to, int[] places) {
    for (int i = from; i < to; i++) {
      long hash = hash(keys[i]);
      int[] shard = (int[]) SHARDS.getAcquire(shards, shard(hash));
      if (shard.length > 0) {
        int bucket = bucket(hash, shard.length);
        places[i] = shard[bucket] + shard[bucket + BUCKET - 1];
      }
    }
    for (int i = from; i < to; i++) {
      places[i] = find(keys[i]);
    }
  }

  /** How many buckets to look at, from a key's own. */
  private static int reach(int[] shard, int bucket) {
    return shard[bucket] == 0 ? 1 : Math.min(REACH, shard.length >>> BUCKET_BITS);
  }

  /** Adds a key that has no place yet; its place must be occupied already. */
  void add(long key, int place) {
    long hash = hash(key);
    int number = shard(hash);
    int[] shard = shards[number];
    int size = ++sizes[number];
    if (size > shard.length / 4 * 3 || !put(shard, hash, place)) {
      int buckets = shard.length >>> BUCKET_BITS;
      do {
        buckets = Math.max(buckets + 1, buckets + buckets / 2);
        shard = copy(shards[number], buckets);
      } while (!put(shard, hash, place));
      replace(number, shard);
    }
  }

  /** Removes a key's place. */
  void remove(long key, int place) {
    long hash = hash(key);
    int number = shard(hash);
    int[] shard = shards[number];
    int value = (print(hash) << PLACE_BITS) | (place + 1);
    int home = bucket(hash, shard.length);
    int bucket = home;
    for (int reach = reach(shard, home); reach > 0; reach--) {
      for (int at = bucket + 1; at < bucket + BUCKET; at++) {
        if (shard[at] == value) {
          INTS.setRelease(shard, at, 0);
          if (bucket != home) {
            INTS.setRelease(shard, home, shard[home] - 1);
          }
          shrink(number, --sizes[number]);
          return;
        }
      }
      bucket = next(bucket, shard.length);
    }
    throw new IllegalStateException("no such key: " + key);
  }

  private void shrink(int number, int size) {
    int buckets = shards[number].length >>> BUCKET_BITS;
    if (size == 0) {
      replace(number, EMPTY);
    } else if (buckets > 1 && size < buckets * BUCKET / 4) {
      replace(number, copy(shards[number], Math.max(1, buckets / 2)));
    }
  }

  private void replace(int number, int[] shard) {
    ints += shard.length - shards[number].length;
    SHARDS.setRelease(shards, number, shard);
  }

  /** Everything in a shard, in another number of buckets; more of them if they don't do. */
  private int[] copy(int[] old, int buckets) {
    for (int enough = buckets; ; enough++) {
      int[] shard = new int[enough << BUCKET_BITS];
      if (putAll(old, shard)) {
        return shard;
      }
    }
  }

  private boolean putAll(int[] from, int[] into) {
    for (int at = 0; at < from.length; at++) {
      if ((at & (BUCKET - 1)) != 0 && from[at] != 0) {
        int place = (from[at] & PLACE_MASK) - 1;
        if (!put(into, hash(arena.key(place)), place)) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean put(int[] shard, long hash, int place) {
    if (shard.length == 0) {
      return false;
    }
    int home = bucket(hash, shard.length);
    int bucket = home;
    for (int reach = Math.min(REACH, shard.length >>> BUCKET_BITS); reach > 0; reach--) {
      for (int at = bucket + 1; at < bucket + BUCKET; at++) {
        if (shard[at] == 0) {
          if (bucket != home) {
            INTS.setRelease(shard, home, shard[home] + 1);
          }
          INTS.setRelease(shard, at, (print(hash) << PLACE_BITS) | (place + 1));
          return true;
        }
      }
      bucket = next(bucket, shard.length);
    }
    return false;
  }

  long bytes() {
    return ints * Integer.BYTES;
  }

  /** The finalizer of MurmurHash3, from a secret start. */
  private long hash(long key) {
    long hash = key ^ seed;
    hash = (hash ^ (hash >>> 33)) * 0xFF51AFD7ED558CCDL;
    hash = (hash ^ (hash >>> 33)) * 0xC4CEB9FE1A85EC53L;
    return hash ^ (hash >>> 33);
  }

  private static int shard(long hash) {
    return (int) (hash >>> (Long.SIZE - SHARD_BITS));
  }

  private static int print(long hash) {
    return (int) hash & ((1 << (Integer.SIZE - PLACE_BITS)) - 1);
  }

  private static int bucket(long hash, int length) {
    int buckets = length >>> BUCKET_BITS;
    return (int) Math.unsignedMultiplyHigh(hash << SHARD_BITS, buckets) << BUCKET_BITS;
  }

  private static int next(int bucket, int length) {
    int next = bucket + BUCKET;
    return next == length ? 0 : next;
  }
}

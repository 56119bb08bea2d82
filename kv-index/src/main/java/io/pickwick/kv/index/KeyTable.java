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
   * The hash starts from a random number and is made by a random factor, or keys that were made for
   * it could fill one bucket: publishers choose their keys. Should somebody know both all the same,
   * a shard grows only as far as what is in it is worth; beyond that a key is refused.
   */

  static final int PLACE_BITS = 27;

  private static final int SHARD_BITS = 10;
  private static final int BUCKET_BITS = 4;
  private static final int BUCKET = 1 << BUCKET_BITS;
  private static final int REACH = 4;
  private static final int MOST_PLACES_OF_A_KEY = 8;
  private static final int SMALL = 64;
  private static final int PLACE_MASK = (1 << PLACE_BITS) - 1;
  static final long FACTOR = 0xC4CEB9FE1A85EC53L;
  private static final int[] EMPTY = new int[0];
  private static final VarHandle SHARDS = MethodHandles.arrayElementVarHandle(int[][].class);
  private static final VarHandle INTS = MethodHandles.arrayElementVarHandle(int[].class);

  private final BlockArena arena;
  private final long seed;
  private final long factor;
  private final int[][] shards = new int[1 << SHARD_BITS][];
  private final int[] sizes = new int[1 << SHARD_BITS];

  /** At which size, if at any, a shard was last found not to be worth a longer array. */
  private final int[] stuck = new int[1 << SHARD_BITS];

  private long ints;

  KeyTable(BlockArena arena, long seed) {
    this.arena = arena;
    this.seed = seed;
    this.factor = factor(seed);
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

  /**
   * Adds a key that has no place yet; its place must be occupied already.
   *
   * @return whether it could; it can unless very many keys have the same hash
   */
  boolean add(long key, int place) {
    long hash = hash(key);
    int number = shard(hash);
    int[] shard = shards[number];
    int size = sizes[number] + 1;
    if ((size > shard.length / 4 * 3 || !put(shard, hash, place))
        && (stuck[number] == size || !grow(number, hash, place))) {
      stuck[number] = size;
      return false;
    }
    sizes[number] = size;
    return true;
  }

  /** Adds a key to a longer array than a shard has. */
  private boolean grow(int number, long hash, int place) {
    int[] old = shards[number];
    int buckets = old.length >>> BUCKET_BITS;
    int most = (SMALL + MOST_PLACES_OF_A_KEY * sizes[number]) >>> BUCKET_BITS;
    for (buckets = more(buckets); buckets <= Math.max(most, 1); buckets = more(buckets)) {
      int[] shard = new int[buckets << BUCKET_BITS];
      if (putAll(old, shard) && put(shard, hash, place)) {
        replace(number, shard);
        return true;
      }
    }
    return false;
  }

  private static int more(int buckets) {
    return Math.max(buckets + 1, buckets + buckets / 2);
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
      int[] shorter = new int[(buckets / 2) << BUCKET_BITS];
      if (putAll(shards[number], shorter)) {
        replace(number, shorter);
      }
    }
  }

  private void replace(int number, int[] shard) {
    ints += shard.length - shards[number].length;
    SHARDS.setRelease(shards, number, shard);
  }

  /** Puts everything of an array into another; not all of it may find its place there. */
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

  /** The finalizer of MurmurHash3, from a secret start and with a secret first factor. */
  private long hash(long key) {
    long hash = key ^ seed;
    hash = (hash ^ (hash >>> 33)) * factor;
    hash = (hash ^ (hash >>> 33)) * FACTOR;
    return hash ^ (hash >>> 33);
  }

  /** An odd factor that follows from a seed, but not the seed from it. */
  static long factor(long seed) {
    long mixed = (seed ^ (seed >>> 31)) * FACTOR;
    return (mixed ^ (mixed >>> 29)) | 1;
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

package io.pickwick.kv.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * All holder sets that blocks have, each once, by number.
 *
 * <p>One thread at a time may change them; any may read.
 */
final class HolderSets {
  /*
   * Like hidden classes: the blocks of a run mostly go from the same set by the same change to the
   * same other set, so a small table of the last changes answers nearly all of them. It knows sets
   * by identity, and a set that no block has any more is known by its number of zero.
   *
   * A number is given again when no block has its set; a reader notices because the block that it
   * had the number from has changed too.
   */

  private static final int CHANGES = 1 << 12;
  private static final int MAX_SETS = 1 << BlockArena.SET_BITS;
  private static final int FIRST_KNOWN = 16;
  private static final int LIVING = -1;
  private static final int ADDED = 1 << 31;
  private static final VarHandle SETS = MethodHandles.arrayElementVarHandle(HolderSet[].class);

  private final Holders holders;
  private HolderSet[] known = new HolderSet[0];
  private int count;
  private volatile HolderSet[] byId = {HolderSet.NONE};
  private int ids = 1;
  private int[] freeIds = new int[16];
  private int freeCount;
  private long bytes;

  private final HolderSet[] changedFrom = new HolderSet[CHANGES];
  private final HolderSet[] changedTo = new HolderSet[CHANGES];
  private final int[] change = new int[CHANGES];

  HolderSets(Holders holders) {
    this.holders = holders;
    forgetChanges();
  }

  /** The set of a number; any set if the number was given back meanwhile. */
  HolderSet get(int id) {
    HolderSet[] all = byId;
    return id < all.length ? (HolderSet) SETS.getAcquire(all, id) : HolderSet.NONE;
  }

  /** The living members and one more. */
  HolderSet plus(HolderSet from, int member) {
    int slot = slot(from, ADDED | member);
    if (changedFrom[slot] == from && change[slot] == (ADDED | member)) {
      HolderSet to = changedTo[slot];
      if (to.id != 0) {
        return to;
      }
    }
    HolderSet to = intern(living(from).plus(member));
    remember(slot, from, ADDED | member, to);
    return to;
  }

  /** The living members but one. */
  HolderSet minus(HolderSet from, int member) {
    int slot = slot(from, member);
    if (changedFrom[slot] == from && change[slot] == member) {
      HolderSet to = changedTo[slot];
      if (to.id != 0 || to == HolderSet.NONE) {
        return to;
      }
    }
    HolderSet to = intern(living(from).minus(member));
    remember(slot, from, member, to);
    return to;
  }

  /** The living members. */
  HolderSet onlyLiving(HolderSet from) {
    if (from.cleanAt == holders.deaths()) {
      return from;
    }
    int slot = slot(from, LIVING);
    if (changedFrom[slot] == from && change[slot] == LIVING) {
      HolderSet to = changedTo[slot];
      if (to.id != 0 || to == HolderSet.NONE) {
        return to;
      }
    }
    HolderSet to = intern(living(from));
    if (to == from) {
      from.cleanAt = holders.deaths();
    } else {
      remember(slot, from, LIVING, to);
    }
    return to;
  }

  private HolderSet living(HolderSet set) {
    return holders.unswept() == 0 ? set : set.living(holders);
  }

  /** One more block has this set. */
  void retain(HolderSet set) {
    set.blocks++;
  }

  /** One block less has this set. */
  void release(HolderSet set) {
    if (--set.blocks > 0) {
      return;
    }
    forget(set);
    bytes -= set.bytes();
    SETS.setRelease(byId, set.id, HolderSet.NONE);
    if (freeCount == freeIds.length) {
      freeIds = Arrays.copyOf(freeIds, 2 * freeCount);
    }
    freeIds[freeCount++] = set.id;
    set.id = 0;
    if (count == 0) {
      forgetAll();
    }
  }

  private void forgetAll() {
    known = new HolderSet[0];
    byId = new HolderSet[] {HolderSet.NONE};
    ids = 1;
    freeIds = new int[16];
    freeCount = 0;
    forgetChanges();
  }

  /** To be called when a holder dies: what was remembered may lead to sets that it is in. */
  void forgetChanges() {
    Arrays.fill(changedFrom, HolderSet.NONE);
    Arrays.fill(changedTo, HolderSet.NONE);
    Arrays.fill(change, LIVING);
  }

  int count() {
    return count;
  }

  long bytes() {
    return bytes + (long) Integer.BYTES * (freeIds.length + byId.length + known.length);
  }

  private HolderSet intern(HolderSet set) {
    if (set == HolderSet.NONE || set.id != 0) {
      return set;
    }
    if (count >= known.length / 2) {
      rehash(Math.max(FIRST_KNOWN, 2 * known.length));
    }
    int at = find(set);
    if (known[at] != HolderSet.NONE) {
      return known[at];
    }
    known[at] = set;
    count++;
    if (freeCount > 0) {
      set.id = freeIds[--freeCount];
    } else {
      if (ids == MAX_SETS) {
        throw new IllegalStateException("too many different sets of holders");
      }
      set.id = ids++;
      if (set.id >= byId.length) {
        HolderSet[] longer = Arrays.copyOf(byId, Math.max(16, 2 * byId.length));
        Arrays.fill(longer, byId.length, longer.length, HolderSet.NONE);
        byId = longer;
      }
    }
    bytes += set.bytes();
    SETS.setRelease(byId, set.id, set);
    return set;
  }

  /** Where a set is in the table, or the empty place where it belongs. */
  private int find(HolderSet set) {
    int at = home(set);
    while (known[at] != HolderSet.NONE && !known[at].sameAs(set)) {
      at = (at + 1) & (known.length - 1);
    }
    return at;
  }

  private int home(HolderSet set) {
    int mixed = set.hash() * 0x9E3779B1;
    return (mixed ^ (mixed >>> 16)) & (known.length - 1);
  }

  /** How many places are looked at for the set that is hardest to find. */
  int reach() {
    int reach = 0;
    for (int at = 0; at < known.length; at++) {
      if (known[at] != HolderSet.NONE) {
        reach = Math.max(reach, 1 + ((at - home(known[at])) & (known.length - 1)));
      }
    }
    return reach;
  }

  private void forget(HolderSet set) {
    int mask = known.length - 1;
    int hole = find(set);
    for (int at = (hole + 1) & mask; known[at] != HolderSet.NONE; at = (at + 1) & mask) {
      if (((at - home(known[at])) & mask) >= ((at - hole) & mask)) {
        known[hole] = known[at];
        hole = at;
      }
    }
    known[hole] = HolderSet.NONE;
    count--;
    if (known.length > FIRST_KNOWN && count < known.length / 8) {
      rehash(known.length / 2);
    }
  }

  private void rehash(int length) {
    HolderSet[] old = known;
    known = new HolderSet[length];
    Arrays.fill(known, HolderSet.NONE);
    for (HolderSet set : old) {
      if (set != HolderSet.NONE) {
        known[find(set)] = set;
      }
    }
  }

  private void remember(int slot, HolderSet from, int what, HolderSet to) {
    changedFrom[slot] = from;
    change[slot] = what;
    changedTo[slot] = to;
  }

  private static int slot(HolderSet from, int what) {
    int mixed = (from.hash() + what * 0x9E3779B1) * 0x85EBCA77;
    return mixed >>> 20;
  }
}

package io.pickwick.kv.index;

import java.util.Arrays;

/**
 * Who holds a block, in which media, and under which tag: a value that many blocks share.
 *
 * <p>A member is a holder's number, shifted by {@link #MEDIUM_BITS}, and a medium's code; members
 * ascend. Immutable, but for what the writer counts.
 */
final class HolderSet {
  static final int MEDIUM_BITS = 3;
  static final int MEDIUM_MASK = (1 << MEDIUM_BITS) - 1;

  /** Nobody. */
  static final HolderSet NONE = new HolderSet(new int[0], 0, false, 0);

  private final int[] members;
  private final int tag;
  private final boolean mixed;
  private final int hash;

  /** The set's number; zero once no block has it any more. Only the writer looks. */
  int id;

  /** How many blocks have this set. Only the writer looks. */
  int blocks;

  /** How many holders had died when this set was last found to have only living ones. */
  long cleanAt = -1;

  /**
   * @param mixed whether holders disagree about the tag, so that nobody may have a match
   * @param hash the sum of {@link #hash(int)} of all members
   */
  HolderSet(int[] members, int tag, boolean mixed, int hash) {
    this.members = members;
    this.tag = tag;
    this.mixed = mixed;
    this.hash = hash;
  }

  static int member(int holder, int medium) {
    return (holder << MEDIUM_BITS) | medium;
  }

  static int holder(int member) {
    return member >>> MEDIUM_BITS;
  }

  static int medium(int member) {
    return member & MEDIUM_MASK;
  }

  static int hash(int member) {
    int mixed = member * 0x9E3779B1;
    return (mixed ^ (mixed >>> 15)) * 0x85EBCA77;
  }

  int count() {
    return members.length;
  }

  int member(int index) {
    return members[index];
  }

  /** Whether a match with this tag may count it. */
  boolean answers(int asked) {
    return tag == asked && !mixed;
  }

  /** Where a member is, or {@code -1 - where it would be}. */
  int indexOf(int member) {
    return Arrays.binarySearch(members, member);
  }

  /** The first member that is not less, from an index on. */
  int from(int member, int start) {
    int low = start;
    int step = 1;
    while (low + step < members.length && members[low + step] < member) {
      low += step;
      step += step;
    }
    int high = Math.min(members.length, low + step);
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (members[middle] < member) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  HolderSet plus(int member, int underTag) {
    int at = indexOf(member);
    boolean both = mixed || tag != underTag;
    if (at >= 0) {
      return both == mixed ? this : new HolderSet(members, tag, true, hash);
    }
    int where = -1 - at;
    int[] more = new int[members.length + 1];
    System.arraycopy(members, 0, more, 0, where);
    more[where] = member;
    System.arraycopy(members, where, more, where + 1, members.length - where);
    return members.length == 0
        ? new HolderSet(more, underTag, false, hash(member))
        : new HolderSet(more, tag, both, hash + hash(member));
  }

  HolderSet minus(int member) {
    int at = indexOf(member);
    if (at < 0) {
      return this;
    }
    if (members.length == 1) {
      return NONE;
    }
    int[] less = new int[members.length - 1];
    System.arraycopy(members, 0, less, 0, at);
    System.arraycopy(members, at + 1, less, at, less.length - at);
    return new HolderSet(less, tag, mixed, hash - hash(member));
  }

  /** Only the members whose holder lives. */
  HolderSet living(Holders holders) {
    int[] left = new int[members.length];
    int count = 0;
    int sum = 0;
    for (int member : members) {
      if (holders.lives(holder(member))) {
        left[count++] = member;
        sum += hash(member);
      }
    }
    if (count == members.length) {
      return this;
    }
    return count == 0 ? NONE : new HolderSet(Arrays.copyOf(left, count), tag, mixed, sum);
  }

  /** What it takes, with its array. */
  long bytes() {
    return 64 + (long) Integer.BYTES * members.length;
  }

  /** Whether this is the same set made twice. */
  boolean sameAs(HolderSet set) {
    return hash == set.hash
        && tag == set.tag
        && mixed == set.mixed
        && Arrays.equals(members, set.members);
  }

  /** The same for every two that are the same. */
  int hash() {
    return hash + tag + (mixed ? 1 : 0);
  }
}

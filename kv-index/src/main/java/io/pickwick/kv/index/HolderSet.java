package io.pickwick.kv.index;

import java.util.Arrays;

/**
 * Who holds a block, under which tag and in which media: a value that many blocks share.
 *
 * <p>A member is, from high to low bits, a holder's number, its {@linkplain Labels label} for the
 * tag and a medium's code; members ascend. A holder is at most one member in each medium.
 * Immutable, but for what the writer counts.
 */
final class HolderSet {
  /** Bits of a holder's number. */
  static final int HOLDER_BITS = 19;

  /** Bits of a member. */
  static final int MEMBER_BITS = 31;

  private static final int MEDIUM_BITS = MEMBER_BITS - HOLDER_BITS - Labels.BITS;
  private static final int MEDIUM_MASK = (1 << MEDIUM_BITS) - 1;
  private static final int LABEL_MASK = (1 << Labels.BITS) - 1;

  /** Nobody. */
  static final HolderSet NONE = new HolderSet(new int[0], 0);

  private final int[] members;
  private final int hash;

  /** The set's number; zero once no block has it any more. Only the writer looks. */
  int id;

  /** How many blocks have this set. Only the writer looks. */
  int blocks;

  /** How many holders had died when this set was last found to have only living ones. */
  long cleanAt = -1;

  /**
   * @param hash the sum of {@link #hash(int)} of all members
   */
  HolderSet(int[] members, int hash) {
    this.members = members;
    this.hash = hash;
  }

  static int member(int holder, int label, int medium) {
    return (((holder << Labels.BITS) | label) << MEDIUM_BITS) | medium;
  }

  /** Holder and label of a member. */
  static int bearer(int member) {
    return member >>> MEDIUM_BITS;
  }

  /** The least member with this holder and label. */
  static int leastOf(int bearer) {
    return bearer << MEDIUM_BITS;
  }

  /** The holder of a bearer. */
  static int holderOf(int bearer) {
    return bearer >>> Labels.BITS;
  }

  /** The label of a bearer. */
  static int labelOf(int bearer) {
    return bearer & LABEL_MASK;
  }

  static int holder(int member) {
    return holderOf(bearer(member));
  }

  static int label(int member) {
    return labelOf(bearer(member));
  }

  static int medium(int member) {
    return member & MEDIUM_MASK;
  }

  /** Secret, since a publisher chooses the labels and media that it is a member by. */
  static int hash(int member) {
    return Secret.hash(member);
  }

  int count() {
    return members.length;
  }

  int member(int index) {
    return members[index];
  }

  /** Where a holder's member in a medium is, whatever its label; negative if there is none. */
  int indexOf(int holder, int medium) {
    int at = indexOf(member(holder, Labels.BASE, medium));
    if (at >= 0) {
      return at;
    }
    int least = member(holder, Labels.BASE, 0);
    for (at = from(least, 0); at < members.length && holder(members[at]) == holder; at++) {
      if (medium(members[at]) == medium) {
        return at;
      }
    }
    return -1;
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

  HolderSet plus(int member) {
    int at = indexOf(member);
    if (at >= 0) {
      return this;
    }
    int where = -1 - at;
    int[] more = new int[members.length + 1];
    System.arraycopy(members, 0, more, 0, where);
    more[where] = member;
    System.arraycopy(members, where, more, where + 1, members.length - where);
    return new HolderSet(more, hash + hash(member));
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
    return new HolderSet(less, hash - hash(member));
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
    return count == 0 ? NONE : new HolderSet(Arrays.copyOf(left, count), sum);
  }

  /** What it takes, with its array. */
  long bytes() {
    return 64 + (long) Integer.BYTES * members.length;
  }

  /** Whether this is the same set made twice. */
  boolean sameAs(HolderSet set) {
    return hash == set.hash && Arrays.equals(members, set.members);
  }

  /** The same for every two that are the same. */
  int hash() {
    return hash;
  }
}

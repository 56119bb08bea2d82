package io.pickwick.kv.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The lives of publishers: a number each, and whose it is. A publisher that is cleared dies and is
 * given a new life.
 *
 * <p>One thread at a time may change them; any may read.
 */
final class Holders {
  /*
   * Each has two words. The first says who it is: 28 bits that are different for every life, 12 bits
   * of rank, 24 bits of slot; zero is dead. Death is the one write of that zero, however much was
   * held. The second counts losses, by which readers know whether what they saw was there together.
   *
   * The dead are still members of sets. Their numbers are given again only after a sweep over all
   * places that began after their death.
   */

  static final int MAX_SLOT = (1 << 24) - 1;
  static final int MAX_RANK = (1 << 12) - 1;

  private static final int RANK_SHIFT = 24;
  private static final int LIFE_SHIFT = 36;
  private static final int LIVES = 1 << 28;
  private static final int MAX_HOLDERS = 1 << HolderSet.HOLDER_BITS;
  private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle LABELS = MethodHandles.arrayElementVarHandle(Labels[].class);

  private volatile long[] words = new long[128];
  private volatile Labels[] labels = new Labels[64];
  private long labelBytes;
  private int numbers;
  private int lives;
  private long deaths;
  private int[] free = new int[64];
  private int freeCount;
  private int[] dead = new int[64];
  private int deadCount;
  private int dying;

  Holders() {
    Arrays.fill(labels, Labels.NONE);
  }

  /** The word of a holder; zero if it is dead. */
  long word(int holder) {
    return (long) WORDS.getVolatile(words, 2 * holder);
  }

  /** How often a holder has lost a block, or a block of it could not be told any more. */
  long losses(int holder) {
    return (long) WORDS.getAcquire(words, 2 * holder + 1);
  }

  /** Counts a loss, after the block is gone. */
  void lost(int holder) {
    long[] all = words;
    WORDS.setRelease(all, 2 * holder + 1, all[2 * holder + 1] + 1);
  }

  /** Whether a holder's label stands for a tag. */
  boolean isFor(int bearer, long tag) {
    int label = HolderSet.labelOf(bearer);
    return label == Labels.BASE
        ? tag == 0
        : ((Labels) LABELS.getAcquire(labels, HolderSet.holderOf(bearer))).isFor(label, tag);
  }

  /** A holder's label for a tag, a new one when need be; negative if it has too many. */
  int label(int holder, long tag) {
    if (tag == 0) {
      return Labels.BASE;
    }
    Labels its = labels[holder];
    if (its == Labels.NONE) {
      its = new Labels();
      LABELS.setRelease(labels, holder, its);
    }
    labelBytes -= its.bytes();
    int label = its.of(tag);
    labelBytes += its.bytes();
    return label;
  }

  /** So many more blocks are held by a member, or less. */
  void count(int member, int more) {
    if (HolderSet.label(member) != Labels.BASE) {
      labels[HolderSet.holder(member)].count(HolderSet.label(member), more);
    }
  }

  private void dropLabels(int holder) {
    labelBytes -= labels[holder].bytes();
    LABELS.setRelease(labels, holder, Labels.NONE);
  }

  static int slot(long word) {
    return (int) word & MAX_SLOT;
  }

  static int rank(long word) {
    return (int) (word >>> RANK_SHIFT) & MAX_RANK;
  }

  boolean lives(int holder) {
    return word(holder) != 0;
  }

  /** Whether there is a number for one more. */
  boolean hasRoom() {
    return freeCount > 0 || numbers < MAX_HOLDERS;
  }

  /** A new holder's number. */
  int add(int slot, int rank) {
    int holder;
    if (freeCount > 0) {
      holder = free[--freeCount];
    } else {
      if (numbers == MAX_HOLDERS) {
        throw new IllegalStateException("more than " + MAX_HOLDERS + " publishers");
      }
      holder = numbers++;
      if (2 * holder == words.length) {
        words = Arrays.copyOf(words, 4 * holder);
        Labels[] longer = Arrays.copyOf(labels, 2 * holder);
        Arrays.fill(longer, holder, 2 * holder, Labels.NONE);
        labels = longer;
      }
    }
    lives = lives % (LIVES - 1) + 1;
    long word = ((long) lives << LIFE_SHIFT) | ((long) rank << RANK_SHIFT) | slot;
    WORDS.setVolatile(words, 2 * holder, word);
    return holder;
  }

  /** Ends a life. */
  void kill(int holder) {
    WORDS.setVolatile(words, 2 * holder, 0L);
    dropLabels(holder);
    deaths++;
    if (deadCount == dead.length) {
      dead = Arrays.copyOf(dead, 2 * deadCount);
    }
    dead[deadCount++] = holder;
  }

  /** Gives back a number that no block's set has. */
  void giveBack(int holder) {
    WORDS.setVolatile(words, 2 * holder, 0L);
    dropLabels(holder);
    free(holder);
  }

  /** How many ever died. */
  long deaths() {
    return deaths;
  }

  /** The dead that may still be in sets. */
  int unswept() {
    return deadCount;
  }

  /** A sweep begins: it is for all who are dead now. */
  void beginSweep() {
    dying = deadCount;
  }

  /** The sweep is over. */
  void endSweep() {
    for (int i = 0; i < dying; i++) {
      free(dead[i]);
    }
    deadCount -= dying;
    System.arraycopy(dead, dying, dead, 0, deadCount);
    dying = 0;
  }

  private void free(int holder) {
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, 2 * freeCount);
    }
    free[freeCount++] = holder;
  }

  long bytes() {
    return (long) Long.BYTES * words.length
        + (long) Integer.BYTES * (labels.length + free.length + dead.length)
        + labelBytes;
  }
}

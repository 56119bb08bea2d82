package io.pickwick.kv.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.BitSet;

/**
 * The places where blocks lie: a key and a state each, the blocks of a chain next to each other as
 * far as they were stored together.
 *
 * <p>A place is a number from zero. One thread at a time may change the arena; any may read.
 */
final class BlockArena {
  /*
   * Places come in pages, one long[] of pairs (key, state) each. A page is divided into runs of one
   * size, and a run is given to one stretch of a chain, whose later blocks find room behind the
   * earlier ones. A run that is empty again may be given to anybody; a page of empty runs is
   * dropped. The lowest page with an empty run is taken first, so that high pages run empty.
   *
   * State, from high to low: 35 bits that are different after every change, a bit that says whether
   * somebody has several copies, 28 bits of the number of the holder set. Zero is an empty place.
   *
   * A reader takes the state, then the key and the set, and believes what it saw only if the state
   * is still the same afterwards. For that, an emptied place gets its next key by a release: who
   * sees the new key, sees the old state no more.
   */

  static final int SET_BITS = 28;

  private static final int PAGE_BITS = 13;
  private static final int PAGE_PLACES = 1 << PAGE_BITS;
  private static final int PAGE_MASK = PAGE_PLACES - 1;
  private static final int PAGE_BYTES = 2 * Long.BYTES * PAGE_PLACES;
  private static final int SMALLEST_RUN_BITS = 2;
  private static final int LARGEST_RUN_BITS = 6;
  private static final long SET_MASK = (1L << SET_BITS) - 1;
  private static final long COPIES = 1L << SET_BITS;
  private static final int VERSION_SHIFT = SET_BITS + 1;
  private static final int MAX_PAGES = (1 << (KeyTable.PLACE_BITS - PAGE_BITS)) - 1;
  private static final long[] NO_PAGE = new long[2 * PAGE_PLACES];
  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle PAGES = MethodHandles.arrayElementVarHandle(long[][].class);

  /** What only the writer knows of a page. */
  private static final class Runs {
    static final Runs NONE = new Runs(LARGEST_RUN_BITS);

    private final int bits;
    private final byte[] used;
    private final short[] next;
    private int empty;
    private int emptyRuns;

    Runs(int bits) {
      this.bits = bits;
      int runs = PAGE_PLACES >> bits;
      used = new byte[runs];
      next = new short[runs];
      for (int run = 0; run < runs; run++) {
        next[run] = (short) (run + 1);
      }
      emptyRuns = runs;
    }

    int bytes() {
      return used.length + Short.BYTES * next.length;
    }

    int take() {
      int run = empty;
      empty = next[run];
      emptyRuns--;
      return run;
    }

    void give(int run) {
      next[run] = (short) empty;
      empty = run;
      emptyRuns++;
    }

    boolean allEmpty() {
      return emptyRuns == used.length;
    }
  }

  private volatile long[][] pages = new long[0][];
  private Runs[] runs = new Runs[0];
  private final BitSet inUse = new BitSet();
  private final BitSet[] roomy = new BitSet[LARGEST_RUN_BITS + 1];
  private long taken;
  private int pageCount;
  private long runBytes;
  private long version;

  BlockArena() {
    for (int bits = 0; bits <= LARGEST_RUN_BITS; bits++) {
      roomy[bits] = new BitSet();
    }
  }

  /** The number of the holder set in a state; zero for an empty place. */
  static int set(long state) {
    return (int) (state & SET_MASK);
  }

  /** Whether a state says that a holder may have several copies. */
  static boolean hasCopies(long state) {
    return (state & COPIES) != 0;
  }

  /** The page of a place; also of one that is gone, then an empty page. */
  long[] page(int place) {
    long[][] all = pages;
    int number = place >>> PAGE_BITS;
    return number < all.length ? (long[]) PAGES.getAcquire(all, number) : NO_PAGE;
  }

  /** Where a place is on its page. */
  static int offset(int place) {
    return 2 * (place & PAGE_MASK);
  }

  /** Where the next place is; after the page's last one, the page's length. */
  static int nextOffset(int offset) {
    return offset + 2;
  }

  static long stateAt(long[] page, int offset) {
    return (long) LONGS.getAcquire(page, offset + 1);
  }

  /** The state once more, after what was read because of it. */
  static long stateAgain(long[] page, int offset) {
    VarHandle.acquireFence();
    return (long) LONGS.getOpaque(page, offset + 1);
  }

  /** The key of a place; read it after the state. */
  static long keyAt(long[] page, int offset) {
    return page[offset];
  }

  long state(int place) {
    return stateAt(page(place), offset(place));
  }

  long key(int place) {
    return keyAt(page(place), offset(place));
  }

  /** Whether a place has the block of a key. */
  boolean holds(int place, long key) {
    long[] page = page(place);
    return stateAt(page, offset(place)) != 0 && keyAt(page, offset(place)) == key;
  }

  /**
   * An empty place for a block.
   *
   * @param after the place of the block before it; negative if not known
   * @param ahead how many blocks want to lie next to each other from here on, itself included
   * @param grows whether the chain was there before and is likely to go on growing
   * @param mayAllocate whether there may be one more page
   * @return negative if there is no room
   */
  int room(int after, int ahead, boolean grows, boolean mayAllocate) {
    int least = SMALLEST_RUN_BITS;
    if (after >= 0) {
      int bits = runs[after >>> PAGE_BITS].bits;
      boolean endsRun = (after + 1 & ((1 << bits) - 1)) == 0;
      if (!endsRun && state(after + 1) == 0) {
        return after + 1;
      }
      if (endsRun && grows) {
        least = Math.min(LARGEST_RUN_BITS, bits + 1);
      }
    }
    int bits = Math.max(least, fit(ahead));
    int number = roomy[bits].nextSetBit(0);
    if (number < 0) {
      if (!mayAllocate) {
        return -1;
      }
      number = allocate(bits);
      if (number < 0) {
        return -1;
      }
    }
    Runs page = runs[number];
    int run = page.take();
    if (page.emptyRuns == 0) {
      roomy[bits].clear(number);
    }
    return (number << PAGE_BITS) + (run << bits);
  }

  /** The smallest run for that many blocks, or the largest that they fill if much was left over. */
  private static int fit(int blocks) {
    if (blocks >= 1 << LARGEST_RUN_BITS) {
      return LARGEST_RUN_BITS;
    }
    int bits = Integer.SIZE - Integer.numberOfLeadingZeros(blocks - 1);
    boolean wasteful = 3 << bits > 4 * blocks;
    return Math.max(SMALLEST_RUN_BITS, wasteful ? bits - 1 : bits);
  }

  /** Puts a block into an empty place. */
  void occupy(int place, long key, int set) {
    long[] page = page(place);
    LONGS.setRelease(page, offset(place), key);
    LONGS.setRelease(page, offset(place) + 1, next(set));
    Runs its = runs[place >>> PAGE_BITS];
    its.used[(place & PAGE_MASK) >>> its.bits]++;
    taken++;
  }

  /** Gives a block another set. */
  void change(int place, int set, boolean copies) {
    long state = next(set) | (copies ? COPIES : 0);
    LONGS.setRelease(page(place), offset(place) + 1, state);
  }

  /** Notes that somebody may have several copies of a block. */
  void markCopies(int place) {
    long state = state(place);
    if (!hasCopies(state)) {
      change(place, set(state), true);
    }
  }

  private long next(int set) {
    return (++version << VERSION_SHIFT) | set;
  }

  /** Makes a place empty. */
  void vacate(int place) {
    LONGS.setRelease(page(place), offset(place) + 1, 0L);
    taken--;
    int number = place >>> PAGE_BITS;
    Runs its = runs[number];
    int run = (place & PAGE_MASK) >>> its.bits;
    if (--its.used[run] > 0) {
      return;
    }
    its.give(run);
    BitSet others = roomy[its.bits];
    others.set(number);
    if (taken == 0) {
      drop();
    } else if (its.allEmpty() && others.nextSetBit(0) != others.length() - 1) {
      drop(number);
    }
  }

  private int allocate(int bits) {
    int number = inUse.nextClearBit(0);
    if (number >= MAX_PAGES) {
      return -1;
    }
    if (number >= runs.length) {
      int length = Math.max(4, runs.length * 2);
      int old = runs.length;
      runs = Arrays.copyOf(runs, length);
      Arrays.fill(runs, old, length, Runs.NONE);
      long[][] longer = Arrays.copyOf(pages, length);
      Arrays.fill(longer, old, length, NO_PAGE);
      pages = longer;
    }
    inUse.set(number);
    pageCount++;
    runs[number] = new Runs(bits);
    runBytes += runs[number].bytes();
    roomy[bits].set(number);
    PAGES.setRelease(pages, number, new long[2 * PAGE_PLACES]);
    return number;
  }

  private void drop(int number) {
    PAGES.setRelease(pages, number, NO_PAGE);
    roomy[runs[number].bits].clear(number);
    runBytes -= runs[number].bytes();
    runs[number] = Runs.NONE;
    inUse.clear(number);
    pageCount--;
  }

  private void drop() {
    for (int number = inUse.nextSetBit(0); number >= 0; number = inUse.nextSetBit(number + 1)) {
      drop(number);
    }
  }

  /** Occupied places. */
  long taken() {
    return taken;
  }

  /** The first place that is on a page, from this one on; negative if there is none. */
  int existing(int place) {
    int number = inUse.nextSetBit(place >>> PAGE_BITS);
    if (number < 0) {
      return -1;
    }
    return Math.max(place, number << PAGE_BITS);
  }

  /** The first place behind a place's page. */
  static int pageEnd(int place) {
    return (place | PAGE_MASK) + 1;
  }

  long bytes() {
    return (long) pageCount * PAGE_BYTES + runBytes;
  }

  /** What one more page takes. */
  static long pageBytes() {
    return PAGE_BYTES;
  }
}

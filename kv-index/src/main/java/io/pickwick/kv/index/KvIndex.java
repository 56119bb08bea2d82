package io.pickwick.kv.index;

import io.pickwick.kv.event.Medium;
import io.pickwick.kv.hash.PromptKeys;
import java.security.SecureRandom;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The exact index: which block is on which endpoint's rank, in which medium, in how many copies.
 *
 * <p>Memory is bounded; a block for which there is no room is refused and counted, and is then not
 * there. No publisher gets more of the room than it leaves free. Slots are at most 16,777,215 and
 * ranks at most 4,095.
 */
public final class KvIndex implements BlockIndex {
  /*
   * A key stands for the whole prompt up to its block, so there are no chains here, only places:
   * the table leads from a key to a place in the arena, a place has a state, the state names the
   * set of who holds the block. Blocks that were stored in one go lie next to each other, which
   * spares readers the table, and have the same set, which spares them the set.
   *
   * Writers are many, but each has little to do: they take turns under one lock, for a bounded
   * number of blocks at a time. What they wait for is memory, so they look all keys of a turn up
   * before they take the lock; what they find is a guess, and is compared again under it. Readers
   * take no lock; see Walk for how they notice a change.
   *
   * The order in which a block comes: set by its number, place (key, then state), table. It goes in
   * the order: state, table, set. So whoever finds one finds all that it leads to, or a state that
   * has changed.
   *
   * A publisher is cleared by ending its holder's life. What it had is swept later, in small steps
   * by whoever writes, and by sweep() when nobody does.
   */

  private static final int BLOCKS_PER_TURN = 256;
  private static final int BLOCK_BYTES = 32;
  static final int SWEPT_PER_BLOCK = 4;
  static final int SWEPT_PER_CALL = 32;
  static final int SWEPT_PER_CLEAR = 1024;
  private static final int SWEPT_FOR_ROOM = 1 << 16;
  private static final int[] NO_PLACES = new int[0];

  private final MediumWeights weights;
  private final long maxBytes;
  private final Holders holders = new Holders();
  private final HolderSets sets = new HolderSets(holders);
  private final BlockArena arena = new BlockArena();
  private final KeyTable table;
  private final Copies copies = new Copies();

  private final ReentrantLock lock = new ReentrantLock();
  private long holderBlocks;
  private long refused;
  private boolean sweeping;
  private int swept;
  private long looked;

  /** An index that takes up to half of the heap. */
  public KvIndex(MediumWeights weights) {
    this(weights, Runtime.getRuntime().maxMemory() / 2);
  }

  /**
   * An index of a certain size.
   *
   * @param weights what a hit in each medium is worth
   * @param maxBytes about how much memory it may take
   */
  public KvIndex(MediumWeights weights, long maxBytes) {
    this(weights, maxBytes, new SecureRandom().nextLong());
  }

  KvIndex(MediumWeights weights, long maxBytes, long seed) {
    this.weights = weights;
    this.maxBytes = maxBytes;
    this.table = new KeyTable(arena, seed);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the slot or the rank is out of range
   */
  @Override
  public RankBlocks open(int slot, int rank) {
    if (slot < 0 || slot > Holders.MAX_SLOT || rank < 0 || rank > Holders.MAX_RANK) {
      throw new IllegalArgumentException(
          "no such publisher: slot %d, rank %d".formatted(slot, rank));
    }
    lock.lock();
    try {
      return new Rank(slot, rank);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void match(PromptKeys prompt, long tag, PrefixMatch into) {
    into.walk().match(this, prompt, tag, into);
  }

  /**
   * Takes back a part of the room of publishers that were cleared or closed. Writers do that too,
   * in passing; call it now and then for the times when nobody writes.
   *
   * @param places how many places to look at, at most
   * @return whether there is more to do
   */
  public boolean sweep(int places) {
    boolean more = true;
    for (int left = places; left > 0 && more; left -= SWEPT_PER_CLEAR) {
      lock.lock();
      try {
        more = sweepStep(Math.min(left, SWEPT_PER_CLEAR));
      } finally {
        lock.unlock();
      }
    }
    return more;
  }

  /** What is held now. */
  public IndexStats stats() {
    lock.lock();
    try {
      return new IndexStats(
          arena.taken(), holderBlocks, bytes(), refused, sets.count(), holders.unswept());
    } finally {
      lock.unlock();
    }
  }

  /** How many places all sweeping has looked at so far. */
  long looked() {
    lock.lock();
    try {
      return looked;
    } finally {
      lock.unlock();
    }
  }

  BlockArena arena() {
    return arena;
  }

  KeyTable table() {
    return table;
  }

  HolderSets sets() {
    return sets;
  }

  Holders holders() {
    return holders;
  }

  MediumWeights weights() {
    return weights;
  }

  private long bytes() {
    return arena.bytes() + table.bytes() + sets.bytes() + copies.bytes() + holders.bytes();
  }

  private boolean hasRoom(long more) {
    if (bytes() + more > maxBytes) {
      sweepStep(SWEPT_FOR_ROOM);
    }
    return bytes() + more <= maxBytes;
  }

  /** Looks at some places; returns whether there are dead holders left. */
  private boolean sweepStep(int places) {
    if (!sweeping) {
      if (holders.unswept() == 0) {
        return false;
      }
      holders.beginSweep();
      sweeping = true;
      swept = 0;
    }
    int left = places;
    int place = arena.existing(swept);
    while (place >= 0 && left > 0) {
      int end = Math.min(BlockArena.pageEnd(place), place + left);
      left -= end - place;
      looked += end - place;
      for (; place < end; place++) {
        long state = arena.state(place);
        if (state != 0) {
          sweepPlace(place, state);
        }
      }
      swept = end;
      place = arena.existing(swept);
    }
    if (place < 0) {
      holders.endSweep();
      sweeping = false;
    }
    return holders.unswept() > 0;
  }

  private void sweepPlace(int place, long state) {
    HolderSet set = sets.get(BlockArena.set(state));
    HolderSet living = sets.onlyLiving(set);
    if (living.id != set.id) {
      change(place, state, set, living);
    }
  }

  /** Gives a block another set of holders; with nobody in it, the block is gone. */
  private void change(int place, long state, HolderSet from, HolderSet to) {
    boolean hasCopies = BlockArena.hasCopies(state);
    if (hasCopies && to.count() <= from.count()) {
      forgetCopies(place, from, to);
    }
    if (to.id == 0) {
      long key = arena.key(place);
      arena.vacate(place);
      table.remove(key, place);
    } else {
      sets.retain(to);
      arena.change(place, to.id, hasCopies);
    }
    sets.release(from);
  }

  private void forgetCopies(int place, HolderSet from, HolderSet to) {
    for (int i = 0; i < from.count(); i++) {
      if (to.indexOf(from.member(i)) < 0) {
        copies.forget(place, from.member(i));
      }
    }
  }

  /** One publisher; its fields belong to who holds the lock. */
  private final class Rank implements RankBlocks {
    private final int slot;
    private final int rank;
    private int holder;
    private int last = -1;
    private long count;
    private boolean closed;

    Rank(int slot, int rank) {
      this.slot = slot;
      this.rank = rank;
      holder = newHolder();
    }

    private int newHolder() {
      while (!holders.hasRoom() && sweepStep(SWEPT_FOR_ROOM)) {
        // The numbers of the dead come back at the end of a sweep.
      }
      return holders.add(slot, rank);
    }

    @Override
    public void store(long parent, long[] keys, int count, Medium medium, long tag) {
      add(parent, keys, count, medium, tag, true);
    }

    @Override
    public void report(long parent, long[] keys, int count, Medium medium, long tag) {
      add(parent, keys, count, medium, tag, false);
    }

    private void add(long parent, long[] keys, int count, Medium medium, long tag, boolean copies) {
      int code = MediumWeights.code(medium);
      for (int from = 0; from < count; from += BLOCKS_PER_TURN) {
        int to = Math.min(count, from + BLOCKS_PER_TURN);
        lock.lock();
        try {
          if (closed) {
            return;
          }
          long before = from == 0 ? parent : keys[from - 1];
          add(before, -1, keys, from, to, code, tag, copies, NO_PLACES);
          sweepStep(SWEPT_PER_CALL + SWEPT_PER_BLOCK * (to - from));
        } finally {
          lock.unlock();
        }
      }
    }

    private void add(
        long parent,
        int parentGuess,
        long[] keys,
        int from,
        int to,
        int code,
        long tag,
        boolean copies,
        int[] places) {
      int label = holders.label(holder, tag);
      if (label < 0) {
        refused += to - from;
        return;
      }
      int member = HolderSet.member(holder, label, code);
      int place = -1;
      for (int i = from; i < to; i++) {
        long key = keys[i];
        int before = place;
        place = before >= 0 && arena.holds(before + 1, key) ? before + 1 : place(key, i, places);
        if (place >= 0) {
          addHolder(place, member, copies);
          continue;
        }
        if (i == from) {
          before = parent == 0 ? -1 : placeOf(parent, parentGuess);
        }
        place = insert(before, key, to - i, i == from, member);
      }
      last = place;
    }

    /** The place of a key; where it was found when nobody could be sure is only a guess. */
    private int place(long key, int index, int[] places) {
      int guess = index < places.length ? places[index] : -1;
      return guess >= 0 && arena.holds(guess, key) ? guess : table.find(key);
    }

    /** The place of a key, which often is the one that was stored last. */
    private int placeOf(long key, int guess) {
      if (last >= 0 && arena.holds(last, key)) {
        return last;
      }
      return guess >= 0 && arena.holds(guess, key) ? guess : table.find(key);
    }

    /** A block that nobody has; returns its place, negative if there is no room. */
    private int insert(int before, long key, int ahead, boolean grows, int member) {
      int behind = before;
      if (!mayHoldMore()) {
        sweepStep(SWEPT_FOR_ROOM);
        behind = -1;
        if (!mayHoldMore()) {
          refused++;
          return -1;
        }
      }
      int place = arena.room(behind, ahead, grows, false);
      if (place < 0) {
        // Making room may sweep away the block before.
        place = arena.room(-1, ahead, false, hasRoom(BlockArena.pageBytes()));
      }
      if (place < 0) {
        refused++;
        return -1;
      }
      HolderSet set = sets.plus(HolderSet.NONE, member);
      sets.retain(set);
      arena.occupy(place, key, set.id);
      if (!table.add(key, place)) {
        arena.vacate(place);
        sets.release(set);
        holders.lost(holder);
        refused++;
        return -1;
      }
      held(member, 1);
      return place;
    }

    /**
     * Whether it may have one more block that nobody else has: it may have as much as is free, so
     * that one that tells of blocks without end leaves half of the room to the others.
     */
    private boolean mayHoldMore() {
      return (count + 1) * BLOCK_BYTES <= maxBytes - bytes();
    }

    private void addHolder(int place, int member, boolean copy) {
      long state = arena.state(place);
      HolderSet set = sets.get(BlockArena.set(state));
      int at = set.indexOf(holder, HolderSet.medium(member));
      int held = at < 0 ? member : set.member(at);
      if ((copy || at < 0) && bytes() > maxBytes) {
        refused++;
      } else if (at < 0) {
        change(place, state, set, sets.plus(set, member));
        held(member, 1);
      } else if (copy) {
        copies.add(place, held);
        arena.markCopies(place);
      }
      if (held != member && HolderSet.label(held) != Labels.MIXED) {
        mix(place, held);
      }
    }

    /** A block that is held under one tag is told under another: nobody knows what it is now. */
    private void mix(int place, int held) {
      long state = arena.state(place);
      HolderSet set = sets.get(BlockArena.set(state));
      int mixed = HolderSet.member(holder, Labels.MIXED, HolderSet.medium(held));
      HolderSet both = sets.plus(set, mixed);
      sets.retain(both);
      copies.give(place, held, mixed);
      change(place, state, set, sets.minus(both, held));
      sets.release(both);
      holders.lost(holder);
      holders.count(held, -1);
    }

    @Override
    public boolean remove(long key, Medium medium) {
      lock.lock();
      try {
        sweepStep(SWEPT_PER_CALL);
        int place = closed ? -1 : table.find(key);
        return place >= 0 && removeHolder(place, MediumWeights.code(medium));
      } finally {
        lock.unlock();
      }
    }

    @Override
    public int write(BlockChanges changes) {
      int removed = 0;
      int number = 0;
      int from = 0;
      while (from < changes.blocks()) {
        int turn = Math.min(changes.blocks(), from + BLOCKS_PER_TURN);
        table.find(changes.keys(), from, turn, changes.places());
        int runs = changes.runsUntil(turn, number);
        table.find(changes.parents(), number, runs, changes.parentPlaces());
        lock.lock();
        try {
          if (closed) {
            return removed;
          }
          sweepStep(SWEPT_PER_CALL + SWEPT_PER_BLOCK * (turn - from));
          while (from < turn) {
            BlockChanges.Run run = changes.run(number);
            int to = Math.min(turn, run.end);
            removed += write(changes, number, from, to);
            from = to;
            number += to == run.end ? 1 : 0;
          }
        } finally {
          lock.unlock();
        }
      }
      return removed;
    }

    /** A part of a run; returns how many blocks were removed. */
    private int write(BlockChanges changes, int number, int from, int to) {
      BlockChanges.Run run = changes.run(number);
      int began = number == 0 ? 0 : changes.run(number - 1).end;
      long[] keys = changes.keys();
      int code = MediumWeights.code(run.medium);
      if (run.kind != BlockChanges.Kind.REMOVE) {
        long parent = from == began ? changes.parents()[number] : keys[from - 1];
        int guess = from == began ? changes.parentPlaces()[number] : -1;
        boolean copies = run.kind == BlockChanges.Kind.STORE;
        add(parent, guess, keys, from, to, code, run.tag, copies, changes.places());
        return 0;
      }
      int removed = 0;
      for (int i = from; i < to; i++) {
        int place = place(keys[i], i, changes.places());
        if (place >= 0 && removeHolder(place, code)) {
          removed++;
        }
      }
      return removed;
    }

    private boolean removeHolder(int place, int code) {
      long state = arena.state(place);
      HolderSet set = sets.get(BlockArena.set(state));
      int at = set.indexOf(holder, code);
      if (at < 0) {
        return false;
      }
      int member = set.member(at);
      if (!BlockArena.hasCopies(state) || !copies.take(place, member)) {
        change(place, state, set, sets.minus(set, member));
        holders.lost(holder);
        held(member, -1);
      }
      return true;
    }

    private void held(int member, int blocks) {
      count += blocks;
      holderBlocks += blocks;
      holders.count(member, blocks);
    }

    @Override
    public void clear() {
      lock.lock();
      try {
        if (!closed && die()) {
          holder = newHolder();
        }
      } finally {
        lock.unlock();
      }
    }

    /** Ends the holder's life if it ever held something; returns whether it did. */
    private boolean die() {
      if (count == 0) {
        return false;
      }
      holders.kill(holder);
      sets.forgetChanges();
      holderBlocks -= count;
      count = 0;
      last = -1;
      sweepStep(SWEPT_PER_CLEAR);
      return true;
    }

    @Override
    public long blocks() {
      lock.lock();
      try {
        return count;
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void close() {
      lock.lock();
      try {
        if (!closed) {
          closed = true;
          if (!die()) {
            holders.giveBack(holder);
          }
        }
      } finally {
        lock.unlock();
      }
    }
  }
}

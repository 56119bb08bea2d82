package io.pickwick.kv.index;

import io.pickwick.kv.event.Medium;
import java.util.Arrays;

/**
 * Stores and removals of one publisher, in their order, gathered to be written in one go; for use
 * by one thread.
 *
 * <p>Written together they cost less: the index takes its lock once, and looks up all keys at once
 * instead of waiting for memory key by key.
 */
public final class BlockChanges {
  /** What happens to the blocks of a run. */
  enum Kind {
    STORE,
    REPORT,
    REMOVE
  }

  /**
   * Neighbours that share what happens to them.
   *
   * <p>For use again: its values change.
   */
  static final class Run {
    Kind kind = Kind.STORE;
    Medium medium = Medium.GPU;
    long tag;

    /** Where its keys end; they start where those of the run before end. */
    int end;

    private boolean isRemoval(Medium from) {
      return kind == Kind.REMOVE && medium == from;
    }
  }

  private long[] keys = new long[16];
  private int blocks;
  private int[] places = new int[0];
  private Run[] runs = new Run[0];
  private long[] parents = new long[0];
  private int[] parentPlaces = new int[0];
  private int count;

  /** As {@link RankBlocks#store}. */
  public void store(long parent, long[] keys, int count, Medium medium, long tag) {
    add(Kind.STORE, parent, keys, count, medium, tag);
  }

  /** As {@link RankBlocks#report}. */
  public void report(long parent, long[] keys, int count, Medium medium, long tag) {
    add(Kind.REPORT, parent, keys, count, medium, tag);
  }

  /** As {@link RankBlocks#remove}. */
  public void remove(long key, Medium medium) {
    makeRoom(1);
    keys[blocks++] = key;
    if (count > 0 && runs[count - 1].isRemoval(medium)) {
      runs[count - 1].end = blocks;
    } else {
      run(Kind.REMOVE, medium, 0);
    }
  }

  private void add(Kind kind, long parent, long[] from, int length, Medium medium, long tag) {
    makeRoom(length);
    System.arraycopy(from, 0, keys, blocks, length);
    blocks += length;
    run(kind, medium, parent).tag = tag;
  }

  private void makeRoom(int more) {
    if (blocks + more > keys.length) {
      keys = Arrays.copyOf(keys, Math.max(blocks + more, 2 * keys.length));
    }
  }

  private Run run(Kind kind, Medium medium, long parent) {
    if (count == runs.length) {
      runs = Arrays.copyOf(runs, Math.max(4, 2 * count));
      parents = Arrays.copyOf(parents, runs.length);
      parentPlaces = new int[runs.length];
      for (int i = count; i < runs.length; i++) {
        runs[i] = new Run();
      }
    }
    parents[count] = parent;
    Run run = runs[count++];
    run.kind = kind;
    run.medium = medium;
    run.end = blocks;
    return run;
  }

  /** How many blocks are stored or removed. */
  public int blocks() {
    return blocks;
  }

  /** Nothing is gathered any more. */
  public void clear() {
    blocks = 0;
    count = 0;
  }

  /** The keys of all runs; valid until the next change. */
  long[] keys() {
    return keys;
  }

  /** Room for a place of each key, for whoever writes them. */
  int[] places() {
    if (places.length < blocks) {
      places = new int[keys.length];
    }
    return places;
  }

  Run run(int index) {
    return runs[index];
  }

  /** The first run, from one on, that has no key before the given one. */
  int runsUntil(int key, int first) {
    int run = first + 1;
    while (run < count && runs[run - 1].end < key) {
      run++;
    }
    return run;
  }

  /** The key of the block before each run; zero when there is none or it does not matter. */
  long[] parents() {
    return parents;
  }

  /** Room for a place of each run's parent, for whoever writes them. */
  int[] parentPlaces() {
    return parentPlaces;
  }

  /** Writes them one by one; returns how many of the removed blocks were there. */
  int writeTo(RankBlocks rank) {
    int removed = 0;
    int from = 0;
    for (int i = 0; i < count; i++) {
      Run run = runs[i];
      long[] its = Arrays.copyOfRange(keys, from, run.end);
      switch (run.kind) {
        case STORE -> rank.store(parents[i], its, its.length, run.medium, run.tag);
        case REPORT -> rank.report(parents[i], its, its.length, run.medium, run.tag);
        case REMOVE -> {
          for (long key : its) {
            removed += rank.remove(key, run.medium) ? 1 : 0;
          }
        }
      }
      from = run.end;
    }
    return removed;
  }
}

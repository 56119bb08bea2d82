package io.pickwick.kv.feed;

import io.pickwick.kv.event.AdapterTag;
import io.pickwick.kv.event.BlockKeys;
import io.pickwick.kv.event.EventSink;
import io.pickwick.kv.event.RemovedBlocks;
import io.pickwick.kv.event.StoredBlocks;
import io.pickwick.kv.index.BlockChanges;
import io.pickwick.kv.index.RankBlocks;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes one publisher's events to the block index.
 *
 * <p>Used by one thread at a time; the counts may be read by any.
 */
public final class EventApplier implements EventSink {
  private static final int NO_GROUP = -1;

  /** So many blocks are gathered before they are written, unless the batch ends earlier. */
  private static final int GATHERED = 256;

  private final int slot;
  private final int rank;
  private final RankBlocks blocks;
  private final BlockKeys keys;
  private final FeedListener listener;

  private final AtomicLong stored = new AtomicLong();
  private final AtomicLong removed = new AtomicLong();
  private final AtomicLong unknown = new AtomicLong();
  private final AtomicLong ignored = new AtomicLong();
  private final AtomicLong unreadable = new AtomicLong();

  private final BlockChanges changes = new BlockChanges();
  private int removals;
  private long[] run = new long[16];
  private int group = NO_GROUP;
  private boolean groupTold;
  private boolean stateLost;

  /*
   * Which group counts. A hybrid model keeps its blocks in several groups, each with blocks of its
   * own under the same hashes. Only full attention makes a prefix by itself, and one group of it
   * stands for all, so the lowest such group is indexed and the others are passed over, removals
   * too: which is why a removal of another group can't take a block away. Until an event tells a
   * group's kind, group 0 is taken for it; when a kind comes that proves this wrong, what was indexed
   * is dropped, since it says nothing of prefixes.
   */

  /**
   * An applier to an open publisher.
   *
   * @param slot the endpoint's slot, for the listener
   * @param rank the data-parallel rank, for the listener
   * @param keys what makes keys of the publisher's blocks; used by this applier alone
   * @param listener told of each run of blocks that counts, before it is stored
   */
  public EventApplier(
      int slot, int rank, RankBlocks blocks, BlockKeys keys, FeedListener listener) {
    this.slot = slot;
    this.rank = rank;
    this.blocks = blocks;
    this.keys = keys;
    this.listener = listener;
  }

  @Override
  public void stored(StoredBlocks event) {
    if (event.count() == 0) {
      return;
    }
    if (!counts(event)) {
      add(ignored, event.count());
      return;
    }
    listener.stored(slot, rank, event);
    if (isNameless(event)) {
      add(ignored, event.count());
      return;
    }
    long tag = AdapterTag.of(event.loraName());
    if (run.length < event.count()) {
      run = new long[Math.max(event.count(), 2 * run.length)];
    }
    int known = keys.stored(event, run);
    if (known > 0) {
      store(event, known, tag);
    }
    add(stored, known);
    add(ignored, event.count() - known);
  }

  private void store(StoredBlocks event, int known, long tag) {
    if (changes.blocks() + known > GATHERED) {
      write();
    }
    long parent = keys.parent(event);
    if (event.reported()) {
      changes.report(parent, run, known, event.medium(), tag);
    } else if (known > GATHERED) {
      blocks.store(parent, run, known, event.medium(), tag);
    } else {
      changes.store(parent, run, known, event.medium(), tag);
    }
  }

  /** An adapter of which only the number is told can't be asked for, so its blocks have no use. */
  private static boolean isNameless(StoredBlocks event) {
    return event.loraName().isEmpty() && event.loraId() > 0;
  }

  private boolean counts(StoredBlocks event) {
    int of = event.group();
    if (event.kindTold()) {
      return event.fullAttention() ? countsFull(of) : countsOther(of);
    }
    if (group == NO_GROUP && of == 0) {
      group = 0;
    }
    return of == group;
  }

  private boolean countsFull(int of) {
    if (of == group) {
      groupTold = true;
    } else if (group == NO_GROUP || of < group || !groupTold) {
      index(of);
      groupTold = true;
    }
    return of == group;
  }

  private boolean countsOther(int of) {
    if (of == group) {
      index(NO_GROUP);
      groupTold = false;
    }
    return false;
  }

  private void index(int of) {
    if (group != NO_GROUP) {
      write();
      blocks.clear();
      keys.cleared();
    }
    group = of;
  }

  @Override
  public void removed(RemovedBlocks event) {
    int count = event.count();
    if (event.group() != group) {
      add(ignored, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      if (changes.blocks() == GATHERED) {
        write();
      }
      changes.remove(keys.removed(event.hash(i)), event.medium());
      removals++;
    }
  }

  @Override
  public void ended() {
    write();
  }

  private void write() {
    if (changes.blocks() == 0) {
      return;
    }
    int asked = removals;
    removals = 0;
    int gone;
    try {
      gone = blocks.write(changes);
    } finally {
      changes.clear();
    }
    add(removed, gone);
    add(unknown, asked - gone);
  }

  @Override
  public void cleared() {
    forget();
  }

  @Override
  public void unreadable(String why, boolean lost) {
    add(unreadable, 1);
    stateLost |= lost;
  }

  /** Drops all that is known of the publisher, as if it had only now begun to speak. */
  public void forget() {
    write();
    blocks.clear();
    keys.cleared();
    stateLost = false;
  }

  /**
   * Whether an event that could not be read may have said that blocks are gone, so that what is
   * indexed can't be believed; until {@link #forget()} or until the publisher clears its cache.
   */
  public boolean stateLost() {
    return stateLost;
  }

  /** How many blocks were stored or reported. */
  public long storedBlocks() {
    return stored.get();
  }

  /** How many blocks were removed that were known. */
  public long removedBlocks() {
    return removed.get();
  }

  /** How many blocks were removed that were not known. */
  public long unknownBlocks() {
    return unknown.get();
  }

  /** How many blocks were passed over: of other groups, or without a key or an adapter's name. */
  public long ignoredBlocks() {
    return ignored.get();
  }

  /** How many events could not be read. */
  public long unreadableEvents() {
    return unreadable.get();
  }

  /** One thread writes, so no locked instruction is needed. */
  private static void add(AtomicLong count, long more) {
    count.setRelease(count.getPlain() + more);
  }
}

package io.pickwick.kv.index;

import io.pickwick.kv.event.Medium;

/**
 * The write side of one publisher's blocks; used by one thread at a time.
 *
 * <p>An engine may hold several copies of a block in a medium: each is stored once and removed
 * once, and the block is there as long as one of them is.
 *
 * <p>A tag is the publisher's own word: a block that one publisher stores under several tags
 * answers to none of them until it is gone there, whatever others store. A publisher may hold
 * blocks under {@value Labels#MOST} tags at a time; blocks of more are refused.
 */
public interface RankBlocks extends AutoCloseable {
  /**
   * One more copy of each block of a run, {@code keys[0 .. count)}, of which each follows the one
   * before.
   *
   * @param parent the key of the block before the first, as a hint where the run belongs; zero when
   *     there is none
   * @param tag keeps equal keys apart that must not match each other, such as those of two
   *     adapters; zero for the base model
   */
  void store(long parent, long[] keys, int count, Medium medium, long tag);

  /**
   * The blocks are there, however often this is said: a block that is held already gets no further
   * copy.
   */
  void report(long parent, long[] keys, int count, Medium medium, long tag);

  /**
   * One copy less.
   *
   * @return whether there was one
   */
  boolean remove(long key, Medium medium);

  /**
   * All of these, in their order.
   *
   * @return how many of the removed blocks were there
   */
  default int write(BlockChanges changes) {
    return changes.writeTo(this);
  }

  /** Nothing is held any more; for readers from one moment to the next, however much it was. */
  void clear();

  /** How many blocks are held, each medium for itself and copies counted once. */
  long blocks();

  /** Forgets everything, and the publisher. */
  @Override
  void close();
}

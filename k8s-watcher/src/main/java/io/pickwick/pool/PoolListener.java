package io.pickwick.pool;

import io.pickwick.schedule.Endpoint;

/**
 * One who must know when endpoints come and go; called by the thread that changes the pool, one
 * change at a time.
 */
public interface PoolListener {
  /** An endpoint is about to be served from; called before the first snapshot that holds it. */
  default void added(Endpoint endpoint) {}

  /**
   * An endpoint is gone; called before its slot is given away, so that what is known by slot can be
   * forgotten, and after the first snapshot without it, unless that would have been empty only
   * until its successors are known.
   */
  default void removed(Endpoint endpoint) {}

  /** An endpoint has new labels: another object with the same slot and the same load. */
  default void relabelled(Endpoint before, Endpoint after) {}
}

package io.pickwick.pool;

import io.pickwick.schedule.Endpoint;
import java.util.List;

/**
 * The endpoints of a pool at one moment; swapped whole when anything changes.
 *
 * @param endpoints all of them, in the order of their declaration
 * @param slots one more than the highest slot among them
 * @param synced whether the pool has been read at least once
 */
public record PoolSnapshot(List<Endpoint> endpoints, int slots, boolean synced) {
  /** The pool before anything was read. */
  public static final PoolSnapshot UNKNOWN = new PoolSnapshot(List.of(), 0, false);

  /** Keeps its own copy. */
  public PoolSnapshot {
    endpoints = List.copyOf(endpoints);
  }
}

package io.pickwick.bench.replay;

import io.pickwick.kv.index.BlockChanges;
import io.pickwick.schedule.Gauges;

/**
 * One replica of a policy: which pod serves a request. Told what becomes of the requests that it
 * routed, and of no others; used by one thread.
 */
interface Router {
  /** No pod. */
  int NONE = -1;

  /** The pod for a request, or {@link #NONE}: then the request has failed. */
  int pick(KeyedRequest request, long nowNanos);

  /** A request got its first token. */
  default void firstToken(KeyedRequest request, long nowNanos) {}

  /** A request has generated so many tokens; told when prompt and output fill a block. */
  default void progressed(KeyedRequest request, int outputTokens) {}

  /** A request has ended or was refused by its pod. */
  default void ended(KeyedRequest request, long nowNanos) {}

  /** Whether it wants the pods' gauges. */
  default boolean scrapes() {
    return false;
  }

  /** A pod is asked for its gauges. */
  default void scrapeBegins(int pod, long nowNanos) {}

  /** A pod's gauges are known. */
  default void scraped(int pod, Gauges gauges) {}

  /** Whether it wants the pods' KV events. */
  default boolean followsEvents() {
    return false;
  }

  /** What changed in a pod's cache during one step. */
  default void changed(int pod, BlockChanges changes) {}
}

package io.pickwick.kv.feed;

/** How a replay ended. */
enum ReplayEnd {
  /** With the end marker. */
  COMPLETE,
  /** After some replies there was no progress any more. */
  BROKEN,
  /** Without any reply. */
  UNANSWERED
}

package io.pickwick.kv.feed;

/** How soon a replay is wanted. */
enum Urgency {
  /** Only to see whether anything was missed: after all others. */
  PROBE,
  /** As soon as the publisher may be asked again. */
  SOON,
  /** At once, since the last answer helped. */
  AT_ONCE
}

package io.pickwick.kv.feed;

/** How far a publisher's blocks can be believed. */
public enum FeedState {
  /** No message has come yet. */
  SILENT,
  /**
   * Every message since the publisher's start has been applied: what is indexed is what it holds.
   */
  LIVE,
  /** A message is missing and is being asked for again; what is indexed is not shown. */
  REPLAYING,
  /**
   * Messages are lost for good. What was known was dropped; what came since is indexed and right,
   * but the publisher holds more than that.
   */
  PARTIAL,
  /** The connection is lost. */
  LOST
}

package io.pickwick.kv.feed;

import io.pickwick.kv.event.AdapterTags;
import io.pickwick.kv.index.BlockIndex;
import java.io.IOException;
import java.util.List;
import java.util.function.LongSupplier;

/** Receives the KV events of a pool's endpoints and keeps the block index by them. */
public final class KvFeeds implements AutoCloseable {
  private final FeedConfig config;

  /**
   * Feeds that are not started yet.
   *
   * @param index where blocks are written
   * @param tags the numbers of adapters
   * @param listener looks at what is stored
   * @param nanos the clock
   */
  public KvFeeds(
      FeedConfig config,
      BlockIndex index,
      AdapterTags tags,
      FeedListener listener,
      LongSupplier nanos) {
    this.config = config;
  }

  /**
   * Binds, if so configured, and starts the threads.
   *
   * @throws IOException if a port can't be had; the message names it
   */
  public void start() throws IOException {
    throw new UnsupportedOperationException("not built yet: " + config);
  }

  /**
   * An endpoint is in the pool: its publishers are heard from now on. If the slot has one already,
   * that one is removed. Returns at once.
   */
  public void add(FeedSource source) {
    throw new UnsupportedOperationException("not built yet");
  }

  /** The endpoint of a slot left the pool: what it held is forgotten. Returns at once. */
  public void remove(int slot) {
    throw new UnsupportedOperationException("not built yet");
  }

  /** How far an endpoint can be believed: the worst of its ranks. Cheap. */
  public FeedState state(int slot) {
    throw new UnsupportedOperationException("not built yet");
  }

  /** Every publisher, by slot and rank. */
  public List<FeedStatus> status() {
    throw new UnsupportedOperationException("not built yet");
  }

  /** What was seen so far. */
  public FeedStats stats() {
    throw new UnsupportedOperationException("not built yet");
  }

  /** The port that was bound for rank 0; zero if none. */
  public int boundPort() {
    throw new UnsupportedOperationException("not built yet");
  }

  /** Ends all connections and threads; the blocks of all publishers are forgotten. */
  @Override
  public void close() {}
}

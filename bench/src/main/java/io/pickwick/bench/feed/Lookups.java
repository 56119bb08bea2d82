package io.pickwick.bench.feed;

import io.pickwick.bench.measure.Background;
import io.pickwick.kv.feed.FeedStatus;
import io.pickwick.kv.feed.KvFeeds;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.KvIndex;
import io.pickwick.kv.index.PrefixMatch;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Recorder;

/**
 * A thread that looks up prompts of 512 blocks, each of which one publisher has just completed,
 * among all publishers.
 */
final class Lookups implements AutoCloseable {
  private static final long NAP_NANOS = 1_000_000;

  private final KvFeeds feeds;
  private final KvIndex index;
  private final FeedLoad load;
  private final long separator;
  private final Recorder nanos = new Recorder(3);
  private final Background background = new Background("lookups", this::run);

  private Lookups(KvFeeds feeds, KvIndex index, FeedLoad load, long separator) {
    this.feeds = feeds;
    this.index = index;
    this.load = load;
    this.separator = separator;
  }

  /** Starts to look up, if the load says so. */
  static Lookups start(KvFeeds feeds, KvIndex index, FeedLoad load, long separator) {
    Lookups lookups = new Lookups(feeds, index, load, separator);
    if (load.lookupRate() > 0) {
      lookups.background.start();
    }
    return lookups;
  }

  /** How long they took since the last call, in nanoseconds. */
  Recorder nanos() {
    return nanos;
  }

  private void run(Background background) {
    Random random = new Random(1);
    PrefixMatch match = new PrefixMatch();
    long due = System.nanoTime();
    while (!background.closed()) {
      List<FeedStatus> all = feeds.status();
      long until = System.nanoTime() + 1_000_000_000L;
      while (!background.closed() && System.nanoTime() < until) {
        if (System.nanoTime() < due || all.isEmpty()) {
          LockSupport.parkNanos(NAP_NANOS);
          continue;
        }
        due += 1_000_000_000L / load.lookupRate();
        FeedStatus one = all.get(random.nextInt(all.size()));
        long messages = one.lastSequence() + 1;
        if (messages >= BlockChains.MESSAGES_PER_PROMPT) {
          PromptKeys prompt = BlockChains.lastPrompt(one.slot(), messages, separator);
          long from = System.nanoTime();
          match.reset(load.publishers());
          index.match(prompt, match);
          nanos.recordValue(System.nanoTime() - from);
        }
      }
    }
  }

  @Override
  public void close() {
    background.close();
  }
}

package io.pickwick.bench.feed;

import io.pickwick.bench.process.Ports;
import io.pickwick.kv.event.EngineKeys;
import io.pickwick.kv.event.StoredBlocks;
import io.pickwick.kv.feed.FeedConfig;
import io.pickwick.kv.feed.FeedListener;
import io.pickwick.kv.feed.FeedSource;
import io.pickwick.kv.feed.FeedStats;
import io.pickwick.kv.feed.FeedStatus;
import io.pickwick.kv.feed.KvFeeds;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.KvIndex;
import io.pickwick.kv.index.MediumWeights;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/** One run: publishers in a process of their own, feeds and index in ours. */
final class FeedRun {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final long SAMPLE_MILLIS = 10;

  private final FeedLoad load;
  private final long separator = PromptKeys.separator("bench", "");
  private final KvIndex index = new KvIndex(MediumWeights.standard());
  private final Arrivals arrivals = new Arrivals();

  /** How old a prefill is when it is about to be applied, in microseconds. */
  private static final class Arrivals implements FeedListener {
    private final Recorder micros = new Recorder(3);

    @Override
    public void stored(int slot, int rank, StoredBlocks blocks) {
      if (blocks.count() == BlockChains.PREFILL) {
        micros.recordValue(PublishCommand.since(blocks.token(0)));
      }
    }
  }

  private FeedRun(FeedLoad load) {
    this.load = load;
  }

  /**
   * Runs it from the start of the publishers to the comparison at the end.
   *
   * @param jvmFlags of the publishers' process
   * @param directory for its log
   */
  static FeedReport run(FeedLoad load, List<String> jvmFlags, Path directory)
      throws IOException, InterruptedException {
    return new FeedRun(load).run(jvmFlags, directory);
  }

  private FeedReport run(List<String> jvmFlags, Path directory)
      throws IOException, InterruptedException {
    int port = Ports.free(1)[0];
    FeedConfig.Limits most = FeedConfig.Limits.DEFAULTS;
    FeedConfig config =
        FeedConfig.DEFAULTS
            .withPorts(port, OptionalInt.empty(), 1)
            .withLimits(
                new FeedConfig.Limits(
                    load.lanes(),
                    most.laneMessages(),
                    most.laneBytes(),
                    most.maxFrameBytes(),
                    most.replays()))
            .withVerifiesPeer(false);
    if (load.connects()) {
      config = config.withBindOnly("tcp://127.0.0.1:" + port);
    }
    try (KvFeeds feeds = new KvFeeds(config, index, arrivals, System::nanoTime)) {
      if (load.connects()) {
        feeds.start();
      }
      try (Publishers publishers = Publishers.start(load, port, jvmFlags, directory)) {
        if (!load.connects()) {
          feeds.start();
        }
        EngineKeys keys = new EngineKeys(separator);
        for (int i = 0; i < load.publishers(); i++) {
          feeds.add(new FeedSource(i, FeedLoad.address(i), 8000, () -> keys));
        }
        int connected = publishers.awaitSubscribers(load.publishers(), PATIENCE);
        return measure(feeds, publishers, connected);
      }
    }
  }

  private FeedReport measure(KvFeeds feeds, Publishers publishers, int connected)
      throws IOException, InterruptedException {
    publishers.publish();
    Thread.sleep(load.warmUp());
    Window window = window(feeds, publishers);
    Publishers.Told told = publishers.stop();
    boolean whole = drain(feeds, told.messages());
    Drained drained = Drained.compare(told.messages(), feeds.status(), index, load, separator);
    return new FeedReport(
        load, connected, window, told.lateMicros(), feeds.stats(), whole, drained);
  }

  private Window window(KvFeeds feeds, Publishers publishers)
      throws IOException, InterruptedException {
    try (Lookups lookups = Lookups.start(feeds, index, load, separator)) {
      Thread.sleep(load.warmUp().dividedBy(10));
      arrivals.micros.reset();
      lookups.nanos().reset();
      FeedStats before = feeds.stats();
      Usage usedBefore = Usage.now();
      Duration publishersBefore = publishers.cpu();
      long start = System.nanoTime();
      Histogram waits = sample(feeds, start);
      long wall = System.nanoTime() - start;
      return new Window(
          wall,
          before,
          feeds.stats(),
          Usage.now().since(usedBefore),
          publishers.cpu().minus(publishersBefore),
          waits,
          arrivals.micros.getIntervalHistogram(),
          lookups.nanos().getIntervalHistogram(),
          index.stats(),
          Usage.residentBytes());
    }
  }

  /** How long the oldest waiting message has waited, in microseconds, again and again. */
  private Histogram sample(KvFeeds feeds, long start) throws InterruptedException {
    Histogram micros = new Histogram(3);
    while (System.nanoTime() - start < load.window().toNanos()) {
      Thread.sleep(SAMPLE_MILLIS);
      micros.recordValue(feeds.stats().lagNanos() / 1000);
    }
    return micros;
  }

  /** Waits until each publisher's last message has been applied. */
  private static boolean drain(KvFeeds feeds, List<Long> messages) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!applied(feeds.status(), messages)) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      Thread.sleep(SAMPLE_MILLIS);
    }
    return true;
  }

  private static boolean applied(List<FeedStatus> feeds, List<Long> messages) {
    long[] last = new long[messages.size()];
    for (FeedStatus one : feeds) {
      last[one.slot()] = one.lastSequence() + 1;
    }
    for (int i = 0; i < last.length; i++) {
      if (last[i] < messages.get(i)) {
        return false;
      }
    }
    return true;
  }
}

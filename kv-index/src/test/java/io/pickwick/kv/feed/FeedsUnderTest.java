package io.pickwick.kv.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.kv.event.EngineKeys;
import io.pickwick.kv.event.StoredBlocks;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Feeds, fake publishers and an index to look into, with waits that are short. */
final class FeedsUnderTest implements AutoCloseable {
  static final FeedConfig.Timing QUICK =
      new FeedConfig.Timing(
          Duration.ofMillis(1500),
          Duration.ofMillis(10),
          Duration.ofMinutes(5),
          Duration.ofMillis(400),
          Duration.ofSeconds(5),
          Duration.ofMillis(10),
          Duration.ofMillis(100));

  /** Asks soon whether anything was missed. */
  static final FeedConfig.Timing CURIOUS =
      QUICK.withReplay(Duration.ofMillis(1500), Duration.ofMillis(10), Duration.ofMillis(100));

  final HeldBlocks index = new HeldBlocks();
  final Told log = new Told();
  final KvFeeds feeds;
  private final List<FakePublisher> publishers = new ArrayList<>();

  /** The ranks that began anew, by slot. */
  final Map<Integer, Set<Integer>> restarted = new ConcurrentHashMap<>();

  /** Lanes wait for it before they store anything. */
  volatile CountDownLatch laneGate = new CountDownLatch(0);

  /** Whether the lane that next stores something dies of it. */
  final AtomicBoolean laneDies = new AtomicBoolean();

  /** What was logged. */
  static final class Told implements FeedLog.Lines {
    final List<String> warnings = new CopyOnWriteArrayList<>();
    final List<String> changes = new CopyOnWriteArrayList<>();

    @Override
    public void warn(String line) {
      warnings.add(line);
    }

    @Override
    public void info(String line) {
      changes.add(line);
    }
  }

  private final class Restarts implements FeedListener {
    @Override
    public void stored(int slot, int rank, StoredBlocks blocks) {
      try {
        laneGate.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      if (laneDies.getAndSet(false)) {
        new Undeclared<RuntimeException>().hurl(new Exception("made to die"));
      }
    }

    @Override
    public void restarted(int slot, int rank) {
      restarted.computeIfAbsent(slot, same -> ConcurrentHashMap.newKeySet()).add(rank);
    }
  }

  FeedsUnderTest(FeedConfig config) throws IOException {
    this(config, System::nanoTime);
  }

  FeedsUnderTest(FeedConfig config, LongSupplier nanos) throws IOException {
    feeds = new KvFeeds(config, index, new Restarts(), nanos, new SecureRandom(), log);
    feeds.start();
  }

  /** Throws what is not declared, so that nobody catches it. */
  private record Undeclared<E extends Throwable>() {
    @SuppressWarnings("unchecked") // at run time there is no cast
    void hurl(Throwable what) throws E {
      throw (E) what;
    }
  }

  /** We connect to that publisher. */
  static FeedConfig to(FakePublisher publisher) {
    return FeedConfig.DEFAULTS
        .withPorts(
            publisher.port(),
            publisher.replayPort() == 0
                ? OptionalInt.empty()
                : OptionalInt.of(publisher.replayPort()),
            1)
        .withTiming(QUICK);
  }

  /** Publishers connect to us. */
  static FeedConfig bound(OptionalInt replayPort) {
    return FeedConfig.DEFAULTS
        .withPorts(5557, replayPort, 1)
        .withBindOnly("tcp://127.0.0.1:*")
        .withTiming(QUICK);
  }

  FeedSource add(int slot, String address, int port) {
    FeedSource source =
        new FeedSource(slot, address, port, () -> new EngineKeys(FakePublisher.SEPARATOR));
    feeds.add(source);
    return source;
  }

  FakePublisher with(FakePublisher publisher) {
    publishers.add(publisher);
    return publisher;
  }

  static void await(String what, BooleanSupplier condition) {
    await(() -> what, condition);
  }

  static void await(Supplier<String> what, BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("waited in vain: " + what.get());
      }
      LockSupport.parkNanos(500_000);
    }
  }

  void awaitState(int slot, FeedState state) {
    await(
        () -> "slot %d is %s: %s %s".formatted(slot, state, feeds.status(), feeds.stats()),
        () -> feeds.state(slot) == state);
  }

  /** Until everything the publisher said is applied and the index holds just what it holds. */
  void awaitSame(int slot, int rank, FakePublisher publisher) {
    await(
        () ->
            "slot %d has %d blocks up to %d: %s %s"
                .formatted(
                    slot,
                    publisher.held().size(),
                    publisher.next() - 1,
                    feeds.status(),
                    feeds.stats()),
        () ->
            feeds.status().stream()
                    .anyMatch(it ->
                        it.slot() == slot
                            && it.rank() == rank
                            && it.lastSequence() == publisher.next() - 1
                            && it.state() == FeedState.LIVE)
                && index.held(slot, rank).equals(publisher.held()));
  }

  @Override
  public void close() {
    feeds.close();
    publishers.forEach(FakePublisher::close);
    assertThat(index.publishers()).as("publishers still open").isZero();
  }
}

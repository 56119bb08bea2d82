package io.pickwick.kv.feed;

import static io.pickwick.kv.feed.FeedsUnderTest.await;
import static io.pickwick.kv.feed.FeedsUnderTest.bound;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A thread that dies is followed by another, and nobody is believed in between. */
@Timeout(60)
class DyingThreadsTest {
  private static final FeedConfig.Limits ONE_LANE =
      new FeedConfig.Limits(1, 100_000, 256L << 20, 8L << 20, 8);

  /** Threads that die when they next look at the clock. */
  private final Set<String> dying = ConcurrentHashMap.newKeySet();

  private long clock() {
    if (dying.contains(Thread.currentThread().getName())) {
      throw new LinkageError("made to die");
    }
    return System.nanoTime();
  }

  private void die(String name) {
    Thread thread =
        Thread.getAllStackTraces().keySet().stream()
            .filter(it -> it.getName().equals(name))
            .findFirst()
            .orElseThrow();
    dying.add(name);
    await("dead", () -> !thread.isAlive());
    dying.remove(name);
  }

  @Test
  void whatWasConnectedToIsConnectedToAgainAndReplayed() throws Exception {
    try (FakePublisher pod = new FakePublisher(new FakePublisher.Setup());
        FeedsUnderTest it = new FeedsUnderTest(FeedsUnderTest.to(pod), this::clock)) {
      it.add(0, "127.0.0.1", 8000);
      it.awaitState(0, FeedState.LIVE);
      pod.store(1, 2, 3);
      it.awaitSame(0, 0, pod);
      for (int i = 0; i < 2; i++) {
        long before = it.feeds.stats().receiverRestarts();
        die("kv-receive");
        pod.remove(1 + i);
        pod.store(10 + i);
        await("begun anew", () -> it.feeds.stats().receiverRestarts() > before);
        it.awaitSame(0, 0, pod);
        pod.store(20 + i);
        it.awaitSame(0, 0, pod);
      }
      // What came to the pool while there was nobody to hear of it is heard of too.
      die("kv-receive");
      it.feeds.remove(0);
      it.add(1, "127.0.0.1", 8000);
      it.awaitSame(1, 0, pod);
      assertThat(it.index.held(0, 0)).isEmpty();
    }
  }

  @Test
  void whoConnectedIsHeardAgain() throws Exception {
    try (FeedsUnderTest it = new FeedsUnderTest(bound(OptionalInt.empty()), this::clock)) {
      it.add(0, "127.0.0.1", 8000);
      FakePublisher pod =
          it.with(
              new FakePublisher(
                  new FakePublisher.Setup().connect(it.feeds.boundPort()).noReplay()));
      await("subscribed", () -> pod.subscribers() == 1);
      pod.store(1);
      it.awaitSame(0, 0, pod);
      int port = it.feeds.boundPort();
      die("kv-receive");
      it.awaitState(0, FeedState.LOST);
      await("forgotten", () -> it.index.held(0, 0).isEmpty());
      assertThat(it.feeds.boundPort()).isEqualTo(port);
      await("heard again", () -> hears(it, pod));
      pod.publish(List.of(new Batches.Cleared(), Batches.stored(5)));
      it.awaitSame(0, 0, pod);
    }
  }

  private static boolean hears(FeedsUnderTest it, FakePublisher pod) {
    pod.store(2);
    return it.feeds.state(0) == FeedState.PARTIAL;
  }

  @Test
  void replaysAreAskedForAgain() throws Exception {
    try (FakePublisher pod = new FakePublisher(new FakePublisher.Setup());
        FeedsUnderTest it = new FeedsUnderTest(FeedsUnderTest.to(pod), this::clock)) {
      it.add(0, "127.0.0.1", 8000);
      it.awaitState(0, FeedState.LIVE);
      pod.store(1, 2, 3);
      it.awaitSame(0, 0, pod);
      pod.mute();
      pod.drop(1);
      pod.store(4);
      pod.store(5);
      await("asked", () -> pod.unanswered() > 0);
      die("kv-replay");
      pod.unmute();
      it.awaitSame(0, 0, pod);
      pod.drop(1);
      pod.remove(1);
      pod.store(6);
      it.awaitSame(0, 0, pod);
    }
  }

  @Test
  void whatALaneHadHalfDoneIsReplayed() throws Exception {
    try (FakePublisher pod = new FakePublisher(new FakePublisher.Setup());
        FeedsUnderTest it =
            new FeedsUnderTest(FeedsUnderTest.to(pod).withLimits(ONE_LANE), this::clock)) {
      it.add(0, "127.0.0.1", 8000);
      it.awaitState(0, FeedState.LIVE);
      pod.store(1, 2, 3);
      it.awaitSame(0, 0, pod);
      for (int i = 1; i <= 2; i++) {
        long before = it.feeds.stats().laneRestarts();
        it.laneDies.set(true);
        pod.publish(
            List.of(new Batches.Removed(i), Batches.stored(10 + i), Batches.stored(20 + i)));
        await("begun anew", () -> it.feeds.stats().laneRestarts() > before);
        it.awaitSame(0, 0, pod);
        pod.store(30 + i);
        it.awaitSame(0, 0, pod);
      }
      assertThat(it.feeds.stats().laneRestarts()).isEqualTo(2);
    }
  }

  @Test
  void aLaneThatDiesLeavesNothingOfWhoWentMeanwhile() throws Exception {
    try (FakePublisher pod = new FakePublisher(new FakePublisher.Setup());
        FeedsUnderTest it =
            new FeedsUnderTest(FeedsUnderTest.to(pod).withLimits(ONE_LANE), this::clock)) {
      it.add(0, "127.0.0.1", 8000);
      it.awaitState(0, FeedState.LIVE);
      pod.store(1, 2, 3);
      it.awaitSame(0, 0, pod);
      it.laneGate = new CountDownLatch(1);
      it.laneDies.set(true);
      pod.store(4);
      await("at it", () -> it.feeds.stats().messages() > 1);
      it.feeds.remove(0);
      it.add(1, "127.0.0.1", 8000);
      it.laneGate.countDown();
      await("begun anew", () -> it.feeds.stats().laneRestarts() > 0);
      it.awaitSame(1, 0, pod);
      await("forgotten", () -> it.index.held(0, 0).isEmpty() && it.index.publishers() == 1);
    }
  }

  @Test
  void withoutReplayALaneThatDiesIsFollowedByLittleThatIsKnown() throws Exception {
    FeedConfig config = bound(OptionalInt.empty()).withLimits(ONE_LANE);
    try (FeedsUnderTest it = new FeedsUnderTest(config, this::clock)) {
      it.add(0, "127.0.0.1", 8000);
      FakePublisher pod =
          it.with(
              new FakePublisher(
                  new FakePublisher.Setup().connect(it.feeds.boundPort()).noReplay()));
      await("subscribed", () -> pod.subscribers() == 1);
      pod.store(1);
      it.awaitSame(0, 0, pod);
      it.laneDies.set(true);
      pod.store(2);
      await("forgotten", () -> it.index.held(0, 0).isEmpty());
      pod.store(3);
      it.awaitState(0, FeedState.PARTIAL);
      assertThat(pod.held()).containsAll(it.index.held(0, 0)).hasSize(3);
    }
  }
}

package io.pickwick.kv.feed;

import static io.pickwick.kv.feed.FeedsUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.zeromq.ZMQException;

/** Feeds that connect to publishers, over real sockets, compared in full with what these hold. */
@Timeout(60)
class KvFeedsTest {
  private static FakePublisher.Setup setup() {
    return new FakePublisher.Setup();
  }

  @Test
  void messagesBecomeBlocks() throws Exception {
    try (FakePublisher pod = new FakePublisher(setup());
        FeedsUnderTest it = new FeedsUnderTest(FeedsUnderTest.to(pod))) {
      it.add(3, "127.0.0.1", 8000);
      it.awaitState(3, FeedState.LIVE);
      pod.store(1, 2, 3);
      pod.remove(2);
      it.awaitSame(3, 0, pod);
      assertThat(it.index.held(3, 0)).hasSize(2);
      FeedStatus status = it.feeds.status().getFirst();
      assertThat(status.blocks()).isEqualTo(2);
      assertThat(status.lastSequence()).isEqualTo(1);
      assertThat(it.feeds.stats().storedBlocks()).isEqualTo(3);
      assertThat(it.feeds.stats().removedBlocks()).isEqualTo(1);
    }
  }

  @Test
  void withoutATopicTheConnectionTellsWhoSpeaks() throws Exception {
    try (FakePublisher pod = new FakePublisher(setup().topic(""));
        FeedsUnderTest it = new FeedsUnderTest(FeedsUnderTest.to(pod))) {
      it.add(0, "127.0.0.1", 8000);
      it.awaitState(0, FeedState.LIVE);
      pod.store(1, 2, 3);
      it.awaitSame(0, 0, pod);
    }
  }

  @Test
  void case13RanksAtTheNextPortsAreKeptApart() throws Exception {
    // Two neighbouring ports, wherever they are free.
    for (int port = 20_000 + new Random().nextInt(20_000); ; port += 4) {
      FakePublisher.Setup first = setup();
      first.bind = "tcp://127.0.0.1:" + port;
      first.replayBind = "tcp://127.0.0.1:" + (port + 2);
      first.rank = 0;
      FakePublisher.Setup second = setup();
      second.bind = "tcp://127.0.0.1:" + (port + 1);
      second.replayBind = "tcp://127.0.0.1:" + (port + 3);
      second.rank = 1;
      try (FakePublisher rank0 = new FakePublisher(first);
          FakePublisher rank1 = new FakePublisher(second);
          FeedsUnderTest it =
              new FeedsUnderTest(
                  FeedConfig.DEFAULTS
                      .withPorts(port, OptionalInt.of(port + 2), 2)
                      .withTiming(FeedsUnderTest.QUICK))) {
        it.add(0, "127.0.0.1", 8000);
        it.awaitState(0, FeedState.LIVE);
        rank0.store(1, 2);
        rank1.store(1, 2, 3);
        it.awaitSame(0, 0, rank0);
        it.awaitSame(0, 1, rank1);
        rank1.publish(List.of(new Batches.Cleared()));
        it.awaitSame(0, 1, rank1);
        assertThat(it.index.held(0, 1)).isEmpty();
        assertThat(it.index.held(0, 0)).isEqualTo(rank0.held());
        return;
      } catch (ZMQException e) {
        assertThat(e).hasMessageContaining("48");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4})
  void case16AGapIsReplayedAndEachMessageAppliedOnce(int replyFrames) throws Exception {
    FakePublisher.Setup setup = setup();
    setup.replyFrames = replyFrames;
    try (FakePublisher pod = new FakePublisher(setup);
        FeedsUnderTest it = new FeedsUnderTest(FeedsUnderTest.to(pod))) {
      it.add(0, "127.0.0.1", 8000);
      it.awaitState(0, FeedState.LIVE);
      for (int i = 0; i < 5; i++) {
        pod.store(i, 100);
      }
      it.awaitSame(0, 0, pod);
      pod.drop(5);
      pod.remove(3);
      pod.store(50, 51, 100);
      pod.remove(0);
      pod.remove(100);
      pod.store(3);
      for (int i = 0; i < 20; i++) {
        pod.store(200 + i);
      }
      it.awaitSame(0, 0, pod);
      // One more than is missing, to see that the same process answers.
      assertThat(pod.lastStart()).isEqualTo(4);
      assertThat(it.feeds.stats().gaps()).isEqualTo(1);
      // Six copies of block 100 less one: each message counted once.
      for (int i = 0; i < 4; i++) {
        pod.remove(100);
      }
      it.awaitSame(0, 0, pod);
      pod.remove(100);
      it.awaitSame(0, 0, pod);
    }
  }

  @Test
  void case17NoReplayAtAllEndsPartial() throws Exception {
    try (FakePublisher pod = new FakePublisher(setup().noReplay());
        FeedsUnderTest it = new FeedsUnderTest(FeedsUnderTest.to(pod))) {
      pod.store(1, 2, 3);
      it.add(0, "127.0.0.1", 8000);
      await("subscribed", () -> pod.subscribers() == 1);
      assertThat(it.feeds.state(0)).isEqualTo(FeedState.SILENT);
      pod.store(4);
      it.awaitState(0, FeedState.PARTIAL);
      assertThat(pod.held()).containsAll(it.index.held(0, 0));
      assertThat(it.index.held(0, 0)).hasSize(1);
      pod.publish(List.of(new Batches.Cleared(), Batches.stored(9)));
      it.awaitSame(0, 0, pod);
      pod.drop(1);
      pod.remove(9);
      pod.store(10);
      it.awaitState(0, FeedState.PARTIAL);
      assertThat(pod.held()).isEqualTo(it.index.held(0, 0));
    }
  }

  @Test
  void case17AReplaySocketThatNobodyHasEndsPartialInTime() throws Exception {
    try (FakePublisher pod = new FakePublisher(setup());
        FakePublisher unheard = new FakePublisher(setup());
        FeedsUnderTest it =
            new FeedsUnderTest(
                FeedConfig.DEFAULTS
                    // A port that is bound, and never answers.
                    .withPorts(pod.port(), OptionalInt.of(unheard.port()), 1)
                    .withTiming(FeedsUnderTest.QUICK))) {
      pod.store(1);
      it.add(0, "127.0.0.1", 8000);
      await("subscribed", () -> pod.subscribers() == 1);
      pod.store(2, 3);
      it.awaitState(0, FeedState.PARTIAL);
      await("the last message counts", () -> it.index.held(0, 0).size() == 2);
      assertThat(it.feeds.stats().replayFailures()).isPositive();
    }
  }

  @ParameterizedTest
  @CsvSource({"3,true", "4,true", "3,false", "4,false"})
  void case17ALostEndMarkerOrRepliesInAnyOrderDoNoHarm(int frames, boolean shuffled)
      throws Exception {
    FakePublisher.Setup setup = setup();
    setup.replyFrames = frames;
    setup.endMarker = shuffled;
    setup.shuffledReplies = shuffled;
    try (FakePublisher pod = new FakePublisher(setup);
        FeedsUnderTest it = new FeedsUnderTest(FeedsUnderTest.to(pod))) {
      for (int i = 0; i < 30; i++) {
        pod.store(i, i + 1);
        pod.remove(i);
      }
      it.add(0, "127.0.0.1", 8000);
      await("subscribed", () -> pod.subscribers() == 1);
      pod.store(99);
      it.awaitSame(0, 0, pod);
    }
  }

  @Test
  void case17FewerRepliesThanAskedForAreAskedForAgain() throws Exception {
    FakePublisher.Setup setup = setup();
    setup.mostReplies = 7;
    try (FakePublisher pod = new FakePublisher(setup);
        FeedsUnderTest it = new FeedsUnderTest(FeedsUnderTest.to(pod))) {
      for (int i = 0; i < 30; i++) {
        pod.store(i, i + 1);
        pod.remove(i);
      }
      it.add(0, "127.0.0.1", 8000);
      await("subscribed", () -> pod.subscribers() == 1);
      pod.store(99);
      it.awaitSame(0, 0, pod);
    }
  }

  @Test
  void case18AGapLongerThanTheBufferDropsWhatWasKnown() throws Exception {
    FakePublisher.Setup setup = setup();
    setup.bufferSteps = 10;
    try (FakePublisher pod = new FakePublisher(setup);
        FeedsUnderTest it = new FeedsUnderTest(FeedsUnderTest.to(pod))) {
      it.add(0, "127.0.0.1", 8000);
      it.awaitState(0, FeedState.LIVE);
      pod.store(1, 2, 3);
      it.awaitSame(0, 0, pod);
      pod.drop(50);
      for (int i = 0; i < 50; i++) {
        pod.store(100 + i);
      }
      pod.remove(1);
      pod.remove(2);
      pod.remove(120);
      it.awaitState(0, FeedState.PARTIAL);
      long end = pod.store(500);
      await("all applied", () -> it.feeds.status().getFirst().lastSequence() == end);
      assertThat(pod.held()).containsAll(it.index.held(0, 0));
      assertThat(it.index.held(0, 0)).isNotEmpty();
      assertThat(it.feeds.stats().unknownBlocks()).isPositive();
      assertThat(it.feeds.stats().losses()).isPositive();
    }
  }

  @Test
  void case19ARestartThatBreaksTheConnectionLeavesNothingOfTheOldProcess() throws Exception {
    try (FakePublisher pod = new FakePublisher(setup());
        FeedsUnderTest it = new FeedsUnderTest(FeedsUnderTest.to(pod))) {
      it.add(0, "127.0.0.1", 8000);
      it.awaitState(0, FeedState.LIVE);
      pod.store(1, 2, 3);
      pod.store(4);
      it.awaitSame(0, 0, pod);
      assertThat(it.restarted).isEmpty();
      pod.restart();
      // The new process is past the old one's number before it is heard.
      for (int i = 0; i < 5; i++) {
        pod.store(1000 + i);
      }
      await("nothing of the old", () -> pod.held().containsAll(it.index.held(0, 0)));
      it.awaitSame(0, 0, pod);
      assertThat(it.feeds.stats().disconnects()).isPositive();
      assertThat(it.restarted).isEqualTo(Map.of(0, Set.of(0)));
    }
  }

  @Test
  void case19ARestartBehindAProxyIsSeenByItsNumbers() throws Exception {
    try (FakePublisher pod = new FakePublisher(setup());
        FeedsUnderTest it = new FeedsUnderTest(FeedsUnderTest.to(pod))) {
      it.add(0, "127.0.0.1", 8000);
      it.awaitState(0, FeedState.LIVE);
      for (int i = 0; i < 10; i++) {
        pod.store(i);
      }
      it.awaitSame(0, 0, pod);
      pod.restartBehindProxy();
      pod.store(1000);
      it.awaitSame(0, 0, pod);
      assertThat(it.feeds.stats().restarts()).isEqualTo(1);
      assertThat(it.restarted).isEqualTo(Map.of(0, Set.of(0)));
      pod.store(1001);
      it.awaitSame(0, 0, pod);
    }
  }

  @Test
  void case20ASlowJoinerHasWhatThePublisherHas() throws Exception {
    try (FakePublisher pod = new FakePublisher(setup());
        FeedsUnderTest it = new FeedsUnderTest(FeedsUnderTest.to(pod))) {
      Random random = new Random(20);
      for (int i = 0; i < 3000; i++) {
        pod.store(random.nextInt(500), 1000 + i);
        if (i % 2 == 0) {
          pod.remove(1000 + random.nextInt(i + 1));
        }
      }
      it.add(0, "127.0.0.1", 8000);
      for (int i = 0; i < 100; i++) {
        pod.store(random.nextInt(500), 9000 + i);
      }
      it.awaitSame(0, 0, pod);
    }
  }

  @Test
  void case20AnIdlePublisherIsKnownWithoutAnyLiveMessage() throws Exception {
    try (FakePublisher pod = new FakePublisher(setup())) {
      pod.store(1, 2, 3);
      for (int round = 0; round < 2; round++) {
        try (FeedsUnderTest it = new FeedsUnderTest(FeedsUnderTest.to(pod))) {
          it.add(0, "127.0.0.1", 8000);
          it.awaitSame(0, 0, pod);
        }
      }
    }
  }

  @Test
  void case22MessagesBeyondThePublishersHighWaterMarkAreReplayed() throws Exception {
    FakePublisher.Setup setup = setup();
    setup.hwm = 10;
    try (FakePublisher pod = new FakePublisher(setup);
        FeedsUnderTest it =
            new FeedsUnderTest(FeedsUnderTest.to(pod).withTiming(FeedsUnderTest.CURIOUS))) {
      it.add(0, "127.0.0.1", 8000);
      it.awaitState(0, FeedState.LIVE);
      for (int i = 0; i < 5000; i++) {
        pod.store(i % 700, i);
      }
      it.awaitSame(0, 0, pod);
      assertThat(it.feeds.stats().replayedMessages()).isPositive();
    }
  }

  @Test
  void aMessageThatWasMissedLastIsFoundWhenItIsQuiet() throws Exception {
    try (FakePublisher pod = new FakePublisher(setup());
        FeedsUnderTest it =
            new FeedsUnderTest(FeedsUnderTest.to(pod).withTiming(FeedsUnderTest.CURIOUS))) {
      it.add(0, "127.0.0.1", 8000);
      it.awaitState(0, FeedState.LIVE);
      pod.store(1, 2, 3);
      it.awaitSame(0, 0, pod);
      pod.drop(1);
      pod.remove(2);
      it.awaitSame(0, 0, pod);
    }
  }

  @Test
  void anEventThatCanNotBeReadLeavesNothingThatMayBeWrong() throws Exception {
    try (FakePublisher pod = new FakePublisher(setup());
        FeedsUnderTest it = new FeedsUnderTest(FeedsUnderTest.to(pod))) {
      it.add(0, "127.0.0.1", 8000);
      it.awaitState(0, FeedState.LIVE);
      pod.store(1, 2, 3);
      it.awaitSame(0, 0, pod);
      pod.publish(List.of(new Batches.Odd()));
      it.awaitState(0, FeedState.PARTIAL);
      assertThat(it.index.held(0, 0)).isEmpty();
      pod.publish("nonsense".getBytes(StandardCharsets.UTF_8));
      pod.publish(new byte[0]);
      pod.store(5);
      await("it goes on", () -> it.index.held(0, 0).size() == 1);
      assertThat(it.feeds.stats().unreadableEvents()).isEqualTo(3);
      pod.publish(List.of(new Batches.Cleared(), Batches.stored(6)));
      it.awaitSame(0, 0, pod);
    }
  }

  @Test
  void randomAccidentsEndInTheSameState() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    try (FakePublisher pod = new FakePublisher(setup());
        FeedsUnderTest it = new FeedsUnderTest(FeedsUnderTest.to(pod))) {
      it.add(0, "127.0.0.1", 8000);
      for (int step = 0; step < 1500; step++) {
        switch (random.nextInt(60)) {
          case 0 -> pod.drop(random.nextInt(4));
          case 1 -> pod.say(Math.max(0, pod.next() - 1 - random.nextInt(5)));
          case 2 -> {
            if (random.nextInt(8) == 0) {
              pod.restart();
            }
          }
          case 3 -> pod.publish(List.of(new Batches.Cleared()));
          case 4 -> {
            if (random.nextInt(8) == 0) {
              pod.reconnect();
            }
          }
          case 5, 6, 7, 8, 9, 10, 11, 12 -> pod.remove(random.nextInt(300));
          default -> pod.store(random.nextInt(300), random.nextInt(300));
        }
        if (step % 100 == 99) {
          pod.drop(0);
          await("subscribed, seed " + seed, () -> pod.subscribers() > 0);
          pod.store(step);
          it.awaitSame(0, 0, pod);
        }
      }
    } catch (AssertionError e) {
      throw new AssertionError("seed " + seed, e);
    }
  }

  @Test
  void closingLeavesNoThreads() throws Exception {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    try (FakePublisher pod = new FakePublisher(setup());
        FeedsUnderTest it = new FeedsUnderTest(FeedsUnderTest.to(pod))) {
      it.add(0, "127.0.0.1", 8000);
      it.awaitState(0, FeedState.LIVE);
      it.add(1, "127.0.0.2", 8000);
    }
    await(
        "no thread is left",
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread))
                .noneMatch(thread -> thread.getName().startsWith("kv-")));
  }
}

package io.pickwick.kv.feed;

import static io.pickwick.kv.feed.FeedsUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Replays have their turn whatever the others do. */
@Timeout(60)
class ReplaysTest {
  private static FeedConfig.Limits turns(int turns) {
    FeedConfig.Limits most = FeedConfig.Limits.DEFAULTS;
    return new FeedConfig.Limits(1, most.laneMessages(), most.laneBytes(), 1 << 20, turns);
  }

  @Test
  void whoIsNotThereYetIsAskedAgain() throws Exception {
    FeedConfig.Timing patient =
        FeedsUnderTest.QUICK.withReplay(
            Duration.ofMinutes(1), Duration.ofMillis(10), Duration.ofMinutes(5));
    try (FakePublisher pod = new FakePublisher(new FakePublisher.Setup());
        FeedsUnderTest it = new FeedsUnderTest(FeedsUnderTest.to(pod).withTiming(patient))) {
      pod.store(1, 2, 3);
      pod.stopAnswering();
      it.add(0, "127.0.0.1", 8000);
      it.awaitState(0, FeedState.REPLAYING);
      await("subscribed", () -> pod.subscribers() == 1);
      pod.answerAgain();
      it.awaitSame(0, 0, pod);
      assertThat(it.feeds.stats().replays()).isEqualTo(1);
    }
  }

  /** Answers each request with messages in a row, slowly and without end. */
  private static void trickle(ServerSocket server, AtomicInteger asked) {
    try {
      while (true) {
        try (Socket socket = server.accept()) {
          RawPeer peer = new RawPeer(socket);
          peer.handshake("ROUTER", "");
          asked.incrementAndGet();
          for (int i = 0; ; i++) {
            peer.frame(new byte[0], true);
            peer.frame(FakePublisher.bytes(i), true);
            peer.frame(Batches.of(1 + i, -1, List.of(Batches.stored(i))), false);
            peer.flush();
            peer.pause(20);
          }
        } catch (IOException e) {
          if (server.isClosed()) {
            return;
          }
        }
      }
    } catch (RuntimeException e) {
      throw new AssertionError("the trickling server failed", e);
    }
  }

  @Test
  void aSlowAnswerHoldsNoTurnForEver() throws Exception {
    FeedConfig.Timing brief =
        FeedsUnderTest.QUICK.withReplay(
            Duration.ofMillis(200), Duration.ofMillis(10), Duration.ofMinutes(5));
    AtomicInteger asked = new AtomicInteger();
    try (FakePublisher pod = new FakePublisher(new FakePublisher.Setup());
        ServerSocket live = new ServerSocket(pod.port(), 50, InetAddress.ofLiteral("127.0.0.2"));
        ServerSocket replay =
            new ServerSocket(pod.replayPort(), 50, InetAddress.ofLiteral("127.0.0.2"));
        FeedsUnderTest it =
            new FeedsUnderTest(FeedsUnderTest.to(pod).withTiming(brief).withLimits(turns(1)))) {
      Thread trickling = Thread.ofPlatform().daemon().start(() -> trickle(replay, asked));
      it.add(1, "127.0.0.2", 8000);
      try (Socket socket = live.accept()) {
        new RawPeer(socket).handshake("");
        await("the only turn is taken", () -> asked.get() == 1);
        pod.store(1, 2, 3);
        it.add(0, "127.0.0.1", 8000);
        it.awaitSame(0, 0, pod);
        await("the rest is asked for", () -> asked.get() > 1);
      }
      assertThat(trickling.isAlive()).isTrue();
    }
  }

  @Test
  void probesComeLast() throws Exception {
    FeedConfig.Timing curious =
        FeedsUnderTest.QUICK.withReplay(
            Duration.ofMinutes(1), Duration.ofMillis(10), Duration.ofMillis(100));
    List<FakePublisher> idle = new ArrayList<>();
    try (FakePublisher pod = new FakePublisher(new FakePublisher.Setup());
        FeedsUnderTest it =
            new FeedsUnderTest(FeedsUnderTest.to(pod).withTiming(curious).withLimits(turns(2)))) {
      for (int i = 2; i < 6; i++) {
        FakePublisher.Setup setup = new FakePublisher.Setup();
        setup.bind = "tcp://127.0.0.%d:%d".formatted(i, pod.port());
        setup.replayBind = "tcp://127.0.0.%d:%d".formatted(i, pod.replayPort());
        FakePublisher one = it.with(new FakePublisher(setup));
        idle.add(one);
        it.add(i, "127.0.0." + i, 8000);
        it.awaitState(i, FeedState.LIVE);
      }
      it.add(0, "127.0.0.1", 8000);
      it.awaitState(0, FeedState.LIVE);
      idle.forEach(FakePublisher::mute);
      await(
          "a probe that is not answered",
          () -> idle.stream().mapToLong(FakePublisher::unanswered).sum() == 1);
      for (int i = 0; i < 5; i++) {
        pod.drop(1);
        pod.store(2L * i);
        pod.store(2L * i + 1);
        it.awaitSame(0, 0, pod);
      }
      assertThat(idle.stream().mapToLong(FakePublisher::unanswered).sum())
          .as("probes at a time")
          .isEqualTo(1);
    }
  }

  @Test
  void withoutPortsForReplaysNobodyIsAsked() throws Exception {
    try (FakePublisher pod = new FakePublisher(new FakePublisher.Setup().noReplay());
        FeedsUnderTest it =
            new FeedsUnderTest(
                FeedsUnderTest.to(pod).withPorts(pod.port(), OptionalInt.empty(), 1))) {
      it.add(0, "127.0.0.1", 8000);
      await("subscribed", () -> pod.subscribers() == 1);
      pod.store(1);
      it.awaitSame(0, 0, pod);
      assertThat(it.feeds.stats().replays()).isZero();
    }
  }
}

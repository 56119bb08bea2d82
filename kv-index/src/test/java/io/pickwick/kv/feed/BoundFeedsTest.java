package io.pickwick.kv.feed;

import static io.pickwick.kv.feed.FeedsUnderTest.await;
import static io.pickwick.kv.feed.FeedsUnderTest.bound;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.zeromq.ZMQ;

/** Feeds that publishers connect to, and what they must not be fooled by. */
@Timeout(60)
class BoundFeedsTest {
  private static final InetAddress LOCAL = InetAddress.ofLiteral("127.0.0.1");

  private static FakePublisher.Setup pod(FeedsUnderTest it, String topic) {
    return new FakePublisher.Setup().connect(it.feeds.boundPort()).topic(topic);
  }

  @Test
  void aPodThatConnectsIsHeardByItsTopic() throws Exception {
    try (FeedsUnderTest it = new FeedsUnderTest(bound(OptionalInt.empty()))) {
      it.add(0, "127.0.0.1", 8000);
      FakePublisher pod = it.with(new FakePublisher(pod(it, "kv@127.0.0.1@m").noReplay()));
      await("subscribed", () -> pod.subscribers() == 1);
      pod.store(1, 2, 3);
      it.awaitSame(0, 0, pod);
    }
  }

  @Test
  void anIdlePodIsKnownByReplayAsSoonAsItConnects() throws Exception {
    FakePublisher.Setup setup = new FakePublisher.Setup();
    // The replay port must be known before there is anybody to connect to.
    try (FakePublisher first = new FakePublisher(setup)) {
      setup.replayBind = "tcp://127.0.0.1:" + (first.replayPort() + 1);
      int replayPort = first.replayPort() + 1;
      try (FeedsUnderTest it = new FeedsUnderTest(bound(OptionalInt.of(replayPort)))) {
        setup.connect(it.feeds.boundPort());
        FakePublisher pod = it.with(new FakePublisher(setup));
        pod.store(1, 2, 3);
        it.add(0, "127.0.0.1", 8000);
        it.awaitSame(0, 0, pod);
      }
    }
  }

  @Test
  void podsAtOneAddressAreToldApartByTheirPorts() throws Exception {
    try (FeedsUnderTest it = new FeedsUnderTest(bound(OptionalInt.empty()))) {
      it.add(0, "127.0.0.1", 8000);
      it.add(1, "127.0.0.1", 8001);
      FakePublisher first = it.with(new FakePublisher(pod(it, "kv@127.0.0.1:8000@m").noReplay()));
      FakePublisher second = it.with(new FakePublisher(pod(it, "kv@127.0.0.1:8001@m").noReplay()));
      FakePublisher neither = it.with(new FakePublisher(pod(it, "kv@127.0.0.1@m").noReplay()));
      await("subscribed", () -> first.subscribers() == 1 && second.subscribers() == 1);
      await("subscribed", () -> neither.subscribers() == 1);
      first.store(1, 2);
      second.store(3);
      neither.store(99);
      it.awaitSame(0, 0, first);
      it.awaitSame(1, 0, second);
      await("refused", () -> it.feeds.stats().unauthorised() == 1);
    }
  }

  @Test
  void aPublisherThatClaimsAnotherPodsAddressChangesNothing() throws Exception {
    try (FeedsUnderTest it = new FeedsUnderTest(bound(OptionalInt.empty()))) {
      it.add(0, "127.0.0.1", 8000);
      it.add(1, "127.0.0.2", 8000);
      FakePublisher victim = it.with(new FakePublisher(pod(it, "kv@127.0.0.1@m").noReplay()));
      await("subscribed", () -> victim.subscribers() == 1);
      victim.store(1, 2, 3);
      it.awaitSame(0, 0, victim);
      int port = it.feeds.boundPort();
      try (Socket socket = new Socket(LOCAL, port, InetAddress.ofLiteral("127.0.0.2"), 0)) {
        RawPeer liar = new RawPeer(socket);
        liar.handshake("");
        liar.message("kv@127.0.0.1@m", 0, Batches.of(1, -1, List.of(new Batches.Cleared())));
        liar.message("kv@127.0.0.1@m", 1, Batches.of(2, -1, List.of(Batches.stored(66))));
        await("refused", () -> it.feeds.stats().unauthorised() == 2);
        liar.message("kv@127.0.0.2@m", 0, Batches.of(3, -1, List.of(Batches.stored(67))));
        await("heard for itself", () -> it.index.held(1, 0).size() == 1);
      }
      victim.store(4);
      it.awaitSame(0, 0, victim);
      await("forgotten when it is gone", () -> it.feeds.state(1) == FeedState.LOST);
      assertThat(it.index.held(1, 0)).isEmpty();
    }
  }

  /** A peer may tell properties of itself, under any name; they must not stand for the truth. */
  @Test
  void aPublisherThatLiesInItsHandshakeChangesNothing() throws Exception {
    try (FeedsUnderTest it = new FeedsUnderTest(bound(OptionalInt.empty()))) {
      it.add(0, "127.0.0.9", 8000);
      try (Socket socket = new Socket(LOCAL, it.feeds.boundPort())) {
        RawPeer peer = new RawPeer(socket);
        peer.handshake("127.0.0.9:4711");
        peer.message("kv@127.0.0.9@m", 0, Batches.of(1, -1, List.of(Batches.stored(1))));
        await("refused", () -> it.feeds.stats().unauthorised() == 1);
      }
      assertThat(it.index.held(0, 0)).isEmpty();
    }
  }

  @Test
  void withoutTheCheckAPodMaySpeakFromAnyAddress() throws Exception {
    try (FeedsUnderTest it =
        new FeedsUnderTest(bound(OptionalInt.empty()).withVerifiesPeer(false))) {
      it.add(0, "10.1.2.3", 8000);
      FakePublisher pod = it.with(new FakePublisher(pod(it, "kv@10.1.2.3@m").noReplay()));
      await("subscribed", () -> pod.subscribers() == 1);
      pod.store(1, 2, 3);
      it.awaitSame(0, 0, pod);
    }
  }

  @Test
  void topicsThatNameNobodyAreCountedAndForgotten() throws Exception {
    try (FeedsUnderTest it = new FeedsUnderTest(bound(OptionalInt.empty()))) {
      it.add(0, "127.0.0.1", 8000);
      FakePublisher pod = it.with(new FakePublisher(pod(it, "kv@127.0.0.1@m").noReplay()));
      await("subscribed", () -> pod.subscribers() == 1);
      byte[] payload = Batches.of(1, -1, List.of(Batches.stored(1)));
      for (int i = 0; i < 50_000; i++) {
        pod.send("kv@10.0." + i / 256 + "." + i % 256 + "@m", FakePublisher.bytes(0), payload);
      }
      pod.send("kv@", FakePublisher.bytes(0), payload);
      pod.send("kv@" + "x".repeat(100_000), FakePublisher.bytes(0), payload);
      await("all refused", () -> it.feeds.stats().foreignTopics() == 50_002);
      pod.frames("kv@127.0.0.1@m".getBytes(StandardCharsets.UTF_8));
      pod.frames("kv@127.0.0.1@m".getBytes(StandardCharsets.UTF_8), new byte[7], payload);
      pod.frames(
          new byte[][] {"kv@1".getBytes(StandardCharsets.UTF_8), {}, {}, {}, {}, {}, {}, {}, {}});
      await("malformed", () -> it.feeds.stats().malformed() == 3);
      assertThat(it.index.held(0, 0)).isEmpty();
      pod.store(1, 2, 3);
      it.awaitSame(0, 0, pod);
    }
  }

  @Test
  void aFrameThatIsTooLargeEndsItsConnectionOnly() throws Exception {
    FeedConfig.Limits limits = new FeedConfig.Limits(1, 1000, 1 << 20, 1 << 16, 8);
    try (FeedsUnderTest it = new FeedsUnderTest(bound(OptionalInt.empty()).withLimits(limits))) {
      it.add(0, "127.0.0.1", 8000);
      FakePublisher pod = it.with(new FakePublisher(pod(it, "kv@127.0.0.1@m").noReplay()));
      await("subscribed", () -> pod.subscribers() == 1);
      pod.store(1);
      it.awaitSame(0, 0, pod);
      try (Socket socket = new Socket(LOCAL, it.feeds.boundPort())) {
        RawPeer peer = new RawPeer(socket);
        peer.handshake("");
        peer.announce(1L << 30);
        assertThat(peer.closed()).isTrue();
      }
      pod.store(2);
      it.awaitSame(0, 0, pod);
    }
  }

  @Test
  void case19ARestartOfAPodThatConnectsLeavesNothingOfTheOldProcess() throws Exception {
    try (FeedsUnderTest it = new FeedsUnderTest(bound(OptionalInt.empty()))) {
      it.add(0, "127.0.0.1", 8000);
      FakePublisher pod = it.with(new FakePublisher(pod(it, "kv@127.0.0.1@m").noReplay()));
      await("subscribed", () -> pod.subscribers() == 1);
      pod.store(1, 2, 3);
      pod.store(4);
      it.awaitSame(0, 0, pod);
      pod.restart();
      await("nothing is left", () -> it.index.held(0, 0).isEmpty());
      await("subscribed", () -> pod.subscribers() == 1);
      pod.store(7);
      it.awaitSame(0, 0, pod);
    }
  }

  @Test
  void case21OfAPodThatIsGoneNothingReachesTheNextOneAtItsAddress() throws Exception {
    try (FeedsUnderTest it = new FeedsUnderTest(bound(OptionalInt.empty()))) {
      it.add(0, "127.0.0.1", 8000);
      FakePublisher old = new FakePublisher(pod(it, "kv@127.0.0.1@m").noReplay());
      await("subscribed", () -> old.subscribers() == 1);
      for (int i = 0; i < 10_000; i++) {
        old.store(i, i + 1, i + 2);
      }
      it.feeds.remove(0);
      await("closed", () -> it.index.publishers() == 0);
      assertThat(it.index.held(0, 0)).isEmpty();
      // Only when the old one's connection is gone may another have its address.
      old.close();
      it.add(0, "127.0.0.1", 8000);
      FakePublisher next = it.with(new FakePublisher(pod(it, "kv@127.0.0.1@m").noReplay()));
      await("subscribed", () -> next.subscribers() == 1);
      next.store(20_000);
      it.awaitSame(0, 0, next);
    }
  }

  @Test
  void case13RanksOfOneBatchFieldAreKeptApart() throws Exception {
    try (FeedsUnderTest it = new FeedsUnderTest(bound(OptionalInt.empty()))) {
      it.add(0, "127.0.0.1", 8000);
      FakePublisher.Setup first = pod(it, "kv@127.0.0.1@m").noReplay();
      first.rank = 0;
      FakePublisher.Setup second = pod(it, "kv@127.0.0.1@m").noReplay();
      second.rank = 5;
      FakePublisher rank0 = it.with(new FakePublisher(first));
      FakePublisher rank5 = it.with(new FakePublisher(second));
      await("subscribed", () -> rank0.subscribers() == 1 && rank5.subscribers() == 1);
      rank0.store(1, 2);
      rank5.store(1, 2, 3);
      it.awaitSame(0, 0, rank0);
      it.awaitSame(0, 5, rank5);
      rank5.publish(List.of(new Batches.Cleared()));
      it.awaitSame(0, 5, rank5);
      assertThat(it.index.held(0, 0)).isEqualTo(rank0.held());
    }
  }

  @Test
  void aFloodOverflowsItsOwnRoomAndHurtsNobodyElse() throws Exception {
    FeedConfig.Limits limits = new FeedConfig.Limits(1, 50, 1 << 20, 1 << 20, 8);
    try (FeedsUnderTest it = new FeedsUnderTest(bound(OptionalInt.empty()).withLimits(limits))) {
      it.add(0, "127.0.0.1", 8000);
      it.add(1, "127.0.0.1", 8001);
      FakePublisher flood = it.with(new FakePublisher(pod(it, "kv@127.0.0.1:8000@m").noReplay()));
      FakePublisher calm = it.with(new FakePublisher(pod(it, "kv@127.0.0.1:8001@m").noReplay()));
      await("subscribed", () -> flood.subscribers() == 1 && calm.subscribers() == 1);
      calm.store(1, 2, 3);
      it.awaitSame(1, 0, calm);
      CountDownLatch gate = new CountDownLatch(1);
      it.laneGate = gate;
      for (int i = 0; i < 2000; i++) {
        flood.store(i);
      }
      calm.store(4);
      await("all came", () -> it.feeds.stats().messages() == 2002);
      gate.countDown();
      it.awaitSame(1, 0, calm);
      await("overflowed", () -> it.feeds.stats().overflows() > 0);
      flood.publish(List.of(new Batches.Cleared(), Batches.stored(1)));
      it.awaitSame(0, 0, flood);
    }
  }

  @Test
  void encryptedConnectionsNeedTheRightKeys() throws Exception {
    ZMQ.Curve.KeyPair ours = ZMQ.Curve.generateKeyPair();
    ZMQ.Curve.KeyPair theirs = ZMQ.Curve.generateKeyPair();
    ZMQ.Curve.KeyPair strangers = ZMQ.Curve.generateKeyPair();
    FeedConfig config =
        bound(OptionalInt.empty())
            .withCurve(
                new FeedConfig.Curve(
                    ours.publicKey, ours.secretKey, Optional.empty(), Set.of(theirs.publicKey)));
    try (FeedsUnderTest it = new FeedsUnderTest(config)) {
      it.add(0, "127.0.0.1", 8000);
      FakePublisher plain = it.with(new FakePublisher(pod(it, "kv@127.0.0.1@m").noReplay()));
      FakePublisher stranger = it.with(new FakePublisher(keyed(it, strangers, ours)));
      FakePublisher pod = it.with(new FakePublisher(keyed(it, theirs, ours)));
      await("subscribed", () -> pod.subscribers() == 1);
      plain.store(66);
      stranger.store(67);
      pod.store(1, 2, 3);
      it.awaitSame(0, 0, pod);
      assertThat(plain.subscribers() + stranger.subscribers()).isZero();
      assertThat(it.feeds.stats().messages()).isEqualTo(1);
    }
  }

  private static FakePublisher.Setup keyed(
      FeedsUnderTest it, ZMQ.Curve.KeyPair mine, ZMQ.Curve.KeyPair server) {
    FakePublisher.Setup setup = pod(it, "kv@127.0.0.1@m").noReplay();
    setup.curve =
        socket -> {
          socket.setCurvePublicKey(mine.publicKey.getBytes(StandardCharsets.US_ASCII));
          socket.setCurveSecretKey(mine.secretKey.getBytes(StandardCharsets.US_ASCII));
          socket.setCurveServerKey(server.publicKey.getBytes(StandardCharsets.US_ASCII));
        };
    return setup;
  }

  @Test
  void overIpv6() throws Exception {
    Assumptions.assumeTrue(
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .anyMatch(a -> a instanceof Inet6Address && a.isLoopbackAddress()),
        "no IPv6 here");
    try (FeedsUnderTest it =
        new FeedsUnderTest(bound(OptionalInt.empty()).withBindOnly("tcp://[::1]:*"))) {
      it.add(0, "0:0:0:0:0:0:0:1", 8000);
      FakePublisher.Setup setup = pod(it, "kv@[::1]:8000@m").noReplay();
      setup.connect = "tcp://[::1]:" + it.feeds.boundPort();
      FakePublisher pod = it.with(new FakePublisher(setup));
      await("subscribed", () -> pod.subscribers() == 1);
      pod.store(1, 2, 3);
      it.awaitSame(0, 0, pod);
    }
  }

  @Test
  void aPortThatIsTakenIsToldByName() throws Exception {
    try (FeedsUnderTest it = new FeedsUnderTest(bound(OptionalInt.empty()))) {
      String taken = "tcp://127.0.0.1:" + it.feeds.boundPort();
      try (KvFeeds other =
          new KvFeeds(
              bound(OptionalInt.empty()).withBindOnly(taken),
              new HeldBlocks(),
              FeedListener.NONE,
              System::nanoTime)) {
        assertThatThrownBy(other::start)
            .isInstanceOf(IOException.class)
            .hasMessageContaining(taken);
      }
    }
  }
}

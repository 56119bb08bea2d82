package io.pickwick.kv.feed;

import static io.pickwick.kv.feed.FeedsUnderTest.await;
import static io.pickwick.kv.feed.FeedsUnderTest.bound;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** However many strangers come and whatever they say, the pool's endpoints have room and time. */
@Timeout(60)
class CrowdsTest {
  private static final InetAddress LOCAL = InetAddress.ofLiteral("127.0.0.1");
  private final List<Socket> sockets = new ArrayList<>();

  @AfterEach
  void leave() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  /** A connection from an address of this machine, the last byte told. */
  private Socket from(FeedsUnderTest it, int last) throws IOException {
    InetAddress address = InetAddress.ofLiteral("127.0.0." + last);
    Socket socket = new Socket(LOCAL, it.feeds.boundPort(), address, 0);
    socket.setSoTimeout(20_000);
    sockets.add(socket);
    return socket;
  }

  private FakePublisher pod(FeedsUnderTest it) {
    return it.with(
        new FakePublisher(new FakePublisher.Setup().connect(it.feeds.boundPort()).noReplay()));
  }

  private static boolean refused(Socket socket) throws IOException {
    return new RawPeer(socket).closed();
  }

  private static FeedConfig strangers(int most) {
    FeedConfig.Limits limits = FeedConfig.Limits.DEFAULTS;
    return bound(OptionalInt.empty())
        .withLimits(
            new FeedConfig.Limits(
                1,
                limits.laneMessages(),
                limits.laneBytes(),
                limits.maxFrameBytes(),
                limits.replays(),
                most));
  }

  @Test
  void oneWhoConnectsManyTimesKeepsNobodyOut() throws Exception {
    try (FeedsUnderTest it = new FeedsUnderTest(bound(OptionalInt.empty()))) {
      it.add(0, "127.0.0.1", 8000);
      for (int i = 0; i < 10_000; i++) {
        Socket socket = from(it, 7);
        if (i >= 1000) {
          sockets.removeLast().close();
        }
        if (i == FeedConfig.MOST_RANKS) {
          assertThat(refused(socket)).isTrue();
        }
      }
      assertThat(it.feeds.stats().refusedConnections()).isGreaterThanOrEqualTo(900);
      FakePublisher pod = pod(it);
      await("subscribed", () -> pod.subscribers() == 1);
      pod.store(1, 2, 3);
      it.awaitSame(0, 0, pod);
      // One that leaves makes room for another.
      sockets.getFirst().close();
      await("room", () -> canEnter(it, 7));
    }
  }

  private boolean canEnter(FeedsUnderTest it, int last) {
    try (Socket socket = from(it, last)) {
      new RawPeer(socket).handshake("");
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void manyStrangersKeepNoEndpointOut() throws Exception {
    try (FeedsUnderTest it = new FeedsUnderTest(strangers(20))) {
      it.add(0, "127.0.0.1", 8000);
      for (int i = 0; i < 20; i++) {
        new RawPeer(from(it, 10 + i)).greet();
      }
      assertThat(refused(from(it, 50))).isTrue();
      assertThat(it.feeds.stats().refusedConnections()).isEqualTo(1);
      FakePublisher pod = pod(it);
      await("subscribed", () -> pod.subscribers() == 1);
      pod.store(1, 2, 3);
      it.awaitSame(0, 0, pod);
      // Who becomes known makes room for a stranger; who is known no more is one again.
      it.add(1, "127.0.0.10", 8000);
      await("room", () -> canEnter(it, 60));
      it.feeds.remove(1);
      await("no room", () -> !canEnter(it, 60));
      assertThat(canEnter(it, 1)).isTrue();
    }
  }

  /** Where addresses prove nothing, all may come from that of who translates them. */
  @Test
  void withoutTheCheckOneAddressMayHaveManyConnections() throws Exception {
    try (FeedsUnderTest it = new FeedsUnderTest(strangers(20).withVerifiesPeer(false))) {
      it.add(0, "10.1.2.3", 8000);
      for (int i = 0; i < 300; i++) {
        from(it, 1);
      }
      FakePublisher pod =
          it.with(
              new FakePublisher(
                  new FakePublisher.Setup()
                      .connect(it.feeds.boundPort())
                      .topic("kv@10.1.2.3@m")
                      .noReplay()));
      await("subscribed", () -> pod.subscribers() == 1);
      pod.store(1, 2, 3);
      it.awaitSame(0, 0, pod);
      assertThat(it.feeds.stats().refusedConnections()).isZero();
    }
  }

  /**
   * What strangers have half said is no reason to lose an endpoint that speaks for the first time.
   */
  @Test
  void whatStrangersHalfSayTakesNothingFromAnEndpoint() throws Exception {
    try (FeedsUnderTest it = new FeedsUnderTest(bound(OptionalInt.empty()))) {
      for (int i = 0; i < 3; i++) {
        RawPeer stranger = new RawPeer(from(it, 20 + i));
        stranger.handshake("");
        stranger.announce(8 << 20, 8_000_000);
      }
      RawPeer last = new RawPeer(from(it, 30));
      last.handshake("");
      last.announce(8 << 20, 6_000_000);
      Socket early = from(it, 1);
      RawPeer pod = new RawPeer(early);
      pod.handshake("");
      it.add(0, "127.0.0.1", 8000);
      it.add(1, "127.0.0.30", 8000);
      byte[] topic = "kv@127.0.0.1@m".getBytes(StandardCharsets.UTF_8);
      pod.frame(topic, true);
      pod.frame(FakePublisher.bytes(0), true);
      pod.announce(8 << 20, (8 << 20) - 1);
      pod.raw(new byte[1]);
      await("heard", () -> it.feeds.stats().messages() == 1);
      assertThat(it.feeds.stats().malformed()).isZero();
    }
  }

  /** As fast as they can, for as long as the endpoint speaks. */
  @Test
  void strangersWhoNeverStopKeepNobodyWaiting() throws Exception {
    try (FeedsUnderTest it = new FeedsUnderTest(bound(OptionalInt.empty()))) {
      it.add(0, "127.0.0.1", 8000);
      FakePublisher pod = pod(it);
      await("subscribed", () -> pod.subscribers() == 1);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Socket socket = from(it, 40 + i);
        threads.add(Thread.ofPlatform().daemon().start(() -> speak(socket)));
      }
      long unheard = it.feeds.stats().malformed();
      await("they are heard", () -> it.feeds.stats().malformed() > unheard + 10_000);
      for (int i = 0; i < 200; i++) {
        pod.store(i);
      }
      it.awaitSame(0, 0, pod);
      assertThat(it.feeds.state(0)).isEqualTo(FeedState.LIVE);
      assertThat(it.feeds.stats().disconnects()).isZero();
      leave();
      for (Thread thread : threads) {
        thread.join();
      }
    }
  }

  private static void speak(Socket socket) {
    try {
      RawPeer peer = new RawPeer(socket);
      peer.handshake("");
      byte[] empty = new byte[1 << 16];
      while (true) {
        peer.raw(empty);
      }
    } catch (IOException e) {
      assertThat(e).isNotNull(); // the test is over
    }
  }
}

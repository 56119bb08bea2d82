package io.pickwick.kv.feed;

import static io.pickwick.kv.feed.FeedsUnderTest.await;
import static io.pickwick.kv.feed.FeedsUnderTest.bound;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever is at the other end may say anything, and the others are heard all the same. */
@Timeout(60)
class HostilePeersTest {
  private static final InetAddress LOCAL = InetAddress.ofLiteral("127.0.0.1");
  private static final String TOPIC = "kv@127.0.0.1@m";

  /** Gives up soon. */
  private static final FeedConfig.Timing IMPATIENT =
      new FeedConfig.Timing(
          Duration.ofMillis(1500),
          Duration.ofMillis(10),
          Duration.ofMinutes(5),
          Duration.ofMillis(200),
          Duration.ofMillis(800),
          Duration.ofMillis(10),
          Duration.ofMillis(100));

  /** How far a stranger goes before it is hostile. */
  enum Stage {
    NOTHING,
    GREETED,
    UNHEARD,
    READY;

    void reach(RawPeer peer) throws IOException {
      switch (this) {
        case NOTHING -> {}
        case GREETED -> peer.greet();
        case UNHEARD -> {
          peer.greet();
          peer.introduce("PUB", "");
        }
        case READY -> peer.handshake("");
      }
    }
  }

  /** What a stranger does. */
  private interface Hostility {
    void to(RawPeer peer) throws Exception;
  }

  /** The pod of slot 0, which has connected to us and has said nothing yet. */
  private static FakePublisher connected(FeedsUnderTest it) {
    it.add(0, "127.0.0.1", 8000);
    FakePublisher pod =
        it.with(
            new FakePublisher(new FakePublisher.Setup().connect(it.feeds.boundPort()).noReplay()));
    await("subscribed", () -> pod.subscribers() == 1);
    return pod;
  }

  /** Does it while a pod is heard, which must go on. */
  private static void whileAPodIsHeard(FeedConfig config, Hostility hostility) throws Exception {
    try (FeedsUnderTest it = new FeedsUnderTest(config)) {
      FakePublisher pod = connected(it);
      pod.store(1);
      it.awaitSame(0, 0, pod);
      try (Socket socket = new Socket(LOCAL, it.feeds.boundPort())) {
        hostility.to(new RawPeer(socket));
        pod.store(2);
        it.awaitSame(0, 0, pod);
      }
      pod.store(3);
      it.awaitSame(0, 0, pod);
      assertThat(it.feeds.status().getFirst().lastSequence()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GREETED, 02ffffffffffffffff",
    "UNHEARD, 02ffffffffffffffff",
    "READY, 02ffffffffffffffff",
    "GREETED, 028000000000000000",
    "READY, 028000000000000000",
    "GREETED, 02800000007fffffff",
    "READY, 02800000007fffffff",
    "UNHEARD, 06ffffffffffffffff",
    "READY, 060000000010000000",
    "READY, ff"
  })
  void aFrameWhoseSizeIsNoneEndsItsConnectionOnly(Stage stage, String bytes) throws Exception {
    whileAPodIsHeard(
        bound(OptionalInt.empty()),
        peer -> {
          stage.reach(peer);
          peer.raw(HexFormat.of().parseHex(bytes));
          assertThat(peer.closed()).isTrue();
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00020102", // a message before the end of the handshake
        "04060552454144580000", // READX
        "040605524541445900", // READY without a socket type, and half a frame
        "040a05524541445904ffffffff", // a property that is cut off
        "04ff05524541445904",
        "0600000000000fffff"
      })
  void aHandshakeThatIsNoneEndsItsConnectionOnly(String bytes) throws Exception {
    whileAPodIsHeard(
        bound(OptionalInt.empty()).withTiming(IMPATIENT),
        peer -> {
          peer.greet();
          peer.raw(HexFormat.of().parseHex(bytes));
          assertThat(peer.closed()).isTrue();
        });
  }

  @ParameterizedTest
  @EnumSource(Stage.class)
  void whoSaysNothingMoreIsGivenUp(Stage stage) throws Exception {
    whileAPodIsHeard(
        bound(OptionalInt.empty()).withTiming(IMPATIENT),
        peer -> {
          stage.reach(peer);
          assertThat(peer.closed()).isTrue();
        });
  }

  @Test
  void aMessageWithoutEndEndsItsConnectionOnly() throws Exception {
    whileAPodIsHeard(
        bound(OptionalInt.empty()),
        peer -> {
          peer.handshake("");
          assertThatThrownBy(
                  () -> {
                    while (true) {
                      peer.frame(new byte[1], true);
                    }
                  })
              .isInstanceOf(IOException.class);
        });
  }

  @Test
  void aMessageOfManyLargeFramesEndsItsConnectionOnly() throws Exception {
    FeedConfig.Limits limits = new FeedConfig.Limits(1, 1000, 1 << 20, 1 << 16, 8);
    whileAPodIsHeard(
        bound(OptionalInt.empty()).withLimits(limits),
        peer -> {
          peer.handshake("");
          for (int i = 0; i < 3; i++) {
            peer.frame(new byte[30_000], true);
          }
          peer.flush();
          assertThat(peer.closed()).isTrue();
        });
  }

  /** Five times seven mebibytes are more than strangers may have half said. */
  @Test
  void framesHalfSaidTakeNoMoreThanTheirBudget() throws Exception {
    try (FeedsUnderTest it = new FeedsUnderTest(bound(OptionalInt.empty()))) {
      FakePublisher pod = connected(it);
      pod.store(1);
      it.awaitSame(0, 0, pod);
      List<Socket> sockets = new ArrayList<>();
      boolean refused = false;
      try {
        for (int i = 0; i < 5 && !refused; i++) {
          Socket socket = new Socket(LOCAL, it.feeds.boundPort());
          sockets.add(socket);
          RawPeer peer = new RawPeer(socket);
          peer.handshake("");
          try {
            peer.announce(8 << 20, 7 << 20);
          } catch (IOException e) {
            refused = true;
          }
          if (i == 4 && !refused) {
            refused = peer.closed();
          }
          pod.store(2 + i);
          it.awaitSame(0, 0, pod);
        }
        assertThat(refused).isTrue();
      } finally {
        for (Socket socket : sockets) {
          socket.close();
        }
      }
    }
  }

  @Test
  void whateverStrangersSayTheOthersAreHeard() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    FeedConfig config = bound(OptionalInt.empty());
    try (FeedsUnderTest it = new FeedsUnderTest(config)) {
      FakePublisher pod = connected(it);
      for (int i = 0; i < 200; i++) {
        Stage stage = Stage.values()[random.nextInt(Stage.values().length)];
        try (Socket socket = new Socket(LOCAL, it.feeds.boundPort())) {
          RawPeer peer = new RawPeer(socket);
          stage.reach(peer);
          byte[] bytes = new byte[random.nextInt(200)];
          random.nextBytes(bytes);
          if (bytes.length > 0 && random.nextBoolean()) {
            bytes[0] &= 7;
          }
          try {
            peer.raw(bytes);
          } catch (IOException e) {
            assertThat(e).as("seed %d", seed).isNotNull(); // it was closed already
          }
        }
        pod.store(i);
      }
      it.awaitSame(0, 0, pod);
      assertThat(it.index.held(0, 0)).as("seed %d", seed).hasSize(200);
    }
  }

  @Test
  void nobodyIsBelievedWhileTheThreadThatReceivesDoesNotGetOn() throws Exception {
    AtomicReference<CountDownLatch> stuck = new AtomicReference<>(new CountDownLatch(0));
    LongSupplier clock =
        () -> {
          if (Thread.currentThread().getName().equals("kv-receive")) {
            try {
              stuck.get().await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
          return System.nanoTime();
        };
    FeedConfig config = bound(OptionalInt.empty()).withTiming(IMPATIENT);
    try (FeedsUnderTest it = new FeedsUnderTest(config, clock)) {
      FakePublisher pod = connected(it);
      pod.store(1);
      it.awaitSame(0, 0, pod);
      CountDownLatch latch = new CountDownLatch(1);
      stuck.set(latch);
      it.awaitState(0, FeedState.LOST);
      assertThat(it.feeds.status().getFirst().state()).isEqualTo(FeedState.LOST);
      assertThat(it.feeds.status().getFirst().why()).isEqualTo("nothing is received");
      latch.countDown();
      pod.store(2);
      it.awaitSame(0, 0, pod);
      assertThat(it.feeds.stats().disconnects()).isZero();
    }
  }

  @Test
  void closingEndsThoughTheThreadThatReceivesDoesNotGetOn() throws Exception {
    CountDownLatch latch = new CountDownLatch(1);
    AtomicBoolean stuck = new AtomicBoolean();
    LongSupplier clock =
        () -> {
          if (stuck.get() && Thread.currentThread().getName().equals("kv-receive")) {
            try {
              latch.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
          return System.nanoTime();
        };
    try (FeedsUnderTest it = new FeedsUnderTest(bound(OptionalInt.empty()), clock)) {
      it.add(0, "127.0.0.1", 8000);
      stuck.set(true);
    } finally {
      latch.countDown();
    }
  }

  @Test
  void whatAConnectionSaidBeforeItEndedIsForgottenWithIt() throws Exception {
    try (FeedsUnderTest it = new FeedsUnderTest(bound(OptionalInt.empty()))) {
      it.add(0, "127.0.0.1", 8000);
      for (int i = 0; i < 20; i++) {
        try (Socket socket = new Socket(LOCAL, it.feeds.boundPort())) {
          RawPeer peer = new RawPeer(socket);
          peer.handshake("");
          peer.message(TOPIC, 0, Batches.of(1 + i, -1, List.of(Batches.stored(1, 2, 3))));
        }
        long lost = i + 1L;
        await("lost", () -> it.feeds.stats().disconnects() == lost);
        it.awaitState(0, FeedState.LOST);
        assertThat(it.index.held(0, 0)).isEmpty();
      }
    }
  }

  /** A pod that we connect to is no better than a stranger. */
  @ParameterizedTest
  @ValueSource(strings = {"02ffffffffffffffff", "06ffffffffffffffff", "00ff00", "ffffffffffff"})
  void aPodThatSaysNonsenseIsConnectedAgainAndTheOthersAreHeard(String bytes) throws Exception {
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.2"))) {
      FakePublisher.Setup setup = new FakePublisher.Setup();
      setup.bind = "tcp://127.0.0.1:" + server.getLocalPort();
      try (FakePublisher pod = new FakePublisher(setup);
          FeedsUnderTest it = new FeedsUnderTest(FeedsUnderTest.to(pod).withTiming(IMPATIENT))) {
        it.add(1, "127.0.0.2", 8000);
        it.add(0, "127.0.0.1", 8000);
        for (int i = 0; i < 3; i++) {
          try (Socket socket = server.accept()) {
            RawPeer peer = new RawPeer(socket);
            peer.greet();
            peer.raw(HexFormat.of().parseHex(bytes));
            assertThat(peer.closed()).isTrue();
          }
          pod.store(i);
          it.awaitSame(0, 0, pod);
        }
      }
    }
  }
}

package io.pickwick.kv.feed;

import static io.pickwick.kv.feed.FeedsUnderTest.await;
import static io.pickwick.kv.feed.FeedsUnderTest.bound;
import static io.pickwick.kv.feed.FeedsUnderTest.to;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever keeps events away is told in the log once, with where, why and what to do. */
@Timeout(60)
class FeedTroublesTest {
  private static final InetAddress LOCAL = InetAddress.ofLiteral("127.0.0.1");

  /** Tells soon. */
  private static final FeedConfig.Timing HASTY =
      new FeedConfig.Timing(
          Duration.ofMillis(500),
          Duration.ofMillis(10),
          Duration.ofMillis(200),
          Duration.ofMillis(300),
          Duration.ofMillis(1500),
          Duration.ofMillis(10),
          Duration.ofMillis(50));

  private static FeedsUnderTest bind() throws IOException {
    return new FeedsUnderTest(bound(OptionalInt.empty()).withTiming(HASTY));
  }

  private static int closedPort() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, LOCAL)) {
      return taken.getLocalPort();
    }
  }

  private static String why(FeedsUnderTest it) {
    return it.feeds.status().getFirst().why();
  }

  /** On a busy machine a connection may fail besides; that is not what is looked for. */
  private static void awaitOne(FeedsUnderTest it, String... parts) {
    Predicate<String> wanted = line -> Arrays.stream(parts).allMatch(line::contains);
    await(() -> it.log.warnings.toString(), () -> it.log.warnings.stream().anyMatch(wanted));
    assertThat(it.log.warnings.stream().filter(wanted)).hasSize(1);
  }

  private static FakePublisher pod(FeedsUnderTest it, String topic) {
    FakePublisher pod =
        it.with(
            new FakePublisher(
                new FakePublisher.Setup().connect(it.feeds.boundPort()).topic(topic).noReplay()));
    await("subscribed", () -> pod.subscribers() == 1);
    return pod;
  }

  @Test
  void aClosedEventPortIsToldOnceAndItsEndToo() throws Exception {
    int port = closedPort();
    FeedConfig config =
        FeedConfig.DEFAULTS.withPorts(port, OptionalInt.empty(), 1).withTiming(HASTY);
    try (FeedsUnderTest it = new FeedsUnderTest(config)) {
      it.add(0, "127.0.0.1", 8000);
      awaitOne(
          it,
          "endpoint 127.0.0.1:8000: no KV events",
          "127.0.0.1:" + port + ": Connection refused",
          "--kv-events-config",
          "tcp://*:" + port,
          "--kv-events-endpoint");
      assertThat(why(it)).isEqualTo("127.0.0.1:" + port + ": Connection refused");
      FakePublisher.Setup setup = new FakePublisher.Setup().noReplay();
      setup.bind = "tcp://127.0.0.1:" + port;
      FakePublisher pod = it.with(new FakePublisher(setup));
      await("subscribed", () -> pod.subscribers() == 1);
      pod.store(1);
      it.awaitSame(0, 0, pod);
      await("told", () -> it.log.changes.stream().anyMatch(line -> line.contains("KV feed LIVE")));
      assertThat(it.log.warnings.stream().filter(line -> line.contains("Connection refused")))
          .hasSize(1);
      assertThat(why(it)).isEmpty();
    }
  }

  @Test
  void aPortOfSomebodyElseIsToldWithWhatItIsNot() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 10, LOCAL)) {
      Thread.ofVirtual()
          .start(() -> {
            while (!other.isClosed()) {
              try {
                other
                    .accept()
                    .getOutputStream()
                    .write("HTTP/1.1 400 \r\n\r\n".getBytes(StandardCharsets.US_ASCII));
              } catch (IOException e) {
                return;
              }
            }
          });
      FeedConfig config =
          FeedConfig.DEFAULTS
              .withPorts(other.getLocalPort(), OptionalInt.empty(), 1)
              .withTiming(HASTY);
      try (FeedsUnderTest it = new FeedsUnderTest(config)) {
        it.add(0, "127.0.0.1", 8000);
        awaitOne(it, "127.0.0.1:" + other.getLocalPort() + ": no ZMTP 3");
      }
    }
  }

  @Test
  void aReplayPortThatNobodyAnswersIsTold() throws Exception {
    int port = closedPort();
    FakePublisher pod = new FakePublisher(new FakePublisher.Setup().noReplay());
    FeedConfig config = to(pod).withPorts(pod.port(), OptionalInt.of(port), 1).withTiming(HASTY);
    try (FeedsUnderTest it = new FeedsUnderTest(config)) {
      it.with(pod);
      it.add(0, "127.0.0.1", 8000);
      awaitOne(
          it,
          "127.0.0.1:" + port + ": Connection refused",
          "\"replay_endpoint\": \"tcp://*:" + port,
          "--kv-replay-port 0");
      assertThat(why(it)).contains("127.0.0.1:" + port + ": Connection refused");
    }
  }

  @Test
  void anEndpointThatDoesNotConnectIsTold() throws Exception {
    try (FeedsUnderTest it = bind()) {
      it.add(0, "127.0.0.7", 8000);
      awaitOne(
          it,
          "endpoint 127.0.0.7:8000: no KV events",
          "nothing has connected from 127.0.0.7 to port " + it.feeds.boundPort(),
          "--kv-events-config",
          "--kv-events-port");
      assertThat(it.feeds.status())
          .singleElement()
          .satisfies(status -> {
            assertThat(status.state()).isEqualTo(FeedState.SILENT);
            assertThat(status.why()).startsWith("nothing has connected from 127.0.0.7");
          });
    }
  }

  @Test
  void anEndpointThatIsConnectedAndIdleIsNoTrouble() throws Exception {
    try (FeedsUnderTest it = new FeedsUnderTest(bound(OptionalInt.empty()))) {
      pod(it, "kv@127.0.0.1@m");
      it.add(0, "127.0.0.1", 8000);
      it.add(1, "127.0.0.7", 8000);
      awaitOne(it, "endpoint 127.0.0.7:8000");
      assertThat(it.log.warnings).noneMatch(line -> line.contains("endpoint 127.0.0.1:8000"));
    }
  }

  @Test
  void vllmsEmptyTopicIsTold() throws Exception {
    try (FeedsUnderTest it = bind()) {
      it.add(0, "127.0.0.1", 8000);
      pod(it, "").store(1);
      awaitOne(it, "127.0.0.1 publishes by the topic \"\"", "does not begin with \"kv@\"");
      await("known", () -> why(it).contains("topic \"\""));
    }
  }

  @Test
  void aTopicThatNamesNobodyIsTold() throws Exception {
    try (FeedsUnderTest it = bind()) {
      it.add(0, "127.0.0.1", 8000);
      pod(it, "kv@10.9.9.9\n:8000@m").store(1);
      awaitOne(it, "topic \"kv@10.9.9.9?:8000@m\"", "names no endpoint of the pool");
      await("known", () -> why(it).contains("10.9.9.9"));
    }
  }

  @Test
  void oneWhoSpeaksFromAnotherAddressIsTold() throws Exception {
    try (FeedsUnderTest it = bind()) {
      it.add(0, "127.0.0.7", 8000);
      pod(it, "kv@127.0.0.7:8000@m").store(1);
      await(
          "told",
          () ->
              it.log.warnings.stream()
                  .anyMatch(line ->
                      line.contains("127.0.0.1 publishes by the topic \"kv@127.0.0.7:8000@m\"")
                          && line.contains("--kv-events-verify-peer=false")));
      await("known", () -> why(it).contains("127.0.0.1 publishes by the topic"));
    }
  }

  /** In Kubernetes a pod speaks before it is in the pool, and after it has left it. */
  @Test
  void oneWhoSpeaksBeforeItIsInThePoolIsNoTrouble() throws Exception {
    FeedConfig patient = bound(OptionalInt.empty());
    try (FeedsUnderTest it = new FeedsUnderTest(patient)) {
      FakePublisher pod = pod(it, "kv@127.0.0.1@m");
      pod.store(1);
      await("dropped", () -> it.feeds.stats().foreignTopics() == 1);
      it.add(0, "127.0.0.1", 8000);
      await(
          "heard",
          () -> {
            pod.store(pod.next() + 2);
            return it.feeds.state(0) != FeedState.SILENT;
          });
      it.feeds.remove(0);
      long before = it.feeds.stats().foreignTopics();
      pod.store(99);
      await("dropped", () -> it.feeds.stats().foreignTopics() > before);
      assertThat(it.log.warnings).isEmpty();
    }
  }

  private static void send(RawPeer peer) {
    try {
      peer.frame(new byte[] {1}, false);
      peer.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whatIsNoEventIsTold() throws Exception {
    try (FeedsUnderTest it = bind()) {
      it.add(0, "127.0.0.1", 8000);
      try (Socket socket = new Socket(LOCAL, it.feeds.boundPort())) {
        RawPeer peer = new RawPeer(socket);
        peer.handshake("");
        // It goes on, as it shows no other sign of life.
        await(
            "told",
            () -> {
              send(peer);
              return it.log.warnings.stream()
                  .anyMatch(line -> line.contains("sends messages of 1 frames, which are no KV"));
            });
      }
    }
  }

  @Test
  void statesAreToldWhenTheyChange() throws Exception {
    FakePublisher pod = new FakePublisher(new FakePublisher.Setup().noReplay());
    try (FeedsUnderTest it = new FeedsUnderTest(to(pod).withTiming(HASTY))) {
      it.with(pod);
      it.add(0, "127.0.0.1", 8000);
      await("subscribed", () -> pod.subscribers() == 1);
      pod.store(1);
      await("told", () -> it.log.changes.size() == 1);
      pod.drop(1);
      pod.store(2);
      pod.store(3);
      await("told", () -> it.log.changes.size() == 2);
      assertThat(it.log.changes)
          .containsExactly(
              "endpoint 127.0.0.1:8000, rank 0: KV feed LIVE, was SILENT",
              "endpoint 127.0.0.1:8000, rank 0: KV feed PARTIAL, was LIVE: messages 1 to 1 are lost");
    }
  }
}

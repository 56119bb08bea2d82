package io.pickwick.kv.feed;

import static io.pickwick.kv.feed.FeedsUnderTest.await;
import static io.pickwick.kv.feed.FeedsUnderTest.bound;

import java.net.InetAddress;
import java.net.Socket;
import java.util.HexFormat;
import java.util.OptionalInt;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whoever connects may say anything, and the others are heard all the same. */
@Timeout(60)
class HostilePeersTest {
  private static final InetAddress LOCAL = InetAddress.ofLiteral("127.0.0.1");

  private static final int BEFORE = 0;
  private static final int AFTER = 1;

  @ParameterizedTest
  @CsvSource({
    "0, 02ffffffffffffffff", "1, 02ffffffffffffffff",
    "0, 028000000000000000", "1, 028000000000000000",
    "0, 02800000007fffffff", "1, 02800000007fffffff",
    "0, 06ffffffffffffffff", "1, 06ffffffffffffffff"
  })
  void aFrameWhoseSizeIsNoneHurtsNobodyElse(int when, String bytes) throws Exception {
    try (FeedsUnderTest it = new FeedsUnderTest(bound(OptionalInt.empty()))) {
      it.add(0, "127.0.0.1", 8000);
      FakePublisher pod =
          it.with(
              new FakePublisher(
                  new FakePublisher.Setup().connect(it.feeds.boundPort()).noReplay()));
      await("subscribed", () -> pod.subscribers() == 1);
      pod.store(1);
      it.awaitSame(0, 0, pod);
      try (Socket socket = new Socket(LOCAL, it.feeds.boundPort())) {
        RawPeer peer = new RawPeer(socket);
        if (when == BEFORE) {
          peer.greet();
        } else if (when == AFTER) {
          peer.handshake("");
        }
        peer.raw(HexFormat.of().parseHex(bytes));
        pod.store(2);
        it.awaitSame(0, 0, pod);
      }
      pod.store(3);
      it.awaitSame(0, 0, pod);
    }
  }
}

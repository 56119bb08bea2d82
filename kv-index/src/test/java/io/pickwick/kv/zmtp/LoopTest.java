package io.pickwick.kv.zmtp;

import static io.pickwick.kv.zmtp.LoopUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The thread and its connections, whatever is said to it. */
@Timeout(60)
class LoopTest {
  private static final byte[] READY =
      CurvePeer.frame(
          FrameReader.COMMAND,
          "\5READY\13Socket-Type\0\0\0\3PUB".getBytes(StandardCharsets.ISO_8859_1));
  private static final byte[] PING =
      CurvePeer.frame(FrameReader.COMMAND, "\4PING\0\0ctx".getBytes(StandardCharsets.ISO_8859_1));

  private static CurvePeer ready(Socket socket) throws IOException {
    Security.KeyPair keys = CurveBox.keys();
    CurvePeer peer = new CurvePeer(socket, keys, keys.open());
    peer.greet("NULL");
    peer.raw(READY);
    peer.hear();
    return peer;
  }

  private static byte[] repeated(byte[] one, int times) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < times; i++) {
      all.writeBytes(one);
    }
    return all.toByteArray();
  }

  /** What came after the end, in the same bytes, must not stay charged. */
  @Test
  void whatFollowsTheMessageOnWhichAConnectionIsClosedCostsNothing() throws Exception {
    try (LoopUnderTest it = new LoopUnderTest("SUB", Security.NONE)) {
      it.endsWhoSpeaks = true;
      for (int i = 0; i < 50; i++) {
        try (Socket socket = it.socket()) {
          CurvePeer peer = ready(socket);
          byte[] bytes = new byte[12_000];
          System.arraycopy(CurvePeer.frame(0, new byte[10]), 0, bytes, 0, 12);
          bytes[12] = 2;
          bytes[19] = (byte) 0x80;
          peer.raw(bytes);
          assertThat(peer.closed()).isTrue();
        }
        it.awaitNothing("a half frame after the end");
      }
      assertThat(it.messages).hasSize(50);
    }
  }

  @Test
  void manySignsOfLifeAskedForAtOnceAreOneAnswer() throws Exception {
    try (LoopUnderTest it = new LoopUnderTest("SUB", Security.NONE);
        Socket socket = it.socket()) {
      CurvePeer peer = ready(socket);
      peer.raw(repeated(PING, 100_000));
      peer.raw(CurvePeer.frame(0, new byte[1]));
      await("heard", () -> it.messages.size() == 1);
      assertThat(peer.hear()).asString().isEqualTo("\4PONGctx");
      socket.shutdownOutput();
      assertThat(it.losses.stream().filter(why -> !why.startsWith("closed"))).isEmpty();
    }
  }

  @Test
  void aSignOfLifeWithALargeContextEndsItsConnection() throws Exception {
    try (LoopUnderTest it = new LoopUnderTest("SUB", Security.NONE);
        Socket socket = it.socket()) {
      CurvePeer peer = ready(socket);
      byte[] ping = new byte[60_000];
      System.arraycopy(PING, 2, ping, 0, PING.length - 2);
      peer.raw(CurvePeer.frame(FrameReader.COMMAND, ping));
      assertThat(peer.closed()).isTrue();
      it.awaitNothing("a large context");
      assertThat(it.losses).containsExactly("a command of 60000 bytes");
    }
  }

  @Test
  void commandsThatGoOnEndTheirConnection() throws Exception {
    try (LoopUnderTest it = new LoopUnderTest("SUB", Security.NONE)) {
      try (Socket socket = it.socket()) {
        CurvePeer peer = ready(socket);
        peer.raw(CurvePeer.frame(FrameReader.COMMAND | FrameReader.MORE, new byte[10]));
        assertThat(peer.closed()).isTrue();
      }
      try (Socket socket = it.socket()) {
        Security.KeyPair keys = CurveBox.keys();
        CurvePeer peer = new CurvePeer(socket, keys, keys.open());
        peer.greet("NULL");
        byte[] ready = READY.clone();
        ready[0] |= FrameReader.MORE;
        peer.raw(ready);
        assertThat(peer.closed()).isTrue();
      }
      it.awaitNothing("a command");
      assertThat(it.losses).containsExactly("a command that goes on", "a command that goes on");
    }
  }

  /** Subscribing is ours to do; that others do so too means nothing. */
  @Test
  void commandsThatWeDoNotKnowArePassedOver() throws Exception {
    try (LoopUnderTest it = new LoopUnderTest("SUB", Security.NONE);
        Socket socket = it.socket()) {
      CurvePeer peer = ready(socket);
      for (String command :
          new String[] {"\11SUBSCRIBEkv@", "\6CANCELkv@", "\5ERROR\0", "", "\1"}) {
        peer.command(command.getBytes(StandardCharsets.ISO_8859_1));
      }
      peer.command("\4PONG".getBytes(StandardCharsets.ISO_8859_1));
      peer.command("\4PING".getBytes(StandardCharsets.ISO_8859_1));
      peer.raw(CurvePeer.frame(0, new byte[1]));
      await("heard", () -> it.messages.size() == 1);
      assertThat(it.losses).isEmpty();
    }
  }

  @Test
  void emptyFramesCostNothing() throws Exception {
    try (LoopUnderTest it = new LoopUnderTest("SUB", Security.NONE)) {
      try (Socket socket = it.socket()) {
        CurvePeer peer = ready(socket);
        peer.raw(repeated(new byte[] {0, 0}, 200_000));
        await("heard", () -> it.messages.size() == 200_000);
        peer.raw(repeated(new byte[] {1, 0}, 1000));
        peer.raw(new byte[] {0, 0});
        await("heard", () -> it.messages.size() == 200_001);
        assertThat(it.budget.taken()).isZero();
        peer.raw(repeated(new byte[] {1, 0}, 2000));
        assertThat(peer.closed()).isTrue();
      }
      it.awaitNothing("an empty frame");
    }
  }

  @Test
  void thoseWhoComeAndGoLeaveNothing() throws Exception {
    try (LoopUnderTest it = new LoopUnderTest("SUB", Security.NONE)) {
      for (int i = 0; i < 1000; i++) {
        Socket socket = it.socket();
        if (i % 3 > 0) {
          socket.getOutputStream().write(CurvePeer.greeting("NULL", 0), 0, i % 64);
        }
        if (i % 2 == 0) {
          // It goes without a farewell.
          socket.setSoLinger(true, 0);
        }
        socket.close();
      }
      it.awaitNothing("a storm");
    }
  }

  /** One that dies takes all with it but what is bound. */
  @Test
  void anotherThreadBeginsAnewWhereOneDied() throws Exception {
    AtomicBoolean deadly = new AtomicBoolean();
    LongSupplier clock =
        () -> {
          if (deadly.get() && Thread.currentThread().getName().equals("kv-test")) {
            throw new StackOverflowError("made to die");
          }
          return System.nanoTime();
        };
    try (LoopUnderTest it = new LoopUnderTest("SUB", Security.NONE, Duration.ofSeconds(20), clock);
        Socket before = it.socket()) {
      CurvePeer old = ready(before);
      old.raw(CurvePeer.frame(1, new byte[5000]));
      await("half said", () -> it.budget.taken() > 0);
      deadly.set(true);
      await("dead", it.loop::hasDied);
      deadly.set(false);
      AtomicInteger begun = new AtomicInteger();
      assertThat(it.loop.reviveIfDead(begun::incrementAndGet)).isTrue();
      assertThat(old.closed()).isTrue();
      await("nothing of the old", () -> it.connections() == 0);
      assertThat(it.budget.taken()).isZero();
      try (Socket after = it.socket()) {
        ready(after).raw(CurvePeer.frame(0, new byte[1]));
        await("heard", () -> it.messages.size() == 1);
      }
      assertThat(begun).hasValue(1);
      assertThat(it.loop.hasDied()).isFalse();
      assertThat(it.loop.reviveIfDead(begun::incrementAndGet)).as("it lives").isFalse();
    }
  }
}

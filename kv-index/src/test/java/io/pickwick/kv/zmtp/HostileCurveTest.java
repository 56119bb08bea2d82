package io.pickwick.kv.zmtp;

import static io.pickwick.kv.zmtp.LoopUnderTest.LOCAL;
import static io.pickwick.kv.zmtp.LoopUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** CURVE lets nobody in who does not prove who he is, and takes nothing that was not boxed. */
@Timeout(60)
class HostileCurveTest {
  private static final Security.KeyPair OURS = CurveBox.keys();
  private static final Security.KeyPair THEIRS = CurveBox.keys();
  private static final Security.Server SERVER = new Security.Server(OURS, Set.of(THEIRS.open()));

  private static CurvePeer peer(LoopUnderTest it) throws IOException {
    return new CurvePeer(it.socket(), THEIRS, OURS.open());
  }

  private static String said(byte[][] frames) {
    return new String(frames[0], StandardCharsets.US_ASCII);
  }

  @Test
  void whoProvesWhoHeIsIsHeard() throws Exception {
    try (LoopUnderTest it = new LoopUnderTest("SUB", SERVER)) {
      CurvePeer peer = peer(it);
      peer.handshake();
      peer.raw(CurvePeer.frame(0, peer.message(0, "good")));
      await("heard", () -> it.messages.size() == 1);
      assertThat(said(it.messages.element())).isEqualTo("good");
      peer.socket.close();
      it.awaitNothing("a good peer");
    }
  }

  /** What a client says at the point where HELLO must come. */
  enum Beginning {
    SHORT_HELLO {
      @Override
      byte[] told(CurvePeer peer) throws IOException {
        return Arrays.copyOf(peer.hello(), 199);
      }
    },
    LONG_HELLO {
      @Override
      byte[] told(CurvePeer peer) throws IOException {
        return Arrays.copyOf(peer.hello(), 201);
      }
    },
    HELLO_OF_ANOTHER_VERSION {
      @Override
      byte[] told(CurvePeer peer) throws IOException {
        return peer.hello(2, peer.shortKeys.open().bytes(), new byte[64]);
      }
    },
    HELLO_WITH_ANOTHERS_SHORT_KEY {
      @Override
      byte[] told(CurvePeer peer) throws IOException {
        return peer.hello(1, CurveBox.keys().open().bytes(), new byte[64]);
      }
    },
    HELLO_WITH_A_KEY_THAT_HIDES_NOTHING {
      @Override
      byte[] told(CurvePeer peer) throws IOException {
        return peer.hello(1, new byte[32], new byte[64]);
      }
    },
    HELLO_FOR_ANOTHER_SERVER {
      @Override
      byte[] told(CurvePeer peer) throws IOException {
        return new CurvePeer(peer.socket, THEIRS, THEIRS.open()).hello();
      }
    },
    READY_AS_WITHOUT_SECURITY {
      @Override
      byte[] told(CurvePeer peer) {
        byte[] properties = CurvePeer.properties("PUB");
        byte[] told =
            Arrays.copyOf("\5READY".getBytes(StandardCharsets.US_ASCII), 6 + properties.length);
        System.arraycopy(properties, 0, told, 6, properties.length);
        return told;
      }
    },
    INITIATE_BEFORE_HELLO {
      @Override
      byte[] told(CurvePeer peer) {
        byte[] told = new byte[400];
        byte[] name = "\10INITIATE".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(name, 0, told, 0, name.length);
        return told;
      }
    },
    MESSAGE_BEFORE_HELLO {
      @Override
      byte[] told(CurvePeer peer) {
        peer.shared = new byte[32];
        return peer.message(0, "too early");
      }
    },
    NOTHING_AT_ALL {
      @Override
      byte[] told(CurvePeer peer) {
        return new byte[0];
      }
    },
    AS_MUCH_AS_GOES {
      @Override
      byte[] told(CurvePeer peer) {
        return new byte[4096];
      }
    },
    MORE_THAN_GOES {
      @Override
      byte[] told(CurvePeer peer) {
        return new byte[4097];
      }
    };

    abstract byte[] told(CurvePeer peer) throws IOException;
  }

  @ParameterizedTest
  @EnumSource
  void nothingButHelloIsABeginning(Beginning beginning) throws Exception {
    try (LoopUnderTest it = new LoopUnderTest("SUB", SERVER)) {
      CurvePeer peer = peer(it);
      peer.greet("CURVE");
      peer.command(beginning.told(peer));
      refused(it, peer);
    }
  }

  private static void refused(LoopUnderTest it, CurvePeer peer) throws IOException {
    assertThat(peer.closed()).isTrue();
    it.awaitNothing("a hostile peer");
    assertThat(it.readies.get()).isZero();
    assertThat(it.messages).isEmpty();
    assertThat(it.losses).hasSize(1);
  }

  /** What a client says at the point where INITIATE must come. */
  enum Proof {
    COOKIE_OF_ANOTHER_CONNECTION {
      @Override
      byte[] told(CurvePeer peer, CurvePeer other) throws IOException {
        return proof(peer, other.cookie, peer.shortKeys.open(), OURS.open(), "PUB");
      }
    },
    RECORDED_FROM_ANOTHER_CONNECTION {
      @Override
      byte[] told(CurvePeer peer, CurvePeer other) throws IOException {
        return other.initiate();
      }
    },
    VOUCHER_FOR_ANOTHER_CONNECTION {
      @Override
      byte[] told(CurvePeer peer, CurvePeer other) throws IOException {
        return proof(peer, peer.cookie, other.shortKeys.open(), OURS.open(), "PUB");
      }
    },
    VOUCHER_FOR_ANOTHER_SERVER {
      @Override
      byte[] told(CurvePeer peer, CurvePeer other) throws IOException {
        return proof(peer, peer.cookie, peer.shortKeys.open(), THEIRS.open(), "PUB");
      }
    },
    KEY_THAT_MAY_NOT_CONNECT {
      @Override
      byte[] told(CurvePeer peer, CurvePeer other) throws IOException {
        CurvePeer stranger = new CurvePeer(peer.socket, CurveBox.keys(), OURS.open());
        stranger.theirShort = peer.theirShort;
        stranger.shared = peer.shared;
        return proof(stranger, peer.cookie, peer.shortKeys.open(), OURS.open(), "PUB");
      }
    },
    ANOTHERS_KEY_WITHOUT_ITS_SECRET {
      @Override
      byte[] told(CurvePeer peer, CurvePeer other) throws IOException {
        Security.KeyPair thief = new Security.KeyPair(THEIRS.open(), CurveBox.keys().secret());
        CurvePeer stranger = new CurvePeer(peer.socket, thief, OURS.open());
        stranger.theirShort = peer.theirShort;
        stranger.shared = peer.shared;
        return proof(stranger, peer.cookie, peer.shortKeys.open(), OURS.open(), "PUB");
      }
    },
    NONCE_USED_BEFORE {
      @Override
      byte[] told(CurvePeer peer, CurvePeer other) throws IOException {
        return peer.initiate(
            peer.cookie,
            peer.shortKeys.open().bytes(),
            OURS.open().bytes(),
            CurvePeer.properties("PUB"),
            1);
      }
    },
    SOCKET_OF_ANOTHER_TYPE {
      @Override
      byte[] told(CurvePeer peer, CurvePeer other) throws IOException {
        return proof(peer, peer.cookie, peer.shortKeys.open(), OURS.open(), "SUB");
      }
    },
    PROPERTIES_CUT_OFF {
      @Override
      byte[] told(CurvePeer peer, CurvePeer other) throws IOException {
        byte[] whole = CurvePeer.properties("PUB");
        return peer.initiate(
            peer.cookie,
            peer.shortKeys.open().bytes(),
            OURS.open().bytes(),
            Arrays.copyOf(whole, whole.length - 1),
            ++peer.number);
      }
    },
    LARGE_PROPERTIES {
      @Override
      byte[] told(CurvePeer peer, CurvePeer other) throws IOException {
        return peer.initiate(
            peer.cookie,
            peer.shortKeys.open().bytes(),
            OURS.open().bytes(),
            CurvePeer.properties("Padding", "x".repeat(3000)),
            ++peer.number);
      }
    },
    HEAD_ONLY {
      @Override
      byte[] told(CurvePeer peer, CurvePeer other) throws IOException {
        return Arrays.copyOf(peer.initiate(), 113);
      }
    },
    CUT_OFF {
      @Override
      byte[] told(CurvePeer peer, CurvePeer other) throws IOException {
        byte[] whole = peer.initiate();
        return Arrays.copyOf(whole, whole.length - 1);
      }
    },
    EMPTY_BOX {
      @Override
      byte[] told(CurvePeer peer, CurvePeer other) throws IOException {
        byte[] head = Arrays.copyOf(peer.initiate(), 113 + 16);
        byte[] box =
            CurveBox.seal(
                new byte[0], CurveBox.nonce("CurveZMQINITIATE", peer.number), peer.shared);
        System.arraycopy(box, 0, head, 113, 16);
        return head;
      }
    },
    HELLO_AGAIN {
      @Override
      byte[] told(CurvePeer peer, CurvePeer other) throws IOException {
        return peer.hello();
      }
    },
    MESSAGE_BEFORE_READY {
      @Override
      byte[] told(CurvePeer peer, CurvePeer other) {
        return peer.message(0, "too early");
      }
    };

    abstract byte[] told(CurvePeer peer, CurvePeer other) throws IOException;

    private static byte[] proof(
        CurvePeer peer, byte[] cookie, Key vouchedShort, Key vouchedServer, String type)
        throws IOException {
      return peer.initiate(
          cookie,
          vouchedShort.bytes(),
          vouchedServer.bytes(),
          CurvePeer.properties(type),
          Math.max(2, ++peer.number));
    }
  }

  @ParameterizedTest
  @EnumSource
  void nothingButProofLetsIn(Proof proof) throws Exception {
    try (LoopUnderTest it = new LoopUnderTest("SUB", SERVER)) {
      CurvePeer other = peer(it);
      other.greet("CURVE");
      other.command(other.hello());
      other.welcome(other.hear());
      CurvePeer peer = peer(it);
      peer.greet("CURVE");
      peer.command(peer.hello());
      peer.welcome(peer.hear());
      byte[] told = proof.told(peer, other);
      other.socket.close();
      await("the other is gone", () -> it.losses.size() == 1);
      it.losses.clear();
      peer.command(told);
      refused(it, peer);
    }
  }

  /** What a client says once it is in. */
  enum Speech {
    THE_SAME_AGAIN {
      @Override
      byte[] told(CurvePeer peer, byte[] before) {
        return CurvePeer.frame(0, before);
      }
    },
    AN_OLDER_NUMBER {
      @Override
      byte[] told(CurvePeer peer, byte[] before) {
        return CurvePeer.frame(0, peer.message(0, "bad", 1));
      }
    },
    A_NEGATIVE_NUMBER {
      @Override
      byte[] told(CurvePeer peer, byte[] before) {
        return CurvePeer.frame(0, peer.message(0, "bad", -1));
      }
    },
    NO_FLAGS {
      @Override
      byte[] told(CurvePeer peer, byte[] before) {
        byte[] empty =
            CurveBox.seal(
                new byte[0], CurveBox.nonce("CurveZMQMESSAGEC", ++peer.number), peer.shared);
        byte[] told = Arrays.copyOf(peer.message(0, "", peer.number), 16 + empty.length);
        System.arraycopy(empty, 0, told, 16, empty.length);
        return CurvePeer.frame(0, told);
      }
    },
    A_BROKEN_BOX {
      @Override
      byte[] told(CurvePeer peer, byte[] before) {
        byte[] told = peer.message(0, "bad");
        told[told.length - 1] ^= 1;
        return CurvePeer.frame(0, told);
      }
    },
    NO_BOX {
      @Override
      byte[] told(CurvePeer peer, byte[] before) {
        return CurvePeer.frame(0, "plain".getBytes(StandardCharsets.US_ASCII));
      }
    },
    A_PLAIN_MESSAGE_OF_SEVERAL_FRAMES {
      @Override
      byte[] told(CurvePeer peer, byte[] before) {
        return CurvePeer.frame(FrameReader.MORE, "plain".getBytes(StandardCharsets.US_ASCII));
      }
    },
    A_PLAIN_PING {
      @Override
      byte[] told(CurvePeer peer, byte[] before) {
        return CurvePeer.frame(
            FrameReader.COMMAND, "\4PING\0\0".getBytes(StandardCharsets.US_ASCII));
      }
    },
    A_COMMAND_THAT_GOES_ON {
      @Override
      byte[] told(CurvePeer peer, byte[] before) {
        return CurvePeer.frame(0, peer.message(3, "\4PING\0\0"));
      }
    },
    A_LARGE_FRAME {
      @Override
      byte[] told(CurvePeer peer, byte[] before) {
        return new byte[] {2, 0, 0, 0, 0, 0, 2, 0, 0};
      }
    };

    abstract byte[] told(CurvePeer peer, byte[] before);
  }

  @ParameterizedTest
  @EnumSource
  void whatIsNotBoxedRightEndsTheConnection(Speech speech) throws Exception {
    try (LoopUnderTest it = new LoopUnderTest("SUB", SERVER)) {
      CurvePeer peer = peer(it);
      peer.handshake();
      byte[] first = peer.message(0, "good");
      peer.raw(CurvePeer.frame(0, first));
      await("heard", () -> it.messages.size() == 1);
      peer.raw(speech.told(peer, first));
      assertThat(peer.closed()).isTrue();
      it.awaitNothing("a hostile peer");
      assertThat(it.messages).hasSize(1);
    }
  }

  /** Security is not something the other end may choose. */
  @ParameterizedTest
  @ValueSource(strings = {"NULL", "PLAIN", "GSSAPI", "CURVF", "CURV", "CURVES", "curve", ""})
  void anotherMechanismIsRefused(String mechanism) throws Exception {
    try (LoopUnderTest it = new LoopUnderTest("SUB", SERVER)) {
      CurvePeer peer = peer(it);
      peer.raw(CurvePeer.greeting(mechanism, 0));
      refused(it, peer);
    }
  }

  @Test
  void aHandshakeByteByByteIsGivenUp() throws Exception {
    try (LoopUnderTest it =
        new LoopUnderTest("SUB", SERVER, Duration.ofMillis(300), System::nanoTime)) {
      CurvePeer peer = peer(it);
      peer.hearGreeting();
      peer.socket.setSoTimeout(20);
      byte[] whole = CurvePeer.greeting("CURVE", 0);
      int said = 0;
      boolean open = true;
      while (open) {
        try {
          peer.raw(new byte[] {whole[Math.min(said++, 40)]});
          peer.pause();
        } catch (SocketTimeoutException e) {
          assertThat(open).isTrue(); // a moment is over
        } catch (IOException e) {
          assertThat(e).isNotNull();
          open = false;
        }
      }
      assertThat(said).isLessThan(64);
      await("lost", () -> !it.losses.isEmpty());
      assertThat(it.losses.element()).isEqualTo("no handshake in time");
      it.awaitNothing("a slow peer");
    }
  }

  /** What a server says to us that is no proof. */
  enum FalseServer {
    ANOTHER_MECHANISM,
    ANOTHER_KEY,
    SHORT_WELCOME,
    LONG_WELCOME,
    BROKEN_WELCOME,
    READY_INSTEAD,
    MESSAGE_INSTEAD,
    BROKEN_READY,
    SHORT_READY,
    MESSAGE_BEFORE_READY,
    WELCOME_AGAIN
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatProvesNothingIsLeft(FalseServer how) throws Exception {
    try (LoopUnderTest it = new LoopUnderTest("SUB", Security.NONE);
        ServerSocket server = new ServerSocket(0, 5, LOCAL)) {
      Settings settings =
          new Settings(
              "SUB",
              new Security.Client(THEIRS, OURS.open()),
              LoopUnderTest.MOST,
              Duration.ofSeconds(20),
              Duration.ofSeconds(20),
              it.budget);
      connect(it, server, settings);
      try (Socket socket = server.accept()) {
        socket.setSoTimeout(20_000);
        answer(socket, how);
        assertThat(new DataInputStream(socket.getInputStream()).readAllBytes()).isNotNull();
      }
      await("left", () -> it.losses.size() == 1);
      assertThat(it.readies.get()).isZero();
      assertThat(it.messages).isEmpty();
      it.awaitNothing("a false server");
    }
  }

  static void connect(LoopUnderTest it, ServerSocket server, Settings settings) {
    CompletableFuture<Connection> made = new CompletableFuture<>();
    it.loop.errand(() -> {
      try {
        made.complete(
            it.loop.connect(
                new InetSocketAddress(LOCAL, server.getLocalPort()), settings, it.listener));
      } catch (IOException e) {
        made.completeExceptionally(e);
      }
    });
    made.join();
  }

  private static void answer(Socket socket, FalseServer how) throws IOException {
    CurvePeer raw = new CurvePeer(socket, OURS, THEIRS.open());
    if (how == FalseServer.ANOTHER_MECHANISM) {
      raw.raw(CurvePeer.greeting("NULL", 1));
      return;
    }
    raw.raw(CurvePeer.greeting("CURVE", 1));
    new DataInputStream(socket.getInputStream()).readFully(new byte[64]);
    byte[] hello = raw.hear();
    Security.KeyPair keys = how == FalseServer.ANOTHER_KEY ? CurveBox.keys() : OURS;
    byte[] theirShort = Arrays.copyOfRange(hello, 80, 112);
    byte[] welcome = welcome(raw, keys, theirShort);
    switch (how) {
      case SHORT_WELCOME -> raw.command(Arrays.copyOf(welcome, 167));
      case LONG_WELCOME -> raw.command(Arrays.copyOf(welcome, 169));
      case BROKEN_WELCOME -> {
        welcome[100] ^= 1;
        raw.command(welcome);
      }
      case READY_INSTEAD ->
          raw.command("\5READY\13Socket-Type\0\0\0\3PUB".getBytes(StandardCharsets.US_ASCII));
      case MESSAGE_INSTEAD -> {
        raw.shared = new byte[32];
        raw.raw(CurvePeer.frame(0, raw.message(0, "too early")));
      }
      case ANOTHER_KEY -> raw.command(welcome);
      default -> {
        raw.command(welcome);
        raw.hear();
        byte[] shared = CurveBox.shared(theirShort, raw.shortKeys.secret());
        raw.shared = shared;
        switch (how) {
          case BROKEN_READY -> raw.command(ready(shared, 5, 9));
          case SHORT_READY -> raw.command(Arrays.copyOf(ready(shared, 1, 1), 29));
          case MESSAGE_BEFORE_READY -> raw.raw(CurvePeer.frame(0, raw.message(0, "too early")));
          default -> raw.command(welcome);
        }
      }
    }
  }

  static byte[] welcome(CurvePeer raw, Security.KeyPair keys, byte[] theirShort)
      throws IOException {
    byte[] random = CurveBox.random(16);
    byte[] plain = new byte[128];
    System.arraycopy(raw.shortKeys.open().bytes(), 0, plain, 0, 32);
    byte[] box =
        CurveBox.seal(
            plain, CurveBox.nonce("WELCOME-", random), CurveBox.shared(theirShort, keys.secret()));
    return CurveMechanism.command("WELCOME", 168).put(random).put(box).array();
  }

  static byte[] ready(byte[] shared, long told, long boxed) {
    byte[] box =
        CurveBox.seal(
            CurvePeer.properties("PUB"), CurveBox.nonce("CurveZMQREADY---", boxed), shared);
    return CurveMechanism.command("READY", 14 + box.length).putLong(told).put(box).array();
  }

  /** That a false one is left proves something only if a true one is not. */
  @Test
  void aServerThatProvesWhoItIsIsHeard() throws Exception {
    try (LoopUnderTest it = new LoopUnderTest("SUB", Security.NONE);
        ServerSocket server = new ServerSocket(0, 5, LOCAL)) {
      Settings settings =
          new Settings(
              "SUB",
              new Security.Client(THEIRS, OURS.open()),
              LoopUnderTest.MOST,
              Duration.ofSeconds(20),
              Duration.ofSeconds(20),
              it.budget);
      connect(it, server, settings);
      try (Socket socket = server.accept()) {
        CurvePeer raw = new CurvePeer(socket, OURS, THEIRS.open());
        raw.greet("CURVE");
        byte[] theirShort = Arrays.copyOfRange(raw.hear(), 80, 112);
        raw.command(welcome(raw, OURS, theirShort));
        raw.hear();
        raw.command(ready(CurveBox.shared(theirShort, raw.shortKeys.secret()), 1, 1));
        await("ready", () -> it.readies.get() == 1);
      }
      it.awaitNothing("a true server");
    }
  }
}

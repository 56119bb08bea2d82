package io.pickwick.kv.zmtp;

import static io.pickwick.kv.zmtp.LoopUnderTest.LOCAL;
import static io.pickwick.kv.zmtp.LoopUnderTest.MOST;
import static io.pickwick.kv.zmtp.LoopUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Says random and randomly broken things. How long each test goes on is told by the property {@code
 * pickwick.fuzz.millis}, how it begins by {@code pickwick.fuzz.seed}.
 */
@Timeout(3600)
class FrameFuzzTest {
  private static final long NANOS =
      Duration.ofMillis(Long.getLong("pickwick.fuzz.millis", 600)).toNanos();
  private static final byte[] READY =
      CurvePeer.frame(
          FrameReader.COMMAND,
          "\5READY\13Socket-Type\0\0\0\3PUB".getBytes(StandardCharsets.ISO_8859_1));
  private static final Security.KeyPair OURS = CurveBox.keys();
  private static final Security.KeyPair THEIRS = CurveBox.keys();

  private final long seed = Long.getLong("pickwick.fuzz.seed", new Random().nextLong());
  private final Random random = new Random(seed);

  private interface Round {
    void run(int round) throws Exception;
  }

  private void forAWhile(Round what) throws Exception {
    long end = System.nanoTime() + NANOS;
    for (int i = 0; i < 20 || System.nanoTime() - end < 0; i++) {
      what.run(i);
    }
  }

  /** Whole messages of some bytes, as the simplest reader of them would see them. */
  private static List<byte[][]> read(byte[] bytes) {
    List<byte[][]> messages = new ArrayList<>();
    List<byte[]> frames = new ArrayList<>();
    int count = 0;
    long held = 0;
    ByteBuffer in = ByteBuffer.wrap(bytes);
    while (in.remaining() >= 2) {
      int flags = in.get() & 0xff;
      boolean large = (flags & 2) != 0;
      if (flags > 7 || (large && in.remaining() < 8)) {
        return messages;
      }
      long size = large ? in.getLong() : in.get() & 0xff;
      boolean more = (flags & 1) != 0;
      boolean command = (flags & 4) != 0;
      if (size < 0 || size > MOST + 64 || size > in.remaining()) {
        return messages;
      }
      byte[] body = new byte[(int) size];
      in.get(body);
      if (command) {
        if (more || size > 4096) {
          return messages;
        }
        continue;
      }
      count++;
      if (count <= 8) {
        frames.add(body);
        held += more ? size : 0;
      }
      if (count > 8 + 1024 || held > MOST) {
        return messages;
      }
      if (!more) {
        messages.add(count > 8 ? new byte[0][] : frames.toArray(byte[][]::new));
        frames.clear();
        count = 0;
        held = 0;
      }
    }
    return messages;
  }

  private byte[] speech() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = random.nextInt(40); i >= 0; i--) {
      int size =
          switch (random.nextInt(12)) {
            case 0 -> 0;
            case 1 -> random.nextInt(70_000);
            case 2 -> random.nextInt(5000);
            default -> random.nextInt(100);
          };
      byte[] body = new byte[size];
      random.nextBytes(body);
      int flags = random.nextInt(5) == 0 ? random.nextInt(8) : random.nextInt(2);
      if ((flags & 4) != 0 && size > 6) {
        System.arraycopy("\4PING\0\0".getBytes(StandardCharsets.US_ASCII), 0, body, 0, 6);
      }
      if (random.nextInt(30) == 0) {
        flags |= 1 << random.nextInt(8);
      }
      ByteBuffer head = ByteBuffer.allocate(9).put((byte) flags);
      if ((flags & 2) != 0 || size > 255) {
        head.put(0, (byte) (flags | 2));
        head.putLong(random.nextInt(60) == 0 ? random.nextLong() : size);
      } else {
        head.put((byte) size);
      }
      all.write(head.array(), 0, head.position());
      all.writeBytes(body);
      if (random.nextInt(200) == 0) {
        for (int j = random.nextInt(1200); j > 0; j--) {
          all.write(1);
          all.write(0);
        }
      }
    }
    byte[] bytes = all.toByteArray();
    return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length + 1)) : bytes;
  }

  @Test
  void framesAreReadAsTheSimplestReaderReadsThem() throws Exception {
    try (LoopUnderTest it = new LoopUnderTest("SUB", Security.NONE)) {
      forAWhile(round -> {
        byte[] bytes = speech();
        it.messages.clear();
        try (Socket socket = it.socket()) {
          CurvePeer peer = new CurvePeer(socket, THEIRS, OURS.open());
          peer.greet("NULL");
          peer.raw(READY);
          peer.hear();
          say(peer, bytes);
          socket.shutdownOutput();
          assertThat(peer.closed()).isTrue();
        } catch (IOException e) {
          assertThat(e).isNotNull(); // it had enough
        }
        it.awaitNothing("seed " + seed + ", round " + round);
        List<byte[][]> must = read(bytes);
        assertThat(it.said())
            .as("seed %d, round %d", seed, round)
            .hasSize(must.size())
            .usingElementComparator((a, b) -> Arrays.deepEquals(a, b) ? 0 : 1)
            .containsExactlyElementsOf(must);
      });
    }
  }

  /** In pieces of any size. */
  private void say(CurvePeer peer, byte[] bytes) throws IOException {
    int at = 0;
    while (at < bytes.length) {
      int some = Math.min(bytes.length - at, 1 + random.nextInt(20_000));
      peer.raw(Arrays.copyOfRange(bytes, at, at + some));
      at += some;
    }
  }

  /** Breaks some bytes somehow. */
  private byte[] broken(byte[] bytes) {
    int at = random.nextInt(bytes.length);
    int some = Math.min(bytes.length - at, 1 + random.nextInt(40));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(bytes, 0, at);
    switch (random.nextInt(6)) {
      case 0 -> {
        out.write(bytes[at] ^ (1 << random.nextInt(8)));
        out.write(bytes, at + 1, bytes.length - at - 1);
      }
      case 1 -> out.write(bytes, at + some, bytes.length - at - some);
      case 2 -> {
        out.write(bytes, at, some);
        out.write(bytes, at, bytes.length - at);
      }
      case 3 -> {
        byte[] more = new byte[some];
        random.nextBytes(more);
        out.writeBytes(more);
        out.write(bytes, at, bytes.length - at);
      }
      case 4 -> {
        out.write(random.nextInt(256));
        out.write(bytes, at + 1, bytes.length - at - 1);
      }
      default -> {}
    }
    return out.toByteArray();
  }

  /** A good conversation of which one piece is broken; after that nobody waits for an answer. */
  private final class Conversation {
    private final CurvePeer peer;
    private final int breaksAt;
    private int step;

    Conversation(CurvePeer peer, int steps) {
      this.peer = peer;
      this.breaksAt = random.nextInt(steps);
    }

    boolean isBroken() {
      return step > breaksAt;
    }

    void say(byte[] bytes) throws IOException {
      peer.raw(step++ == breaksAt ? broken(bytes) : bytes);
    }
  }

  @Test
  void brokenHandshakesOfThoseWhoConnectLeaveNothing() throws Exception {
    try (LoopUnderTest it = new LoopUnderTest("SUB", Security.NONE)) {
      forAWhile(round -> {
        try (Socket socket = it.socket()) {
          Conversation talk = new Conversation(new CurvePeer(socket, THEIRS, OURS.open()), 3);
          talk.say(CurvePeer.greeting("NULL", 0));
          talk.say(READY);
          talk.say(CurvePeer.frame(0, new byte[10]));
        } catch (IOException e) {
          assertThat(e).isNotNull(); // it had enough
        }
        it.awaitNothing("seed " + seed + ", round " + round);
      });
    }
  }

  @Test
  void brokenHandshakesOfCurveLeaveNothingAndLetNobodyLie() throws Exception {
    Security.Server security = new Security.Server(OURS, Set.of(THEIRS.open()));
    try (LoopUnderTest it = new LoopUnderTest("SUB", security)) {
      forAWhile(round -> {
        try (Socket socket = it.socket()) {
          CurvePeer peer = new CurvePeer(socket, THEIRS, OURS.open());
          Conversation talk = new Conversation(peer, 5);
          talk.say(CurvePeer.greeting("CURVE", 0));
          if (!talk.isBroken()) {
            peer.hearGreeting();
          }
          talk.say(CurvePeer.frame(FrameReader.COMMAND, peer.hello()));
          if (!talk.isBroken()) {
            peer.welcome(peer.hear());
            talk.say(CurvePeer.frame(FrameReader.COMMAND, peer.initiate()));
          }
          if (!talk.isBroken()) {
            peer.hear();
            talk.say(CurvePeer.frame(0, peer.message(0, "good")));
            talk.say(CurvePeer.frame(0, peer.message(0, "good")));
          }
        } catch (IOException e) {
          assertThat(e).isNotNull(); // it had enough
        }
        it.awaitNothing("seed " + seed + ", round " + round);
        for (byte[][] message : it.said()) {
          assertThat(message[0]).as("seed %d", seed).asString().isEqualTo("good");
        }
      });
      assertThat(it.messages).as("seed %d", seed).isNotEmpty();
    }
  }

  @Test
  void brokenHandshakesOfThoseToWhomWeConnectLeaveNothing() throws Exception {
    try (LoopUnderTest it = new LoopUnderTest("SUB", Security.NONE);
        ServerSocket server = new ServerSocket(0, 50, LOCAL)) {
      Settings curve =
          new Settings(
              "SUB",
              new Security.Client(THEIRS, OURS.open()),
              MOST,
              Duration.ofSeconds(20),
              Duration.ofSeconds(20),
              it.budget);
      forAWhile(round -> {
        boolean secure = random.nextBoolean();
        HostileCurveTest.connect(it, server, secure ? curve : it.settings);
        try (Socket socket = server.accept()) {
          socket.setSoTimeout(20_000);
          CurvePeer peer = new CurvePeer(socket, OURS, THEIRS.open());
          Conversation talk = new Conversation(peer, 4);
          talk.say(CurvePeer.greeting(secure ? "CURVE" : "NULL", secure ? 1 : 0));
          if (!secure) {
            talk.say(READY);
            talk.say(CurvePeer.frame(1, new byte[300]));
            talk.say(CurvePeer.frame(0, new byte[10]));
          } else if (!talk.isBroken()) {
            peer.hearGreeting();
            byte[] theirShort = Arrays.copyOfRange(peer.hear(), 80, 112);
            talk.say(
                CurvePeer.frame(
                    FrameReader.COMMAND, HostileCurveTest.welcome(peer, OURS, theirShort)));
            if (!talk.isBroken()) {
              peer.hear();
              byte[] shared = CurveBox.shared(theirShort, peer.shortKeys.secret());
              talk.say(CurvePeer.frame(FrameReader.COMMAND, HostileCurveTest.ready(shared, 1, 1)));
            }
          }
        } catch (IOException e) {
          assertThat(e).isNotNull(); // it had enough
        }
        await("lost, seed " + seed, () -> it.losses.size() == round + 1);
        it.awaitNothing("seed " + seed + ", round " + round);
      });
    }
  }
}

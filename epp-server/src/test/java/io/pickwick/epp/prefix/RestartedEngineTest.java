package io.pickwick.epp.prefix;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.epp.config.Flags;
import io.pickwick.epp.prefix.EngineFacts.ServedModel;
import io.pickwick.epp.prefix.EngineFacts.Told;
import io.pickwick.epp.prefix.MatchVerdict.Cause;
import io.pickwick.epp.prefix.MatchVerdict.Mismatch;
import io.pickwick.epp.prefix.MatchVerdict.Verified;
import io.pickwick.kv.event.EngineKeys;
import io.pickwick.kv.feed.FeedConfig;
import io.pickwick.kv.feed.FeedSource;
import io.pickwick.kv.feed.KvFeeds;
import io.pickwick.kv.hash.ExtraForm;
import io.pickwick.kv.hash.ExtraKeys;
import io.pickwick.kv.hash.HashAlgorithm;
import io.pickwick.kv.hash.HashScheme;
import io.pickwick.kv.hash.TokenChain;
import io.pickwick.kv.index.KvIndex;
import io.pickwick.kv.index.MediumWeights;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.EndpointLoad;
import io.pickwick.schedule.Gauges;
import io.pickwick.schedule.LoraState;
import io.pickwick.schedule.config.EndpointPickerConfig;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/** An engine that starts again with another hash seed, heard over a real socket. */
@Timeout(60)
class RestartedEngineTest {
  private static final int SLOT = 0;
  private static final int BLOCK = 16;

  /** A time that stands still. */
  private static final long NOW = 1;

  private final Endpoint pod =
      new Endpoint(SLOT, "default", "pod", "127.0.0.1", 8000, Map.of(), new EndpointLoad());
  private final AtomicInteger questions = new AtomicInteger();

  @Test
  void isLookedAtAgainAtOnce() throws IOException {
    PreciseSettings settings = PreciseSettings.read(Flags.parse(), EndpointPickerConfig.standard());
    pod.load().observe(new Gauges(1, 0, 0, 0, BLOCK, 1000, LoraState.NONE, "sha256"));
    try (EngineFacts facts =
        new EngineFacts(
            settings,
            _ -> Optional.of(told()),
            EngineFacts.Pace.DEFAULT,
            () -> NOW,
            Runnable::run)) {
      facts.added(pod);
      facts.tick();
      MatchCheck check = new MatchCheck(settings, facts, TokenTexts.NONE, () -> NOW, Runnable::run);
      check.added(pod);
      Publisher first = new Publisher(0);
      int port = first.port();
      try (first;
          KvFeeds feeds = feeds(port, check)) {
        feeds.start();
        feeds.add(new FeedSource(SLOT, "127.0.0.1", 8000, () -> new EngineKeys(0)));
        first.publish(0, Optional.empty());
        await(() -> check.verdict(SLOT) instanceof Verified);
        assertThat(questions).hasValue(1);
        first.close();
        try (Publisher second = new Publisher(port)) {
          second.publish(0, Optional.of("42"));
          await(() -> check.verdict(SLOT) instanceof Mismatch);
          assertThat(((Mismatch) check.verdict(SLOT)).cause()).isEqualTo(Cause.SEED);
          assertThat(check.usable(SLOT)).isFalse();
          facts.tick();
          assertThat(questions).hasValue(2);
        }
      }
    }
  }

  private Told told() {
    questions.incrementAndGet();
    return new Told("0.32.0", List.of(new ServedModel("tiny", "models/tiny", "")));
  }

  private static KvFeeds feeds(int port, MatchCheck check) {
    return new KvFeeds(
        FeedConfig.DEFAULTS.withPorts(port, OptionalInt.empty(), 1),
        new KvIndex(MediumWeights.standard()),
        check,
        System::nanoTime);
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(end);
      LockSupport.parkNanos(1_000_000);
    }
  }

  /** One process of an engine. */
  private static final class Publisher implements AutoCloseable {
    private final ZContext context = new ZContext();
    private final ZMQ.Socket socket = context.createSocket(SocketType.XPUB);
    private final int port;

    /** Publishes at a port; 0 takes a free one. */
    Publisher(int port) {
      socket.setLinger(0);
      socket.setReceiveTimeOut(30_000);
      assertThat(socket.bind("tcp://127.0.0.1:" + (port == 0 ? "*" : port))).isTrue();
      String at = socket.getLastEndpoint();
      this.port = Integer.parseInt(at.substring(at.lastIndexOf(':') + 1));
    }

    int port() {
      return port;
    }

    /** Once it is heard, stores two first blocks that are hashed with this seed. */
    void publish(long number, Optional<String> seed) throws IOException {
      assertThat(socket.recv()).as("a subscription").isNotNull();
      socket.sendMore("kv@127.0.0.1@tiny");
      socket.sendMore(ByteBuffer.allocate(Long.BYTES).putLong(number).array());
      socket.send(batch(seed));
    }

    /** As vLLM writes it with arrays. */
    private static byte[] batch(Optional<String> seed) throws IOException {
      int[] tokens = IntStream.rangeClosed(1, 2 * BLOCK).toArray();
      TokenChain chain =
          new TokenChain(
              new HashScheme(HashAlgorithm.SHA256, seed, BLOCK, ExtraForm.TAGGED),
              ExtraKeys.NONE,
              0);
      chain.add(tokens, 0, tokens.length);
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      DataOutputStream out = new DataOutputStream(bytes);
      out.writeByte(0x92);
      out.writeByte(0xcb);
      out.writeDouble(1000);
      out.writeByte(0x91);
      out.writeByte(0x97);
      out.writeByte(0xa0 + "BlockStored".length());
      out.write("BlockStored".getBytes(UTF_8));
      out.writeByte(0x92);
      for (int block = 0; block < 2; block++) {
        out.writeByte(0xd3);
        out.writeLong(chain.raw(block));
      }
      out.writeByte(0xc0);
      out.writeByte(0xdc);
      out.writeShort(tokens.length);
      for (int token : tokens) {
        out.writeByte(token);
      }
      out.writeByte(BLOCK);
      out.writeByte(0xc0);
      out.writeByte(0xa3);
      out.write("GPU".getBytes(UTF_8));
      return bytes.toByteArray();
    }

    @Override
    public void close() {
      context.close();
    }
  }
}

package io.pickwick.epp.extproc;

import io.pickwick.epp.prompt.PromptReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A server under test, in the clear, with a clock that the test may push ahead. */
final class Picker implements AutoCloseable {
  final RecordingDecider decider = new RecordingDecider();
  final Health health = new Health(() -> true);
  final AtomicLong ahead = new AtomicLong();
  final ExtProcServer server;
  final FakeProxy proxy;
  private final EventLoops loops = EventLoops.of(1);

  Picker() {
    this(config());
  }

  Picker(ExtProcConfig config) {
    try {
      server =
          ExtProcServer.start(
              config,
              decider,
              PromptReader::none,
              health,
              loops,
              () -> System.nanoTime() + ahead.get());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    proxy = new FakeProxy(server.port());
  }

  static ExtProcConfig config() {
    return config(64L << 20, 512L << 20, Duration.ofSeconds(30));
  }

  static ExtProcConfig config(long maxBody, long maxHeld, Duration deadline) {
    return new ExtProcConfig(
        loopback(), new Tls.Plaintext(), 128 << 20, maxBody, maxHeld, deadline, Duration.ZERO);
  }

  static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  EventLoops loops() {
    return loops;
  }

  @Override
  public void close() {
    proxy.close();
    server.close();
    loops.close();
  }
}

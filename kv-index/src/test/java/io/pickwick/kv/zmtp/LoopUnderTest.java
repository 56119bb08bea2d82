package io.pickwick.kv.zmtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** A loop that listens at a port, and what its connections tell. */
final class LoopUnderTest implements AutoCloseable {
  static final InetAddress LOCAL = InetAddress.ofLiteral("127.0.0.1");
  static final long MOST = 1 << 16;

  final Budget budget = new Budget(1 << 20);
  final Queue<byte[][]> messages = new ConcurrentLinkedQueue<>();
  final Queue<String> losses = new ConcurrentLinkedQueue<>();
  final AtomicInteger readies = new AtomicInteger();
  final AtomicInteger refusals = new AtomicInteger();
  final Loop loop;
  final Settings settings;
  final Acceptor acceptor;

  /** Whether it ends each connection that says something. */
  volatile boolean endsWhoSpeaks;

  final Connection.Listener listener =
      new Connection.Listener() {
        @Override
        public void ready(Connection it) {
          readies.incrementAndGet();
        }

        @Override
        public void message(Connection it, byte[][] frames) {
          messages.add(frames);
          if (endsWhoSpeaks) {
            it.close();
          }
        }

        @Override
        public void lost(Connection it, String why) {
          losses.add(why);
        }
      };

  private final class Open implements Door {
    @Override
    public boolean expects(InetAddress from) {
      return false;
    }

    @Override
    public int mostFrom(InetAddress from) {
      return 1000;
    }

    @Override
    public int mostStrangers() {
      return 1000;
    }

    @Override
    public Connection.Listener open() {
      return listener;
    }

    @Override
    public void refused(InetAddress from, String why) {
      refusals.incrementAndGet();
    }
  }

  LoopUnderTest(String type, Security security) throws IOException {
    this(type, security, Duration.ofSeconds(20), System::nanoTime);
  }

  LoopUnderTest(String type, Security security, Duration timeout, LongSupplier nanos)
      throws IOException {
    settings = new Settings(type, security, MOST, timeout, timeout, budget);
    loop = new Loop("kv-test", nanos, () -> {});
    acceptor = loop.bind(new InetSocketAddress(LOCAL, 0), settings, new Open());
    loop.start();
  }

  Socket socket() throws IOException {
    Socket socket = new Socket(LOCAL, acceptor.port());
    socket.setSoTimeout(20_000);
    socket.setTcpNoDelay(true);
    return socket;
  }

  int connections() {
    CompletableFuture<Integer> count = new CompletableFuture<>();
    loop.errand(() -> count.complete(loop.connections()));
    return count.join();
  }

  static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("waited in vain: " + what);
      }
      LockSupport.parkNanos(200_000);
    }
  }

  /** Until nothing of any connection is left; and nothing may have failed. */
  void awaitNothing(String what) {
    await(what + " leaves a connection", () -> connections() == 0);
    assertThat(budget.taken()).as("%s keeps bytes", what).isZero();
    assertThat(loop.failures()).as("%s makes a step fail", what).isZero();
    assertThat(loop.hasDied()).isFalse();
  }

  List<byte[][]> said() {
    return List.copyOf(messages);
  }

  @Override
  public void close() {
    loop.close();
  }
}

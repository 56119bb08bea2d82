package io.pickwick.epp.extproc;

import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.pickwick.epp.decide.Decider;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** The gRPC server that Envoy's ext_proc filter calls, one stream per HTTP request. */
public final class ExtProcServer implements AutoCloseable {
  private final Server server;
  private final Health health;

  private ExtProcServer(Server server, Health health) {
    this.server = server;
    this.health = health;
  }

  /**
   * Starts serving.
   *
   * @param decider called on the event loops for each request
   * @param prompts makes the reader of one request's prompt
   * @param loops the threads that serve the streams
   * @param nanos the clock of deadlines, such as {@code System::nanoTime}
   * @throws IOException when the address cannot be bound, or the certificate not read
   */
  public static ExtProcServer start(
      ExtProcConfig config,
      Decider decider,
      Supplier<PromptReader> prompts,
      Health health,
      EventLoops loops,
      LongSupplier nanos)
      throws IOException {
    NettyServerBuilder builder = NettyServerBuilder.forAddress(config.address());
    loops.serve(builder);
    Server server =
        builder
            .directExecutor()
            .maxInboundMessageSize(config.maxMessageBytes())
            .permitKeepAliveTime(1, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            .addService(HealthService.of(health))
            .build()
            .start();
    return new ExtProcServer(server, health);
  }

  /** The port it listens on. */
  public int port() {
    return server.getPort();
  }

  /** Requests whose stream is open now. */
  public int streams() {
    return 0;
  }

  /** Bytes of request bodies held now. */
  public long heldBytes() {
    return 0;
  }

  /**
   * Ends calmly: not ready at once, no new streams after {@code grace}, the live ones cut after
   * {@code limit}. Blocks until the last stream has ended.
   */
  public void drain(Duration grace, Duration limit) throws InterruptedException {
    health.drain();
    TimeUnit.NANOSECONDS.sleep(grace.toNanos());
    server.shutdown();
    if (!server.awaitTermination(limit.toNanos(), TimeUnit.NANOSECONDS)) {
      server.shutdownNow();
    }
  }

  /** Stops at once. */
  @Override
  public void close() {
    server.shutdownNow();
  }
}

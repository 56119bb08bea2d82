package io.pickwick.epp.extproc;

import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import io.pickwick.epp.decide.Decider;
import io.pickwick.epp.prompt.PromptReader;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** The gRPC server that Envoy's ext_proc filter calls, one stream per HTTP request. */
public final class ExtProcServer implements AutoCloseable {
  private final Server server;
  private final Health health;
  private final ServingCertificate certificate;
  private final HeldBytes held;
  private final List<Lane> lanes;

  private ExtProcServer(
      Server server,
      Health health,
      ServingCertificate certificate,
      HeldBytes held,
      List<Lane> lanes) {
    this.server = server;
    this.health = health;
    this.certificate = certificate;
    this.held = held;
    this.lanes = lanes;
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
    HeldBytes held = new HeldBytes(config.maxHeldBytes());
    List<Lane> lanes = new ArrayList<>();
    for (EventExecutor loop : loops.all()) {
      Lane lane = new Lane(loop);
      lane.start();
      lanes.add(lane);
    }
    ServingCertificate certificate = ServingCertificate.of(config.tls());
    NettyServerBuilder builder = NettyServerBuilder.forAddress(config.address());
    loops.serve(builder);
    certificate.secure(builder);
    Server server =
        builder
            .directExecutor()
            .maxInboundMessageSize(config.maxMessageBytes())
            .permitKeepAliveTime(1, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            .addService(
                ExtProcService.of(new Services(config, decider, prompts, held, nanos), lanes))
            .addService(HealthService.of(health))
            .build();
    try {
      server.start();
    } catch (IOException e) {
      certificate.close();
      throw e;
    }
    return new ExtProcServer(server, health, certificate, held, lanes);
  }

  /** The port it listens on. */
  public int port() {
    return server.getPort();
  }

  /** Requests whose stream is open now. */
  public int streams() {
    int streams = 0;
    for (Lane lane : lanes) {
      streams += lane.streams();
    }
    return streams;
  }

  /** Bytes of request bodies held now. */
  public long heldBytes() {
    return held.held();
  }

  /**
   * Ends calmly: not ready at once, no new streams after {@code grace}, the live ones cut after
   * {@code limit}. Blocks until the last stream has ended.
   */
  public void drain(Duration grace, Duration limit) throws InterruptedException {
    health.drain();
    TimeUnit.NANOSECONDS.sleep(grace.toNanos());
    server.shutdown();
    server.awaitTermination(limit.toNanos(), TimeUnit.NANOSECONDS);
    close();
  }

  /** Stops at once. */
  @Override
  public void close() {
    server.shutdownNow();
    certificate.close();
    lanes.forEach(Lane::stop);
  }
}

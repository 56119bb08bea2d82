package io.pickwick.epp.extproc;

import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** gRPC health in the clear on a port of its own, for kubelet's probes. */
public final class HealthServer implements AutoCloseable {
  private final Server server;

  private HealthServer(Server server) {
    this.server = server;
  }

  /**
   * Starts answering health checks.
   *
   * @param loops the threads to share with the ext_proc server
   * @throws IOException when the address cannot be bound
   */
  public static HealthServer start(InetSocketAddress address, Health health, EventLoops loops)
      throws IOException {
    NettyServerBuilder builder = NettyServerBuilder.forAddress(address);
    loops.serve(builder);
    return new HealthServer(
        builder
            .directExecutor()
            .permitKeepAliveTime(1, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            .addService(HealthService.of(health))
            .build()
            .start());
  }

  /** The port it listens on. */
  public int port() {
    return server.getPort();
  }

  /** Stops at once. */
  @Override
  public void close() {
    server.shutdownNow();
  }
}

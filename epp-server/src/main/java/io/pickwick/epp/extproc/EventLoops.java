package io.pickwick.epp.extproc;

import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.IoHandlerFactory;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.ServerChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.TimeUnit;

/** The threads that serve all gRPC ports: epoll where the platform has it. */
public final class EventLoops implements AutoCloseable {
  private final MultiThreadIoEventLoopGroup group;
  private final Class<? extends ServerChannel> channel;

  private EventLoops(MultiThreadIoEventLoopGroup group, Class<? extends ServerChannel> channel) {
    this.group = group;
    this.channel = channel;
  }

  /** Starts so many threads. */
  public static EventLoops of(int threads) {
    boolean epoll = Epoll.isAvailable();
    IoHandlerFactory handler = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    return new EventLoops(
        new MultiThreadIoEventLoopGroup(
            threads, new DefaultThreadFactory("ext-proc", /* daemon= */ true), handler),
        epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class);
  }

  void serve(NettyServerBuilder builder) {
    builder.bossEventLoopGroup(group).workerEventLoopGroup(group).channelType(channel);
  }

  Iterable<EventExecutor> all() {
    return group;
  }

  /** Ends the threads; servers on them must be closed before. */
  @Override
  public void close() {
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
  }
}

package io.pickwick.bench.load;

import com.google.protobuf.ByteString;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.service.ext_proc.v3.BodyMutation;
import io.envoyproxy.envoy.service.ext_proc.v3.BodyResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.CommonResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.ExternalProcessorGrpc;
import io.envoyproxy.envoy.service.ext_proc.v3.HeaderMutation;
import io.envoyproxy.envoy.service.ext_proc.v3.HeadersResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpBody;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.StreamedBodyResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.TrailersResponse;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The floor that an endpoint picker on grpc-java is measured against: it decides nothing.
 *
 * <p>Generated stubs, full duplex only. It holds the request to its end, names one endpoint in
 * header and metadata, returns every chunk as it came, and echoes the response chunk by chunk.
 */
public final class EchoServer implements AutoCloseable {
  private static final int MAX_MESSAGE = 64 << 20;
  private static final String DESTINATION = "x-gateway-destination-endpoint";

  private final Server server;
  private final MultiThreadIoEventLoopGroup loops;

  private EchoServer(Server server, MultiThreadIoEventLoopGroup loops) {
    this.server = server;
    this.loops = loops;
  }

  /** Starts it on 127.0.0.1, naming the given endpoint; port zero lets the kernel choose. */
  public static EchoServer start(int port, String endpoint) throws IOException {
    return start(port, endpoint, 2);
  }

  /** Starts it on 127.0.0.1 with so many event loops. */
  public static EchoServer start(int port, String endpoint, int eventLoops) throws IOException {
    ProcessingResponse pick = pick(endpoint);
    boolean epoll = Epoll.isAvailable();
    MultiThreadIoEventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(
            eventLoops,
            new DefaultThreadFactory("echo", /* daemon= */ true),
            epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .bossEventLoopGroup(loops)
            .workerEventLoopGroup(loops)
            .channelType(epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
            .directExecutor()
            .maxInboundMessageSize(MAX_MESSAGE)
            .permitKeepAliveWithoutCalls(true)
            .addService(
                new ExternalProcessorGrpc.ExternalProcessorImplBase() {
                  @Override
                  public StreamObserver<ProcessingRequest> process(
                      StreamObserver<ProcessingResponse> answers) {
                    return new Echo(pick, answers);
                  }
                })
            .build();
    try {
      return new EchoServer(server.start(), loops);
    } catch (IOException e) {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
      throw e;
    }
  }

  /** Where it listens. */
  public int port() {
    return server.getPort();
  }

  /** Waits until it is closed. */
  public void awaitEnd() throws InterruptedException {
    server.awaitTermination();
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
  }

  private static ProcessingResponse pick(String endpoint) {
    return ProcessingResponse.newBuilder()
        .setRequestHeaders(
            HeadersResponse.newBuilder()
                .setResponse(
                    CommonResponse.newBuilder()
                        .setClearRouteCache(true)
                        .setHeaderMutation(
                            HeaderMutation.newBuilder()
                                .addSetHeaders(
                                    HeaderValueOption.newBuilder()
                                        .setHeader(
                                            HeaderValue.newBuilder()
                                                .setKey(DESTINATION)
                                                .setRawValue(ByteString.copyFromUtf8(endpoint)))))))
        .setDynamicMetadata(
            Struct.newBuilder()
                .putFields(
                    "envoy.lb",
                    Value.newBuilder()
                        .setStructValue(
                            Struct.newBuilder()
                                .putFields(
                                    DESTINATION,
                                    Value.newBuilder().setStringValue(endpoint).build()))
                        .build()))
        .build();
  }

  private static final class Echo implements StreamObserver<ProcessingRequest> {
    private static final ProcessingResponse RESPONSE_HEADERS =
        ProcessingResponse.newBuilder()
            .setResponseHeaders(HeadersResponse.getDefaultInstance())
            .build();
    private static final ProcessingResponse REQUEST_TRAILERS =
        ProcessingResponse.newBuilder()
            .setRequestTrailers(TrailersResponse.getDefaultInstance())
            .build();
    private static final ProcessingResponse RESPONSE_TRAILERS =
        ProcessingResponse.newBuilder()
            .setResponseTrailers(TrailersResponse.getDefaultInstance())
            .build();

    private final ProcessingResponse pick;
    private final StreamObserver<ProcessingResponse> answers;
    private final List<HttpBody> held = new ArrayList<>();

    Echo(ProcessingResponse pick, StreamObserver<ProcessingResponse> answers) {
      this.pick = pick;
      this.answers = answers;
    }

    @Override
    public void onNext(ProcessingRequest message) {
      switch (message.getRequestCase()) {
        case REQUEST_HEADERS -> {
          if (message.getRequestHeaders().getEndOfStream()) {
            release();
          }
        }
        case REQUEST_BODY -> {
          held.add(message.getRequestBody());
          if (message.getRequestBody().getEndOfStream()) {
            release();
          }
        }
        case REQUEST_TRAILERS -> {
          release();
          answers.onNext(REQUEST_TRAILERS);
        }
        case RESPONSE_HEADERS -> answers.onNext(RESPONSE_HEADERS);
        case RESPONSE_BODY ->
            answers.onNext(
                ProcessingResponse.newBuilder()
                    .setResponseBody(echo(message.getResponseBody()))
                    .build());
        case RESPONSE_TRAILERS -> answers.onNext(RESPONSE_TRAILERS);
        default -> {
          // A kind of message that full duplex does not have.
        }
      }
    }

    private void release() {
      answers.onNext(pick);
      for (HttpBody body : held) {
        answers.onNext(ProcessingResponse.newBuilder().setRequestBody(echo(body)).build());
      }
      held.clear();
    }

    private static BodyResponse echo(HttpBody body) {
      return BodyResponse.newBuilder()
          .setResponse(
              CommonResponse.newBuilder()
                  .setBodyMutation(
                      BodyMutation.newBuilder()
                          .setStreamedResponse(
                              StreamedBodyResponse.newBuilder()
                                  .setBody(body.getBody())
                                  .setEndOfStream(body.getEndOfStream()))))
          .build();
    }

    @Override
    public void onError(Throwable t) {
      held.clear();
    }

    @Override
    public void onCompleted() {
      answers.onCompleted();
    }
  }
}

package io.pickwick.epp.extproc;

import com.google.protobuf.ByteString;
import io.envoyproxy.envoy.config.core.v3.HeaderMap;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode;
import io.envoyproxy.envoy.service.ext_proc.v3.ExternalProcessorGrpc;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpBody;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpHeaders;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpTrailers;
import io.envoyproxy.envoy.service.ext_proc.v3.ImmediateResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.ProtocolConfiguration;
import io.envoyproxy.envoy.service.ext_proc.v3.StreamedBodyResponse;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Speaks ext_proc as Envoy does, over a real channel and with the generated classes. */
final class FakeProxy implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 20;

  private final ManagedChannel channel;

  FakeProxy(int port) {
    this(NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext());
  }

  FakeProxy(NettyChannelBuilder builder) {
    channel =
        builder
            .maxInboundMessageSize(256 << 20)
            .flowControlWindow(4 << 20)
            .directExecutor()
            .build();
  }

  ManagedChannel channel() {
    return channel;
  }

  /** Opens a stream that takes answers as they come. */
  Stream open() {
    return open(Integer.MAX_VALUE);
  }

  /** Opens a stream that takes so many answers, and more when {@link Stream#take} says so. */
  Stream open(int answers) {
    Stream stream = new Stream(answers);
    var _ = ExternalProcessorGrpc.newStub(channel).process(stream);
    return stream;
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }

  /** One stream of messages and its answers. */
  static final class Stream
      implements ClientResponseObserver<ProcessingRequest, ProcessingResponse> {
    private final int answers;
    private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();
    private @Nullable ClientCallStreamObserver<ProcessingRequest> call;

    Stream(int answers) {
      this.answers = answers;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<ProcessingRequest> stream) {
      call = stream;
      stream.disableAutoRequestWithInitial(answers);
    }

    private ClientCallStreamObserver<ProcessingRequest> call() {
      ClientCallStreamObserver<ProcessingRequest> opened = call;
      if (opened == null) {
        throw new IllegalStateException("not open");
      }
      return opened;
    }

    void take(int more) {
      call().request(more);
    }

    Stream send(ProcessingRequest message) {
      call().onNext(message);
      return this;
    }

    Stream send(ProcessingRequest.Builder message) {
      return send(message.build());
    }

    void cancel() {
      call().cancel("the proxy is done", null);
    }

    void halfClose() {
      call().onCompleted();
    }

    @Override
    public void onNext(ProcessingResponse response) {
      events.add(response);
    }

    @Override
    public void onError(Throwable t) {
      events.add(Status.fromThrowable(t));
    }

    @Override
    public void onCompleted() {
      events.add(Status.OK);
    }

    private Object event() {
      try {
        Object event = events.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (event == null) {
          throw new AssertionError("no answer within " + PATIENCE_SECONDS + " s");
        }
        return event;
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    /** The next answer. */
    ProcessingResponse next() {
      Object event = event();
      if (event instanceof ProcessingResponse response) {
        return response;
      }
      throw new AssertionError("expected an answer, the stream ended with " + event);
    }

    /** How the stream ended, when nothing else comes before. */
    Status end() {
      Object event = event();
      if (event instanceof Status status) {
        return status;
      }
      throw new AssertionError("expected the end, got " + event);
    }

    /** Whether no answer has come yet. */
    boolean quiet() {
      return events.isEmpty();
    }

    ImmediateResponse refusal() {
      ProcessingResponse response = next();
      if (!response.hasImmediateResponse()) {
        throw new AssertionError("expected a refusal, got " + response);
      }
      return response.getImmediateResponse();
    }

    /** Reads one direction's duplex body up to its end of stream or the trailers answer. */
    Echo echo(boolean response) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      int longest = 0;
      int pieces = 0;
      while (true) {
        ProcessingResponse answer = next();
        boolean trailers = response ? answer.hasResponseTrailers() : answer.hasRequestTrailers();
        if (trailers) {
          return new Echo(out.toByteArray(), pieces, longest, true, answer);
        }
        boolean body = response ? answer.hasResponseBody() : answer.hasRequestBody();
        if (!body) {
          throw new AssertionError("expected a body answer, got " + answer);
        }
        StreamedBodyResponse chunk =
            (response ? answer.getResponseBody() : answer.getRequestBody())
                .getResponse()
                .getBodyMutation()
                .getStreamedResponse();
        out.writeBytes(chunk.getBody().toByteArray());
        longest = Math.max(longest, chunk.getBody().size());
        pieces++;
        if (chunk.getEndOfStream()) {
          return new Echo(out.toByteArray(), pieces, longest, false, answer);
        }
      }
    }
  }

  /** A body that came back. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Echo(byte[] bytes, int pieces, int longest, boolean trailers, ProcessingResponse last) {}

  static HttpHeaders headers(boolean end, String... namesAndValues) {
    HeaderMap.Builder map = HeaderMap.newBuilder();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.addHeaders(
          HeaderValue.newBuilder()
              .setKey(namesAndValues[i])
              .setRawValue(ByteString.copyFromUtf8(namesAndValues[i + 1])));
    }
    return HttpHeaders.newBuilder().setHeaders(map).setEndOfStream(end).build();
  }

  /** A POST's headers as the first message of a stream. */
  static ProcessingRequest.Builder post(
      String path, BodySendMode request, BodySendMode response, String... more) {
    String[] all = new String[more.length + 6];
    all[0] = ":method";
    all[1] = "POST";
    all[2] = ":path";
    all[3] = path;
    all[4] = "x-request-id";
    all[5] = "req-1";
    System.arraycopy(more, 0, all, 6, more.length);
    return configured(headers(false, all), request, response);
  }

  static ProcessingRequest.Builder configured(
      HttpHeaders headers, BodySendMode request, BodySendMode response) {
    return ProcessingRequest.newBuilder()
        .setRequestHeaders(headers)
        .setProtocolConfig(
            ProtocolConfiguration.newBuilder()
                .setRequestBodyMode(request)
                .setResponseBodyMode(response));
  }

  static ProcessingRequest requestBody(byte[] bytes, boolean end) {
    return ProcessingRequest.newBuilder().setRequestBody(body(bytes, end)).build();
  }

  static ProcessingRequest responseBody(byte[] bytes, boolean end) {
    return ProcessingRequest.newBuilder().setResponseBody(body(bytes, end)).build();
  }

  private static HttpBody body(byte[] bytes, boolean end) {
    return HttpBody.newBuilder().setBody(ByteString.copyFrom(bytes)).setEndOfStream(end).build();
  }

  static ProcessingRequest requestTrailers() {
    return ProcessingRequest.newBuilder()
        .setRequestTrailers(HttpTrailers.getDefaultInstance())
        .build();
  }

  static ProcessingRequest responseTrailers() {
    return ProcessingRequest.newBuilder()
        .setResponseTrailers(HttpTrailers.getDefaultInstance())
        .build();
  }

  static ProcessingRequest.Builder responseHeaders(boolean end, String... more) {
    String[] all = new String[more.length + 2];
    all[0] = ":status";
    all[1] = "200";
    System.arraycopy(more, 0, all, 2, more.length);
    return ProcessingRequest.newBuilder().setResponseHeaders(headers(end, all));
  }
}

package io.pickwick.bench.load;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.envoyproxy.envoy.config.core.v3.HeaderMap;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode;
import io.envoyproxy.envoy.service.ext_proc.v3.ExternalProcessorGrpc;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpBody;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpHeaders;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.ProtocolConfiguration;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.ConcurrentHistogram;

/**
 * Speaks ext_proc to a server as Envoy does in full duplex, in a closed loop.
 *
 * <p>Per request: headers with fifteen fields, the body in pieces of 64 KiB, an empty end of
 * stream; after the pick and every byte came back: response headers, the chunks of an SSE stream
 * each after the echo of the one before, an empty end of stream; then the stream is half-closed and
 * cancelled, which is how Envoy ends nearly all of its own. Every byte that comes back is compared
 * with the one that was sent, both ways.
 */
public final class LoadClient implements AutoCloseable {
  private static final int PIECE = 64 << 10;
  private static final int WINDOW = 16 << 20;
  private static final int MAX_MESSAGE = 64 << 20;
  private static final int MAX_TOLD = 5;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();
  private static final long HIGHEST_MICROS = TimeUnit.MINUTES.toMicros(5);

  private final List<ManagedChannel> channels = new ArrayList<>();
  private final ScheduledExecutorService pacer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("pacer").factory());
  private final AtomicLong numbers = new AtomicLong();
  private final String model;

  /** Opens its connections to a plain-text server. */
  public LoadClient(String host, int port, int connections, String model) {
    this.model = model;
    for (int i = 0; i < connections; i++) {
      channels.add(
          NettyChannelBuilder.forAddress(host, port)
              .usePlaintext()
              .directExecutor()
              .maxInboundMessageSize(MAX_MESSAGE)
              .initialFlowControlWindow(WINDOW)
              .build());
    }
  }

  /** Sends that many requests of a shape and waits for all of them. */
  public Outcome run(Shape shape, long requests, Duration patience) throws InterruptedException {
    Run run = new Run(shape, requests, new PromptSource(shape.tokens(), model, true, 1));
    long start = System.nanoTime();
    for (int worker = 0; worker < shape.streams(); worker++) {
      run.next(channels.get(worker % channels.size()));
    }
    boolean ended = run.done.await(patience.toMillis(), TimeUnit.MILLISECONDS);
    Duration wall = Duration.ofNanos(System.nanoTime() - start);
    if (!ended) {
      run.fail("%d requests had no end after %s".formatted(run.done.getCount(), patience));
    }
    synchronized (run.failures) {
      return new Outcome(
          run.succeeded.get(),
          requests - run.succeeded.get(),
          List.copyOf(run.failures),
          wall,
          run.decision,
          run.whole);
    }
  }

  @Override
  public void close() {
    pacer.shutdownNow();
    channels.forEach(ManagedChannel::shutdownNow);
    for (ManagedChannel channel : channels) {
      try {
        channel.awaitTermination(5, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** One closed loop: what its streams share. */
  private final class Run {
    final Shape shape;
    final PromptSource prompts;
    final List<ProcessingRequest> chunks;
    final AtomicLong left;
    final AtomicLong succeeded = new AtomicLong();
    final CountDownLatch done;
    final List<String> failures = new ArrayList<>();
    final ConcurrentHistogram decision = new ConcurrentHistogram(HIGHEST_MICROS, 3);
    final ConcurrentHistogram whole = new ConcurrentHistogram(HIGHEST_MICROS, 3);

    Run(Shape shape, long requests, PromptSource prompts) {
      this.shape = shape;
      this.prompts = prompts;
      this.left = new AtomicLong(requests);
      this.done = new CountDownLatch(Math.toIntExact(requests));
      this.chunks = Messages.responseChunks(shape.chunks(), model);
    }

    /** Starts one more request on the connection, unless all were started. */
    void next(ManagedChannel channel) {
      if (left.getAndDecrement() > 0) {
        new Stream(this, channel).start();
      }
    }

    void ended(ManagedChannel channel) {
      // Counted after the next one started, so that the loop never runs dry in between.
      next(channel);
      done.countDown();
    }

    void fail(String what) {
      synchronized (failures) {
        if (failures.size() < MAX_TOLD) {
          failures.add(what);
        }
      }
    }
  }

  /** One request; everything in it happens on its connection's event loop, or hands over to it. */
  private final class Stream extends ClientCall.Listener<ProcessingResponse> {
    private final Run run;
    private final ManagedChannel channel;
    private final ClientCall<ProcessingRequest, ProcessingResponse> call;
    private final long start = System.nanoTime();
    private long bodySent;
    private ByteBuffer expected = NOTHING;
    private boolean picked;
    private int chunk;
    private boolean ended;

    Stream(Run run, ManagedChannel channel) {
      this.run = run;
      this.channel = channel;
      this.call = channel.newCall(ExternalProcessorGrpc.getProcessMethod(), CallOptions.DEFAULT);
    }

    void start() {
      byte[] body = run.prompts.body(numbers.getAndIncrement());
      expected = ByteBuffer.wrap(body);
      call.start(this, new io.grpc.Metadata());
      call.request(Integer.MAX_VALUE);
      call.sendMessage(Messages.requestHeaders(body.length));
      for (int at = 0; at < body.length; at += PIECE) {
        call.sendMessage(
            Messages.requestBody(
                UnsafeByteOperations.unsafeWrap(body, at, Math.min(PIECE, body.length - at)),
                false));
      }
      // Before the last message, for the pick may be back before sendMessage returns.
      bodySent = System.nanoTime();
      call.sendMessage(Messages.requestBody(ByteString.EMPTY, true));
    }

    @Override
    public void onMessage(ProcessingResponse message) {
      if (ended) {
        return;
      }
      switch (message.getResponseCase()) {
        case REQUEST_HEADERS -> {
          run.decision.recordValue(micros(bodySent));
          picked =
              message.getRequestHeaders().getResponse().getHeaderMutation().getSetHeadersCount()
                  > 0;
        }
        case REQUEST_BODY -> {
          var piece =
              message.getRequestBody().getResponse().getBodyMutation().getStreamedResponse();
          if (!isExpected(piece.getBody())) {
            fail("the request's body came back changed");
          } else if (piece.getEndOfStream()) {
            if (!picked || expected.hasRemaining()) {
              fail("picked %b, %d bytes not back".formatted(picked, expected.remaining()));
            } else {
              call.sendMessage(Messages.RESPONSE_HEADERS);
            }
          }
        }
        case RESPONSE_HEADERS -> sendChunk();
        case RESPONSE_BODY -> {
          var piece =
              message.getResponseBody().getResponse().getBodyMutation().getStreamedResponse();
          if (isExpected(piece.getBody())) {
            responsePiece(piece.getEndOfStream());
          } else {
            fail("the response came back changed");
          }
        }
        default -> fail("an answer of kind " + message.getResponseCase() + ": " + message);
      }
    }

    private void responsePiece(boolean endOfStream) {
      if (chunk == run.chunks.size()) {
        if (endOfStream) {
          succeed();
        } else {
          fail("the response's end came back without its mark");
        }
      } else if (endOfStream) {
        fail("the response's end came back before it was sent");
      } else if (!expected.hasRemaining()) {
        chunk++;
        if (run.shape.pace().isZero() || chunk == run.chunks.size()) {
          sendChunk();
        } else {
          var _ = pacer.schedule(this::sendChunk, run.shape.pace().toNanos(), TimeUnit.NANOSECONDS);
        }
      }
    }

    /** Whether these bytes are the next ones that should come back; then they have come. */
    private boolean isExpected(ByteString piece) {
      if (piece.size() > expected.remaining()) {
        return false;
      }
      int end = expected.position() + piece.size();
      boolean same =
          expected.slice(expected.position(), piece.size()).equals(piece.asReadOnlyByteBuffer());
      expected.position(end);
      return same;
    }

    private void sendChunk() {
      ProcessingRequest message =
          chunk < run.chunks.size() ? run.chunks.get(chunk) : Messages.RESPONSE_END;
      expected = message.getResponseBody().getBody().asReadOnlyByteBuffer();
      call.sendMessage(message);
    }

    private void succeed() {
      ended = true;
      run.whole.recordValue(micros(start));
      run.succeeded.incrementAndGet();
      call.halfClose();
      call.cancel("the request is over", null);
      run.ended(channel);
    }

    private void fail(String what) {
      ended = true;
      run.fail(what);
      call.cancel(what, null);
      run.ended(channel);
    }

    @Override
    public void onClose(io.grpc.Status status, io.grpc.Metadata trailers) {
      if (!ended) {
        ended = true;
        run.fail("the server ended the stream: " + status);
        run.ended(channel);
      }
    }

    private static long micros(long since) {
      return Math.min(HIGHEST_MICROS, (System.nanoTime() - since) / 1000);
    }
  }

  /** The messages, shaped and sized as Envoy's. */
  private static final class Messages {
    private static final int CHUNK_BYTES = 224;
    private static final Metadata NO_METADATA = Metadata.getDefaultInstance();

    static final ProcessingRequest RESPONSE_HEADERS =
        ProcessingRequest.newBuilder()
            .setResponseHeaders(
                HttpHeaders.newBuilder()
                    .setHeaders(
                        headers(
                            List.of(
                                Map.entry(":status", "200"),
                                Map.entry("date", "Sat, 21 Nov 2026 06:00:00 GMT"),
                                Map.entry("server", "uvicorn"),
                                Map.entry("content-type", "text/event-stream; charset=utf-8"),
                                Map.entry("x-request-id", "5d3f0c1a-0000-4000-8000-000000000001"),
                                Map.entry("x-envoy-upstream-service-time", "12")))))
            .setMetadataContext(NO_METADATA)
            .build();
    static final ProcessingRequest RESPONSE_END = responseBody(ByteString.EMPTY, true);

    private Messages() {}

    static ProcessingRequest requestHeaders(int bodyLength) {
      return ProcessingRequest.newBuilder()
          .setRequestHeaders(
              HttpHeaders.newBuilder()
                  .setHeaders(
                      headers(
                          List.of(
                              Map.entry(":authority", "llm.example.com"),
                              Map.entry(":path", "/v1/chat/completions"),
                              Map.entry(":method", "POST"),
                              Map.entry(":scheme", "http"),
                              Map.entry("user-agent", "OpenAI/Python 2.8.1"),
                              Map.entry("accept", "application/json"),
                              Map.entry("accept-encoding", "gzip, deflate"),
                              Map.entry("content-type", "application/json"),
                              Map.entry("content-length", Integer.toString(bodyLength)),
                              Map.entry("authorization", "Bearer sk-0123456789abcdef0123456789"),
                              Map.entry("x-forwarded-for", "10.0.0.17"),
                              Map.entry("x-forwarded-proto", "http"),
                              Map.entry("x-stainless-lang", "python"),
                              Map.entry("x-stainless-retry-count", "0"),
                              Map.entry("x-request-id", "5d3f0c1a-0000-4000-8000-000000000001")))))
          .setProtocolConfig(
              ProtocolConfiguration.newBuilder()
                  .setRequestBodyMode(BodySendMode.FULL_DUPLEX_STREAMED)
                  .setResponseBodyMode(BodySendMode.FULL_DUPLEX_STREAMED))
          .setMetadataContext(NO_METADATA)
          .build();
    }

    static ProcessingRequest requestBody(ByteString body, boolean endOfStream) {
      return ProcessingRequest.newBuilder()
          .setRequestBody(HttpBody.newBuilder().setBody(body).setEndOfStream(endOfStream))
          .setMetadataContext(NO_METADATA)
          .build();
    }

    static List<ProcessingRequest> responseChunks(int count, String model) {
      List<ProcessingRequest> chunks = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        String event = event(model, "");
        String padded = event(model, "x".repeat(Math.max(1, CHUNK_BYTES - event.length())));
        String end =
            i < count - 1
                ? ""
                : "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"model\":\""
                    + model
                    + "\",\"choices\":[],\"usage\":{\"prompt_tokens\":200,\"total_tokens\":300,"
                    + "\"completion_tokens\":100,\"prompt_tokens_details\":{\"cached_tokens\":96}}}"
                    + "\n\ndata: [DONE]\n\n";
        chunks.add(responseBody(ByteString.copyFrom(padded + end, StandardCharsets.UTF_8), false));
      }
      return chunks;
    }

    private static String event(String model, String content) {
      return "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,"
          + "\"model\":\""
          + model
          + "\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\""
          + content
          + "\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n";
    }

    private static ProcessingRequest responseBody(ByteString body, boolean endOfStream) {
      return ProcessingRequest.newBuilder()
          .setResponseBody(HttpBody.newBuilder().setBody(body).setEndOfStream(endOfStream))
          .setMetadataContext(NO_METADATA)
          .build();
    }

    private static HeaderMap headers(List<Map.Entry<String, String>> fields) {
      HeaderMap.Builder map = HeaderMap.newBuilder();
      for (Map.Entry<String, String> field : fields) {
        map.addHeaders(
            HeaderValue.newBuilder()
                .setKey(field.getKey())
                .setRawValue(ByteString.copyFromUtf8(field.getValue())));
      }
      return map.build();
    }
  }
}

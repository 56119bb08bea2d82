package io.pickwick.epp.extproc;

import static io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode.FULL_DUPLEX_STREAMED;
import static io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode.NONE;
import static io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode.STREAMED;
import static org.assertj.core.api.Assertions.assertThat;

import io.envoyproxy.envoy.service.ext_proc.v3.ImmediateResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingResponse;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.pickwick.epp.decide.Exchange;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How streams end, wait, and fail. */
class StreamLifeTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final byte[] BODY =
      "{\"model\":\"llama\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}"
          .getBytes(StandardCharsets.UTF_8);

  private final Picker picker = new Picker();

  @AfterEach
  void stop() {
    picker.close();
  }

  private FakeProxy.Stream duplex() {
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(FakeProxy.post(CHAT, FULL_DUPLEX_STREAMED, FULL_DUPLEX_STREAMED));
    return stream;
  }

  private static void request(FakeProxy.Stream stream) {
    stream.send(FakeProxy.requestBody(BODY, true));
    assertThat(stream.next().hasRequestHeaders()).isTrue();
    assertThat(stream.echo(false).bytes()).isEqualTo(BODY);
  }

  private void assertNothingLeft() {
    Waiting.until("all streams ended", () -> picker.server.streams() == 0);
    assertThat(picker.server.heldBytes()).isZero();
    assertThat(picker.decider.ends).isEmpty();
  }

  @Test
  void cancelledBeforeAnything() {
    FakeProxy.Stream stream = picker.proxy.open();
    Waiting.until("stream is open", () -> picker.server.streams() == 1);
    stream.cancel();
    assertNothingLeft();
  }

  @Test
  void cancelledWhileTheBodyIsHeld() {
    FakeProxy.Stream stream = duplex();
    stream.send(FakeProxy.requestBody(BODY, false));
    Waiting.until("body is held", () -> picker.server.heldBytes() > 0);
    stream.cancel();
    assertNothingLeft();
    assertThat(picker.decider.inquiries).isEmpty();
  }

  @Test
  void cancelledAfterThePick() {
    FakeProxy.Stream stream = duplex();
    request(stream);
    stream.cancel();
    assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.CANCELLED);
    assertNothingLeft();
  }

  @Test
  void cancelledAfterResponseHeaders() {
    FakeProxy.Stream stream = duplex();
    request(stream);
    stream.send(FakeProxy.responseHeaders(false));
    assertThat(stream.next().hasResponseHeaders()).isTrue();
    stream.cancel();
    assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.CANCELLED);
    assertNothingLeft();
  }

  @Test
  void cancelledInMidResponse() {
    FakeProxy.Stream stream = duplex();
    request(stream);
    stream.send(FakeProxy.responseHeaders(false));
    assertThat(stream.next().hasResponseHeaders()).isTrue();
    stream.send(FakeProxy.responseBody(BODY, false));
    assertThat(stream.next().hasResponseBody()).isTrue();
    stream.cancel();
    assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.CANCELLED);
    assertNothingLeft();
  }

  @Test
  void theConnectionBreaks() {
    FakeProxy.Stream stream = duplex();
    request(stream);
    picker.proxy.close();
    assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.CANCELLED);
    assertNothingLeft();
  }

  @Test
  void halfClosedBeforeTheBodyIsComplete() {
    FakeProxy.Stream stream = duplex();
    stream.send(FakeProxy.requestBody(BODY, false));
    stream.halfClose();
    assertThat(stream.end().isOk()).isTrue();
    assertNothingLeft();
  }

  @Test
  void aRequestThatStandsStillIsRefused() {
    FakeProxy.Stream stream = duplex();
    stream.send(FakeProxy.requestBody(BODY, false));
    Waiting.until("body is held", () -> picker.server.heldBytes() > 0);
    picker.ahead.addAndGet(TimeUnit.SECONDS.toNanos(31));
    ImmediateResponse refusal = stream.refusal();
    assertThat(refusal.getStatus().getCodeValue()).isEqualTo(503);
    assertThat(refusal.getDetails()).isEqualTo("pickwick_request_deadline");
    assertThat(refusal.getBody().toStringUtf8())
        .isEqualTo(
            "inference error: ServiceUnavailable - nothing came for 30 s before the request was"
                + " complete");
    assertThat(picker.server.heldBytes()).isZero();
    picker.ahead.addAndGet(TimeUnit.SECONDS.toNanos(31));
    assertThat(stream.end().isOk()).isTrue();
    assertNothingLeft();
  }

  @Test
  void aStreamThatSaysNothingIsClosed() {
    FakeProxy.Stream stream = picker.proxy.open();
    Waiting.until("stream is open", () -> picker.server.streams() == 1);
    picker.ahead.addAndGet(TimeUnit.SECONDS.toNanos(31));
    assertThat(stream.end().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    assertNothingLeft();
  }

  @Test
  void aResponseMayStandStill() {
    FakeProxy.Stream stream = duplex();
    request(stream);
    stream.send(FakeProxy.responseHeaders(false));
    assertThat(stream.next().hasResponseHeaders()).isTrue();
    picker.ahead.addAndGet(TimeUnit.HOURS.toNanos(1));
    FakeProxy.Stream other = picker.proxy.open();
    Waiting.until("other is open", () -> picker.server.streams() == 2);
    picker.ahead.addAndGet(TimeUnit.HOURS.toNanos(1));
    assertThat(other.end().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    stream.send(FakeProxy.responseBody(BODY, true));
    assertThat(stream.echo(true).bytes()).isEqualTo(BODY);
    stream.cancel();
    assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.COMPLETED);
  }

  @Test
  void anIdleResponseIsEndedWhenAskedFor() {
    ExtProcConfig usual = Picker.config();
    ExtProcConfig config =
        new ExtProcConfig(
            usual.address(),
            usual.tls(),
            usual.maxMessageBytes(),
            usual.maxBodyBytes(),
            usual.maxHeldBytes(),
            usual.requestDeadline(),
            Duration.ofSeconds(60));
    try (Picker strict = new Picker(config)) {
      FakeProxy.Stream stream = strict.proxy.open();
      stream.send(FakeProxy.post(CHAT, NONE, STREAMED));
      assertThat(stream.next().hasRequestHeaders()).isTrue();
      strict.ahead.addAndGet(TimeUnit.SECONDS.toNanos(61));
      assertThat(stream.end().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
      assertThat(strict.decider.nextEnd()).isEqualTo(Exchange.End.FAILED);
    }
  }

  @Test
  void aDeciderThatThrowsIsAnInternalError() {
    picker.decider.verdict =
        inquiry -> {
          throw new IllegalStateException("a test");
        };
    FakeProxy.Stream stream = duplex();
    stream.send(FakeProxy.requestBody(BODY, true));
    ImmediateResponse refusal = stream.refusal();
    assertThat(refusal.getStatus().getCodeValue()).isEqualTo(500);
    assertThat(refusal.getDetails()).isEqualTo("pickwick_internal_error");
    assertThat(refusal.getBody().toStringUtf8()).startsWith("inference error: Internal - ");
    stream.cancel();
    assertNothingLeft();
  }

  /** Sends bytes as they are. */
  private static final class Raw implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  void malformedProtobufEndsThatStreamOnly() throws InterruptedException {
    FakeProxy.Stream other = duplex();
    MethodDescriptor<byte[], byte[]> process =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
            .setFullMethodName(Health.EXT_PROC + "/Process")
            .setRequestMarshaller(new Raw())
            .setResponseMarshaller(new Raw())
            .build();
    BlockingQueue<Status> ends = new ArrayBlockingQueue<>(1);
    ClientCall<byte[], byte[]> call = picker.proxy.channel().newCall(process, CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onClose(Status status, Metadata trailers) {
            ends.add(status);
          }
        },
        new Metadata());
    call.request(1);
    call.sendMessage(new byte[] {0x12, 100, 1});
    Status status = ends.poll(20, TimeUnit.SECONDS);
    assertThat(status).isNotNull();
    assertThat(Status.Code.INVALID_ARGUMENT).isEqualTo(status.getCode());
    request(other);
    other.cancel();
    assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.CANCELLED);
    assertNothingLeft();
  }

  @Test
  void aSlowReaderIsWaitedFor() {
    FakeProxy.Stream stream = picker.proxy.open(1);
    stream.send(FakeProxy.post("/upload", FULL_DUPLEX_STREAMED, FULL_DUPLEX_STREAMED));
    assertThat(stream.next().hasRequestHeaders()).isTrue();
    byte[] chunk = new byte[1 << 20];
    int chunks = 40;
    for (int i = 0; i < chunks; i++) {
      stream.send(FakeProxy.requestBody(chunk, i == chunks - 1));
    }
    long bytes = 0;
    boolean end = false;
    while (!end) {
      stream.take(1);
      var streamed =
          stream.next().getRequestBody().getResponse().getBodyMutation().getStreamedResponse();
      bytes += streamed.getBody().size();
      end = streamed.getEndOfStream();
    }
    assertThat(bytes).isEqualTo((long) chunks * chunk.length);
    stream.cancel();
  }

  @Test
  void aSlowReaderDoesNotHoldUpOthersOnItsConnection() {
    FakeProxy.Stream slow = picker.proxy.open(1);
    slow.send(FakeProxy.post("/upload", FULL_DUPLEX_STREAMED, FULL_DUPLEX_STREAMED));
    assertThat(slow.next().hasRequestHeaders()).isTrue();
    byte[] chunk = new byte[1 << 20];
    for (int i = 0; i < 40; i++) {
      slow.send(FakeProxy.requestBody(chunk, false));
      FakeProxy.Stream other = picker.proxy.open();
      other.send(FakeProxy.post("/v1/models", NONE, NONE));
      assertThat(other.next().hasRequestHeaders()).isTrue();
      other.cancel();
    }
    slow.cancel();
  }

  @Test
  void aHeldBodyWaitsForASlowReader() {
    byte[] body = new byte[5_000_000];
    java.util.Arrays.fill(body, (byte) ' ');
    System.arraycopy(BODY, 0, body, 0, BODY.length);
    FakeProxy.Stream stream = picker.proxy.open(0);
    stream.send(FakeProxy.post(CHAT, FULL_DUPLEX_STREAMED, FULL_DUPLEX_STREAMED));
    stream.send(FakeProxy.requestBody(body, true));
    Waiting.until("the pick", () -> !picker.decider.inquiries.isEmpty());
    assertThat(picker.server.heldBytes()).isPositive();
    long bytes = 0;
    stream.take(1);
    assertThat(stream.next().hasRequestHeaders()).isTrue();
    while (bytes < body.length) {
      stream.take(1);
      bytes +=
          stream
              .next()
              .getRequestBody()
              .getResponse()
              .getBodyMutation()
              .getStreamedResponse()
              .getBody()
              .size();
    }
    assertThat(bytes).isEqualTo(body.length);
    Waiting.until("all bytes given back", () -> picker.server.heldBytes() == 0);
    stream.cancel();
  }

  @Test
  void tenThousandStreamsAtOnce() {
    int count = 10_000;
    List<FakeProxy.Stream> streams = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      streams.add(duplex());
    }
    Waiting.until("all are open", () -> picker.server.streams() == count);
    for (FakeProxy.Stream stream : streams) {
      stream.send(FakeProxy.requestBody(BODY, true));
    }
    for (FakeProxy.Stream stream : streams) {
      assertThat(stream.next().hasRequestHeaders()).isTrue();
      assertThat(stream.echo(false).bytes()).isEqualTo(BODY);
    }
    for (FakeProxy.Stream stream : streams) {
      stream.send(FakeProxy.responseHeaders(false));
      stream.send(FakeProxy.responseBody(BODY, true));
    }
    for (FakeProxy.Stream stream : streams) {
      ProcessingResponse headers = stream.next();
      assertThat(headers.hasResponseHeaders()).isTrue();
      assertThat(stream.echo(true).bytes()).isEqualTo(BODY);
      stream.cancel();
    }
    for (int i = 0; i < count; i++) {
      assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.COMPLETED);
    }
    assertNothingLeft();
  }

  @Test
  void drainLetsLiveStreamsEndAndTakesNoNewOnes() throws InterruptedException {
    FakeProxy.Stream stream = duplex();
    request(stream);
    Thread drain =
        Thread.ofVirtual()
            .start(() -> {
              try {
                picker.server.drain(Duration.ZERO, Duration.ofSeconds(20));
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    Waiting.until("not ready", () -> !picker.health.ready());
    stream.send(FakeProxy.responseHeaders(false));
    assertThat(stream.next().hasResponseHeaders()).isTrue();
    stream.send(FakeProxy.responseBody(BODY, true));
    assertThat(stream.echo(true).bytes()).isEqualTo(BODY);
    stream.halfClose();
    assertThat(stream.end().isOk()).isTrue();
    drain.join();
    assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.COMPLETED);
    FakeProxy.Stream late = picker.proxy.open();
    assertThat(late.end().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
  }
}

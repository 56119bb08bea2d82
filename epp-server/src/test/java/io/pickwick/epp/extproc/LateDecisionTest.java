package io.pickwick.epp.extproc;

import static io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode.BUFFERED;
import static io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode.FULL_DUPLEX_STREAMED;
import static org.assertj.core.api.Assertions.assertThat;

import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingResponse;
import io.pickwick.epp.decide.Exchange;
import io.pickwick.epp.decide.Verdict;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decisions that are made on another thread, after the body's last message was handled. */
class LateDecisionTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final byte[] BODY =
      ("{\"model\":\"llama\",\"messages\":[{\"role\":\"user\",\"content\":\""
              + "x".repeat(200_000)
              + "\"}]}")
          .getBytes(StandardCharsets.UTF_8);

  private Picker picker = new Picker();

  @AfterEach
  void stop() {
    picker.close();
  }

  private FakeProxy.Stream asked() {
    picker.decider.late = true;
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(FakeProxy.post(CHAT, FULL_DUPLEX_STREAMED, FULL_DUPLEX_STREAMED));
    stream.send(FakeProxy.requestBody(Arrays.copyOf(BODY, 500), false));
    stream.send(FakeProxy.requestBody(Arrays.copyOfRange(BODY, 500, 70_000), false));
    stream.send(FakeProxy.requestBody(Arrays.copyOfRange(BODY, 70_000, BODY.length), true));
    return stream;
  }

  @Test
  void everyByteGoesBackWhenTheDecisionComesLater() {
    FakeProxy.Stream stream = asked();
    RecordingDecider.Late late = picker.decider.nextLate();
    assertThat(late.body()).isEqualTo(BODY);
    assertThat(stream.quiet()).isTrue();
    late.decide();
    assertThat(stream.next().hasRequestHeaders()).isTrue();
    assertThat(stream.echo(false).bytes()).isEqualTo(BODY);
    stream.cancel();
    assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.CANCELLED);
    assertThat(picker.server.heldBytes()).isZero();
  }

  @Test
  void theModelIsRewrittenWhenTheDecisionComesLater() {
    FakeProxy.Stream stream = asked();
    picker.decider.verdict =
        inquiry -> picker.decider.route(picker.decider.new Recorded(Optional.of("other")));
    picker.decider.nextLate().decide();
    assertThat(stream.next().hasRequestHeaders()).isTrue();
    assertThat(new String(stream.echo(false).bytes(), StandardCharsets.UTF_8))
        .isEqualTo(new String(BODY, StandardCharsets.UTF_8).replace("\"llama\"", "\"other\""));
  }

  @Test
  void trailersThatComeBeforeTheDecisionGoBackBehindTheBody() {
    picker.decider.late = true;
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(FakeProxy.post(CHAT, FULL_DUPLEX_STREAMED, FULL_DUPLEX_STREAMED));
    stream.send(FakeProxy.requestBody(BODY, false));
    stream.send(FakeProxy.requestTrailers());
    stream.send(FakeProxy.requestTrailers());
    picker.decider.nextLate().decide();
    assertThat(picker.decider.waiting).isEmpty();
    assertThat(stream.next().hasRequestHeaders()).isTrue();
    FakeProxy.Echo echo = stream.echo(false);
    assertThat(echo.bytes()).isEqualTo(BODY);
    assertThat(echo.trailers()).isTrue();
  }

  @Test
  void aStreamThatIsHalfClosedMeanwhileIsStillAnswered() {
    FakeProxy.Stream stream = asked();
    stream.halfClose();
    picker.decider.nextLate().decide();
    assertThat(stream.next().hasRequestHeaders()).isTrue();
    assertThat(stream.echo(false).bytes()).isEqualTo(BODY);
    assertThat(stream.end().isOk()).isTrue();
    assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.CANCELLED);
  }

  @Test
  void aPickForAStreamThatIsGoneIsReleasedAtOnce() {
    FakeProxy.Stream stream = asked();
    RecordingDecider.Late late = picker.decider.nextLate();
    stream.cancel();
    Waiting.until("the stream is over", () -> picker.server.streams() == 0);
    assertThat(picker.server.heldBytes()).isZero();
    late.decide();
    assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.CANCELLED);
  }

  @Test
  void aRefusalMayComeLate() {
    FakeProxy.Stream stream = asked();
    picker.decider.verdict = inquiry -> new Verdict.Refused(503, "ServiceUnavailable", "no", "no");
    picker.decider.nextLate().decide();
    assertThat(stream.refusal().getStatus().getCodeValue()).isEqualTo(503);
    assertThat(picker.server.heldBytes()).isZero();
  }

  @Test
  void aDecisionThatNeverComesIsRefusedAtTheDeadline() {
    picker.close();
    picker = new Picker(Picker.config(64L << 20, 512L << 20, Duration.ofSeconds(5)));
    FakeProxy.Stream stream = asked();
    RecordingDecider.Late late = picker.decider.nextLate();
    picker.ahead.addAndGet(TimeUnit.SECONDS.toNanos(6));
    assertThat(stream.refusal().getStatus().getCodeValue()).isEqualTo(503);
    late.decide();
    assertThat(picker.decider.nextEnd()).isEqualTo(Exchange.End.FAILED);
    assertThat(picker.server.heldBytes()).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aBufferedBodyIsAnsweredLateAndItsTrailersAfterIt(boolean trailers) {
    picker.decider.late = true;
    FakeProxy.Stream stream = picker.proxy.open();
    stream.send(FakeProxy.post(CHAT, BUFFERED, BUFFERED));
    assertThat(stream.next().hasRequestHeaders()).isTrue();
    stream.send(FakeProxy.requestBody(BODY, !trailers));
    RecordingDecider.Late late = picker.decider.nextLate();
    assertThat(late.body()).isEqualTo(BODY);
    if (trailers) {
      stream.send(FakeProxy.requestTrailers());
    }
    late.decide();
    ProcessingResponse answer = stream.next();
    assertThat(answer.hasRequestBody()).isTrue();
    assertThat(
            answer
                .getDynamicMetadata()
                .getFieldsOrThrow("envoy.lb")
                .getStructValue()
                .getFieldsCount())
        .isPositive();
    if (trailers) {
      assertThat(stream.next().hasRequestTrailers()).isTrue();
    }
  }
}

package io.pickwick.epp.extproc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.pickwick.epp.decide.Exchange;
import io.pickwick.epp.decide.Inquiry;
import io.pickwick.epp.decide.Verdict;
import io.pickwick.epp.extproc.wire.Answer;
import io.pickwick.epp.extproc.wire.BodyMode;
import io.pickwick.epp.extproc.wire.Direction;
import io.pickwick.epp.extproc.wire.Headers;
import io.pickwick.epp.extproc.wire.ProcessingRequest;
import io.pickwick.epp.request.Api;
import io.pickwick.epp.request.RequestFacts;
import io.pickwick.kv.hash.PromptKeys;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One HTTP request as Envoy tells it: a stream of messages in, a stream of answers out.
 *
 * <p>The two directions are served by a {@link RequestPhase} and a {@link ResponsePhase}; this
 * class holds what they share and the stream's life.
 */
final class ProcessStream extends ServerCall.Listener<ProcessingRequest> {
  /*
   * Everything runs on one event loop, message by message, so nothing is locked.
   *
   * Flow: one message is asked for at a time. The next one is asked for at once unless the last one
   * made us send body bytes that Envoy does not take yet; then it waits for onReady. Headers and
   * trailers are never held back, so that an early response can overtake a request body that nobody
   * reads any more.
   *
   * End: Envoy normally cancels the stream when it needs nothing more, so cancellation, half-close
   * and completion all lead to finish(), of which the first call counts. We close first only when
   * Envoy has half-closed and everything is answered, or when nothing sensible can be sent any more.
   */
  private static final Logger LOG = LoggerFactory.getLogger(ProcessStream.class);

  /** The longest piece of a body in one answer: data planes other than Envoy refuse long ones. */
  static final int PIECE = 62_000;

  private static final int UNSENT_BYTES = 256 * 1024;
  private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final ServerCall<ProcessingRequest, Answer> call;
  private final Services services;
  private final Lane lane;
  private final long startNanos;

  // The lane's list of waiting streams.
  @Nullable ProcessStream next;
  @Nullable ProcessStream previous;
  boolean awaited;

  private long progressNanos;
  private BodyMode requestMode = BodyMode.UNKNOWN;
  private BodyMode responseMode = BodyMode.UNKNOWN;
  private Optional<List<String>> subset = Optional.empty();
  private String served = "";
  private @Nullable RequestPhase request;
  private @Nullable ResponsePhase response;
  private @Nullable RequestHead head;
  private @Nullable ResponseWatch watch;
  private boolean observing;
  private boolean headersSent;
  private boolean bodySent;
  private boolean paused;
  private boolean halfClosed;
  private boolean refused;
  private boolean failed;
  private boolean responseEnded;
  private boolean closed;
  private boolean finished;

  ProcessStream(ServerCall<ProcessingRequest, Answer> call, Services services, Lane lane) {
    this.call = call;
    this.services = services;
    this.lane = lane;
    this.startNanos = services.nanos().getAsLong();
    this.progressNanos = startNanos;
  }

  void start() {
    lane.opened();
    lane.await(this);
    call.setOnReadyThreshold(UNSENT_BYTES);
    call.request(1);
  }

  @Override
  public void onMessage(ProcessingRequest message) {
    if (awaited) {
      progressNanos = services.nanos().getAsLong();
    }
    bodySent = false;
    if (!over()) {
      try {
        handle(message);
      } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
        fail(e);
      }
    }
    if (closed) {
      return;
    }
    if (bodySent && !call.isReady()) {
      paused = true;
    } else {
      call.request(1);
    }
  }

  private void handle(ProcessingRequest message) {
    if (message.observability()) {
      observing = true;
      lane.forget(this);
    }
    if (observing) {
      return;
    }
    if (message.configured()) {
      requestMode = message.requestMode();
      responseMode = message.responseMode();
    }
    if (message.subset().isPresent()) {
      subset = message.subset();
    }
    if (!message.served().isEmpty()) {
      served = message.served();
    }
    switch (message.kind()) {
      case REQUEST_HEADERS -> requestHeaders(message);
      case REQUEST_BODY -> request().body(message);
      case REQUEST_TRAILERS -> request().trailers();
      case RESPONSE_HEADERS -> response().headers(message);
      case RESPONSE_BODY -> response().body(message);
      case RESPONSE_TRAILERS -> response().trailers();
      case OTHER -> LOG.debug("A message of an unknown kind is not answered");
      case MALFORMED ->
          close(Status.INVALID_ARGUMENT.withDescription("malformed ProcessingRequest"));
    }
  }

  private void requestHeaders(ProcessingRequest message) {
    if (request != null) {
      return;
    }
    RequestHead came = RequestHead.of(message.headers(), lane.ids());
    head = came;
    RequestPhase phase = RequestPhase.of(requestMode, this, came);
    request = phase;
    phase.headers(message.endOfStream());
  }

  /** The request's phase; one that is not routed when its headers are not shown to us. */
  private RequestPhase request() {
    RequestPhase phase = request;
    if (phase == null) {
      phase = new HeadlessRequest(this, requestMode, RequestHead.of(Headers.NONE, lane.ids()));
      request = phase;
      lane.forget(this);
    }
    return phase;
  }

  private ResponsePhase response() {
    ResponsePhase phase = response;
    if (phase == null) {
      phase = ResponsePhase.of(responseMode, this);
      response = phase;
      if (services.config().responseIdle().isZero()) {
        lane.forget(this);
      }
    }
    return phase;
  }

  ExtProcConfig config() {
    return services.config();
  }

  HeldBytes held() {
    return services.held();
  }

  Answer answer() {
    return lane.answer();
  }

  BodyScan scan(Api api) {
    return new BodyScan(api, services.config().maxBodyBytes(), services.prompts().get());
  }

  /** Whether Envoy takes more. */
  boolean ready() {
    return call.isReady();
  }

  /** Whether nothing more is to be sent. */
  boolean over() {
    return refused || closed || finished;
  }

  Optional<ResponseWatch> watch() {
    return Optional.ofNullable(watch);
  }

  /** The endpoint that answered, as far as the proxy told. */
  String served() {
    return served;
  }

  /** Asks for a decision by the headers; without one the request is refused already. */
  Optional<Exchange> route(RequestFacts facts) {
    return accept(services.decider().decide(inquiry(facts, PromptKeys.NONE)), facts);
  }

  /**
   * Asks for a decision by the whole body, which may come later; {@code then} goes on with it
   * unless the request is refused or over by then.
   */
  void route(
      RequestFacts facts, PromptKeys prompt, Supplier<InputStream> body, Consumer<Exchange> then) {
    services
        .decider()
        .decide(inquiry(facts, prompt), body, lane, verdict -> decided(verdict, facts, then));
  }

  private void decided(Verdict verdict, RequestFacts facts, Consumer<Exchange> then) {
    if (over()) {
      if (verdict instanceof Verdict.Routed routed) {
        new ResponseWatch(routed.exchange(), facts.model()).finish(how());
      }
      return;
    }
    try {
      accept(verdict, facts).ifPresent(then);
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      fail(e);
    }
    closeIfDone();
  }

  private Inquiry inquiry(RequestFacts facts, PromptKeys prompt) {
    RequestHead of = head;
    if (of == null) {
      throw new IllegalStateException("no request headers");
    }
    return new Inquiry(
        of.requestId(),
        of.path(),
        facts,
        prompt,
        of,
        subset,
        startNanos,
        responseMode == BodyMode.NONE);
  }

  private Optional<Exchange> accept(Verdict verdict, RequestFacts facts) {
    return switch (verdict) {
      case Verdict.Routed routed -> {
        if (services.config().responseIdle().isZero()) {
          lane.forget(this);
        }
        watch = new ResponseWatch(routed.exchange(), facts.model());
        yield Optional.of(routed.exchange());
      }
      case Verdict.Refused refusal -> {
        sendRefusal(refusal);
        yield Optional.empty();
      }
    };
  }

  /** Refuses a request that was not decided yet. */
  void refuse(Verdict.Refused refusal) {
    try {
      RequestHead of = head;
      services.decider().refused(of == null ? "" : of.requestId(), refusal);
    } catch (RuntimeException e) {
      LOG.warn("A refusal was not counted", e);
    }
    sendRefusal(refusal);
  }

  private void sendRefusal(Verdict.Refused refusal) {
    int retryAfter = refusal.status() == 429 || refusal.status() == 503 ? 1 : 0;
    send(
        answer()
            .immediate(
                refusal.status(),
                "inference error: " + refusal.code() + " - " + refusal.message(),
                retryAfter,
                refusal.details()));
    refused = true;
    RequestPhase phase = request;
    if (phase != null) {
      phase.release();
    }
  }

  void send(Answer answer) {
    if (!headersSent) {
      headersSent = true;
      call.sendHeaders(new Metadata());
    }
    call.sendMessage(answer);
  }

  /** Sends bytes of a body: the next message waits until Envoy has room again. */
  void sendBody(Answer answer) {
    bodySent = true;
    send(answer);
  }

  /** Sends a full duplex chunk in pieces, the last of them saying whether the body ends. */
  void sendChunk(Direction direction, byte[] bytes, int offset, int length, boolean end) {
    int at = offset;
    int left = length;
    while (left > PIECE) {
      sendBody(answer().chunk(direction, bytes, at, PIECE, false));
      at += PIECE;
      left -= PIECE;
    }
    if (left == 0 && !end) {
      return;
    }
    Answer last = answer().chunk(direction, bytes, at, left, end);
    ResponseWatch watching = watch;
    if (end && direction == Direction.RESPONSE && watching != null) {
      watching.tellUsage(last);
    }
    sendBody(last);
  }

  /** The response has been answered to its end. */
  void responseEnded() {
    responseEnded = true;
    ResponseWatch watching = watch;
    if (watching != null) {
      watching.end();
    }
  }

  @Override
  public void onReady() {
    RequestPhase phase = request;
    if (phase != null && !over()) {
      try {
        phase.ready();
      } catch (RuntimeException e) {
        fail(e);
      }
    }
    if (paused && !closed) {
      paused = false;
      call.request(1);
    }
    closeIfDone();
  }

  @Override
  public void onHalfClose() {
    halfClosed = true;
    closeIfDone();
  }

  private void closeIfDone() {
    RequestPhase phase = request;
    if (halfClosed && !closed && (over() || phase == null || phase.answered())) {
      close(Status.OK);
    }
  }

  @Override
  public void onCancel() {
    finish();
  }

  @Override
  public void onComplete() {
    finish();
  }

  /** Whether the stream has waited too long; asked about once a second. */
  boolean late() {
    long waited = services.nanos().getAsLong() - progressNanos;
    return waited >= limitNanos();
  }

  private long limitNanos() {
    ExtProcConfig config = services.config();
    if (!refused && (response != null || watch != null)) {
      long idle = config.responseIdle().toNanos();
      return idle == 0 ? Long.MAX_VALUE : idle;
    }
    long limit = config.requestDeadline().toNanos();
    return request != null && !refused && requestMode == BodyMode.UNKNOWN
        ? Math.min(limit, SETTLE_NANOS)
        : limit;
  }

  /** The stream has waited too long. */
  void expire() {
    try {
      RequestPhase phase = request;
      if (refused || phase == null || response != null || watch != null) {
        failed |= watch != null;
        close(refused ? Status.OK : Status.DEADLINE_EXCEEDED.withDescription("no message came"));
      } else if (!phase.settle()
          && services.nanos().getAsLong() - progressNanos
              >= services.config().requestDeadline().toNanos()) {
        progressNanos = services.nanos().getAsLong();
        refuse(Refusals.late(services.config().requestDeadline()));
      }
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  /** Something of ours broke: the client gets an error while it still can. */
  private void fail(Throwable e) {
    LOG.error("A stream failed", e);
    failed = true;
    if (over()) {
      return;
    }
    try {
      if (response == null) {
        refuse(Verdict.Refused.internal());
      } else {
        close(Status.INTERNAL.withDescription("the endpoint picker failed on this response"));
      }
    } catch (RuntimeException second) {
      close(Status.INTERNAL.withCause(second));
    }
  }

  private void close(Status status) {
    if (!closed) {
      closed = true;
      call.close(status, new Metadata());
    }
    finish();
  }

  private void finish() {
    if (finished) {
      return;
    }
    finished = true;
    lane.closed();
    lane.forget(this);
    RequestPhase phase = request;
    if (phase != null) {
      phase.release();
    }
    ResponseWatch watching = watch;
    if (watching != null) {
      watching.finish(how());
    }
  }

  private Exchange.End how() {
    if (failed || refused) {
      return Exchange.End.FAILED;
    }
    if (responseEnded) {
      return Exchange.End.COMPLETED;
    }
    return responseMode == BodyMode.NONE ? Exchange.End.DETACHED : Exchange.End.CANCELLED;
  }
}

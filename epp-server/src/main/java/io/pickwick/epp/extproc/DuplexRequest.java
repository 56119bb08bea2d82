package io.pickwick.epp.extproc;

import io.pickwick.epp.decide.Exchange;
import io.pickwick.epp.extproc.wire.Direction;
import io.pickwick.epp.extproc.wire.ProcessingRequest;
import io.pickwick.epp.request.Api;
import io.pickwick.epp.request.ScanOutcome;
import io.pickwick.epp.request.Splice;
import org.jspecify.annotations.Nullable;

/**
 * Body mode FULL_DUPLEX_STREAMED: everything is held until the request is complete, then answered
 * in order: headers with the pick, the same bytes, the trailers.
 *
 * <p>A body that is not read is not held either: the headers decide, and its chunks go straight
 * back. The same class serves a proxy that does not say its modes: if no body comes for a while
 * there the headers decide as well, and what may still come is not sent back.
 */
final class DuplexRequest extends RequestPhase {
  private enum State {
    /** Chunks are kept. */
    HOLDING,
    /** The body is useless: chunks are dropped until it can be refused. */
    DROPPING,
    /** The body is complete and the pick is being made. */
    DECIDING,
    /** The pick is made: what is kept goes out, and what comes goes straight back. */
    PASSING,
    /** The proxy seems to wait for no body; if one comes it goes on as it is. */
    SETTLED,
    /** All is answered. */
    DONE
  }

  private final boolean inferred;
  private State state = State.HOLDING;
  private HeldBody body = new HeldBody();
  private @Nullable BodyScan scan;
  private long charged;
  private long dropped;
  private boolean bodySeen;
  private boolean ended;
  private boolean endOwed;
  private boolean trailersOwed;

  DuplexRequest(ProcessStream stream, RequestHead head, boolean inferred) {
    super(stream, head);
    this.inferred = inferred;
  }

  @Override
  void headers(boolean end) {
    long limit = stream.config().maxBodyBytes();
    if (end) {
      ended = true;
      state = State.PASSING;
      routeByHeaders();
    } else if (head.api() == Api.PASSTHROUGH && !inferred) {
      state = State.PASSING;
      routeByHeaders();
    } else if (head.contentLength() > limit) {
      stream.refuse(Refusals.tooLarge(limit));
    } else if (head.api() != Api.PASSTHROUGH) {
      scan = stream.scan(head.api());
    }
  }

  @Override
  void body(ProcessingRequest message) {
    if (ended) {
      return; // Envoy may say the end twice
    }
    bodySeen = true;
    ended = message.endOfStream();
    switch (state) {
      case HOLDING -> hold(message);
      case DROPPING -> drop(message.bodyLength());
      case PASSING ->
          stream.sendChunk(
              Direction.REQUEST,
              message.bytes(),
              message.bodyOffset(),
              message.bodyLength(),
              ended);
      case SETTLED -> passBody();
      case DECIDING, DONE -> {}
    }
  }

  private void hold(ProcessingRequest message) {
    int length = message.bodyLength();
    if (length > 0) {
      long limit = stream.config().maxBodyBytes();
      if (body.length() + length > limit) {
        stream.refuse(Refusals.tooLarge(limit));
        return;
      }
      long cost = body.add(message.bytes(), message.bodyOffset(), length);
      if (!stream.held().take(cost)) {
        stream.refuse(Refusals.tooManyHeld(stream.config().maxHeldBytes()));
        return;
      }
      charged += cost;
      BodyScan reading = scan;
      if (reading != null) {
        reading.feed(message);
        if (!ended && reading.malformed()) {
          state = State.DROPPING;
          dropped = body.length();
          release();
        }
      }
    }
    if (ended) {
      decide();
    }
  }

  /** A client that is still sending would miss the refusal, so it may go on up to the limit. */
  private void drop(int length) {
    dropped += length;
    if (ended || dropped > stream.config().maxBodyBytes()) {
      decide();
    }
  }

  private void decide() {
    BodyScan reading = scan;
    scan = null;
    if (reading == null) {
      endOwed = !trailersOwed;
      state = State.PASSING;
      routeByHeaders();
      pump();
      return;
    }
    switch (reading.finish()) {
      case ScanOutcome.Malformed malformed ->
          stream.refuse(Refusals.malformed(malformed.message()));
      case ScanOutcome.Read read -> {
        state = State.DECIDING;
        HeldBody whole = body;
        stream.route(read.facts(), reading.keys(), whole::open, exchange -> routed(read, exchange));
      }
    }
  }

  private void routed(ScanOutcome.Read read, Exchange exchange) {
    Splice splice = Splice.of(read, exchange.rewrite(), exchange.quiet());
    if (!splice.isEmpty()) {
      body = body.spliced(splice);
    }
    endOwed = !trailersOwed;
    state = State.PASSING;
    stream.send(
        stream
            .answer()
            .pick(exchange.destination(), exchange.rank(), head.idToSet(), read.facts().model()));
    pump();
  }

  @Override
  void trailers() {
    ended = true;
    switch (state) {
      case HOLDING, DROPPING -> {
        trailersOwed = true;
        decide();
      }
      case DECIDING -> trailersOwed = true;
      case PASSING -> {
        trailersOwed = true;
        pump();
      }
      case SETTLED -> {
        state = State.DONE;
        passTrailers();
      }
      case DONE -> {}
    }
  }

  /** Sends what is kept as long as Envoy takes it. */
  private void pump() {
    while (!stream.over() && !body.sent() && stream.ready()) {
      stream.sendBody(body.next(stream.answer(), ProcessStream.PIECE, endOwed));
      if (body.sent()) {
        endOwed = false;
      }
    }
    if (stream.over() || !body.sent()) {
      return;
    }
    release();
    if (endOwed) {
      endOwed = false;
      stream.sendBody(stream.answer().chunk(Direction.REQUEST, new byte[0], 0, 0, true));
    }
    if (trailersOwed) {
      state = State.DONE;
      passTrailers();
    }
  }

  @Override
  void ready() {
    if (state == State.PASSING) {
      pump();
    }
  }

  @Override
  boolean answered() {
    return switch (state) {
      case DECIDING -> false;
      case PASSING -> body.sent() && !trailersOwed;
      case HOLDING, DROPPING, SETTLED, DONE -> true;
    };
  }

  @Override
  boolean settle() {
    if (!inferred || bodySeen || state != State.HOLDING) {
      return false;
    }
    scan = null;
    state = State.SETTLED;
    routeByHeaders();
    return true;
  }

  @Override
  void release() {
    if (!body.sent()) {
      body = new HeldBody();
    }
    stream.held().giveBack(charged);
    charged = 0;
  }
}

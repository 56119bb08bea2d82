package io.pickwick.epp.extproc;

import io.pickwick.epp.decide.Exchange;
import io.pickwick.epp.extproc.wire.BodyMode;
import io.pickwick.epp.extproc.wire.Direction;
import io.pickwick.epp.extproc.wire.ProcessingRequest;
import io.pickwick.epp.request.RequestFacts;
import java.util.Optional;

/** The request's half of a stream: one class for each way to decide. */
abstract sealed class RequestPhase
    permits DuplexRequest, BufferedRequest, HeadersOnlyRequest, HeadlessRequest {
  final ProcessStream stream;
  final RequestHead head;

  RequestPhase(ProcessStream stream, RequestHead head) {
    this.stream = stream;
    this.head = head;
  }

  static RequestPhase of(BodyMode mode, ProcessStream stream, RequestHead head) {
    return switch (mode) {
      case FULL_DUPLEX_STREAMED -> new DuplexRequest(stream, head, /* inferred= */ false);
      case UNKNOWN -> new DuplexRequest(stream, head, /* inferred= */ true);
      case BUFFERED -> new BufferedRequest(stream, head, /* partial= */ false);
      case BUFFERED_PARTIAL -> new BufferedRequest(stream, head, /* partial= */ true);
      case STREAMED, NONE -> new HeadersOnlyRequest(stream, head);
    };
  }

  /** The headers came; {@code end} when nothing follows them. */
  abstract void headers(boolean end);

  /** A piece of the body came. */
  abstract void body(ProcessingRequest message);

  /** The trailers came. */
  abstract void trailers();

  /** More can be sent. */
  void ready() {}

  /** Whether everything that came has been answered. */
  boolean answered() {
    return true;
  }

  /** Nothing came for a while; true when that was of use. */
  boolean settle() {
    return false;
  }

  /** The stream is over: gives back what is held. */
  void release() {}

  /** Chooses by the headers alone and answers them with the pick. */
  final void routeByHeaders() {
    Optional<Exchange> routed =
        stream.route(RequestFacts.unread(Math.max(0, head.contentLength())));
    if (routed.isPresent()) {
      Exchange exchange = routed.get();
      stream.send(
          stream
              .answer()
              .pick(exchange.destination(), exchange.rank(), head.idToSet(), /* model= */ ""));
    }
  }

  final void passBody() {
    stream.send(stream.answer().body(Direction.REQUEST));
  }

  final void passTrailers() {
    stream.send(stream.answer().trailers(Direction.REQUEST));
  }
}

package io.pickwick.epp.extproc;

import io.pickwick.epp.extproc.wire.Direction;
import io.pickwick.epp.extproc.wire.ProcessingRequest;

/**
 * Body mode NONE: Envoy ends the stream once the headers are answered, and the response goes on
 * unseen.
 */
final class HeadersOnlyResponse extends ResponsePhase {
  HeadersOnlyResponse(ProcessStream stream) {
    super(stream);
  }

  /** Not announced, but a filter further up may have switched it on. */
  @Override
  void body(ProcessingRequest message) {
    stream.send(stream.answer().body(Direction.RESPONSE));
    if (message.endOfStream()) {
      stream.responseEnded();
    }
  }

  @Override
  void trailers() {
    stream.send(stream.answer().trailers(Direction.RESPONSE));
    stream.responseEnded();
  }
}

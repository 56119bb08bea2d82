package io.pickwick.epp.extproc;

import io.pickwick.epp.extproc.wire.BodyMode;
import io.pickwick.epp.extproc.wire.Direction;
import io.pickwick.epp.extproc.wire.ProcessingRequest;

/** A request whose headers Envoy does not show: nothing can be routed, so it goes on as it is. */
final class HeadlessRequest extends RequestPhase {
  private final boolean duplex;
  private boolean ended;

  HeadlessRequest(ProcessStream stream, BodyMode mode, RequestHead head) {
    super(stream, head);
    this.duplex = mode == BodyMode.FULL_DUPLEX_STREAMED || mode == BodyMode.UNKNOWN;
  }

  @Override
  void headers(boolean end) {
    stream.send(stream.answer().headers(Direction.REQUEST));
  }

  @Override
  void body(ProcessingRequest message) {
    if (!duplex) {
      passBody();
    } else if (!ended) {
      ended = message.endOfStream();
      stream.sendChunk(
          Direction.REQUEST, message.bytes(), message.bodyOffset(), message.bodyLength(), ended);
    }
  }

  @Override
  void trailers() {
    passTrailers();
  }
}

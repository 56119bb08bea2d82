package io.pickwick.epp.extproc;

import io.pickwick.epp.extproc.wire.ProcessingRequest;

/**
 * Body mode STREAMED: the headers alone decide, for Envoy wants them answered before it sends the
 * body and cannot be relied on to take a destination later. The body goes on unread.
 */
final class StreamedRequest extends RequestPhase {
  StreamedRequest(ProcessStream stream, RequestHead head) {
    super(stream, head);
  }

  @Override
  void headers(boolean end) {
    routeByHeaders();
  }

  @Override
  void body(ProcessingRequest message) {
    passBody();
  }

  @Override
  void trailers() {
    passTrailers();
  }
}

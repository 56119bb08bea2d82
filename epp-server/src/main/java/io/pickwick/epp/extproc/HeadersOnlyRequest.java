package io.pickwick.epp.extproc;

import io.pickwick.epp.extproc.wire.ProcessingRequest;

/**
 * Body modes NONE and STREAMED: the headers alone decide. In STREAMED Envoy wants them answered
 * before it sends the body and cannot be relied on to take a destination later, so the body goes on
 * unread.
 */
final class HeadersOnlyRequest extends RequestPhase {
  HeadersOnlyRequest(ProcessStream stream, RequestHead head) {
    super(stream, head);
  }

  @Override
  void headers(boolean end) {
    routeByHeaders();
  }

  /** With NONE not announced, but a filter further up may have switched it on. */
  @Override
  void body(ProcessingRequest message) {
    passBody();
  }

  @Override
  void trailers() {
    passTrailers();
  }
}

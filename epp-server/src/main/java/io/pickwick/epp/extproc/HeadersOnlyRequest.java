package io.pickwick.epp.extproc;

import io.pickwick.epp.extproc.wire.ProcessingRequest;

/** Body mode NONE: the headers alone decide. */
final class HeadersOnlyRequest extends RequestPhase {
  HeadersOnlyRequest(ProcessStream stream, RequestHead head) {
    super(stream, head);
  }

  @Override
  void headers(boolean end) {
    routeByHeaders();
  }

  /** Not announced, but a filter further up may have switched it on. */
  @Override
  void body(ProcessingRequest message) {
    passBody();
  }

  @Override
  void trailers() {
    passTrailers();
  }
}

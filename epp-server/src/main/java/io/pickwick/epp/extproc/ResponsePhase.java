package io.pickwick.epp.extproc;

import io.pickwick.epp.extproc.wire.BodyMode;
import io.pickwick.epp.extproc.wire.Direction;
import io.pickwick.epp.extproc.wire.ProcessingRequest;
import io.pickwick.epp.request.ModelRestorer;
import io.pickwick.epp.request.ResponseMeter;
import java.util.Map;
import java.util.Optional;

/** The response's half of a stream: one class per body mode. */
abstract sealed class ResponsePhase permits DuplexResponse, PiecewiseResponse, HeadersOnlyResponse {
  final ProcessStream stream;
  private boolean headersSeen;

  ResponsePhase(ProcessStream stream) {
    this.stream = stream;
  }

  static ResponsePhase of(BodyMode mode, ProcessStream stream) {
    return switch (mode) {
      case FULL_DUPLEX_STREAMED, UNKNOWN -> new DuplexResponse(stream);
      case STREAMED -> new PiecewiseResponse(stream, /* whole= */ false, /* exact= */ false);
      case BUFFERED -> new PiecewiseResponse(stream, /* whole= */ true, /* exact= */ true);
      case BUFFERED_PARTIAL -> new PiecewiseResponse(stream, /* whole= */ true, /* exact= */ false);
      case NONE -> new HeadersOnlyResponse(stream);
    };
  }

  /** The headers came. */
  final void headers(ProcessingRequest message) {
    if (headersSeen) {
      return;
    }
    headersSeen = true;
    Optional<ResponseWatch> watch = stream.watch();
    if (watch.isPresent()) {
      watch.get().headers(message.headers(), stream.served());
      Map<String, String> set = watch.get().exchange().replyHeaders();
      stream.send(stream.answer().responseHeaders(set));
    } else {
      stream.send(stream.answer().headers(Direction.RESPONSE));
    }
    if (message.endOfStream()) {
      stream.responseEnded();
    }
  }

  /** A piece of the body came. */
  abstract void body(ProcessingRequest message);

  /** The trailers came. */
  abstract void trailers();

  /** What puts the client's model name back, if another one was asked for. */
  final Optional<ModelRestorer> restorer() {
    Optional<ResponseWatch> watch = stream.watch();
    if (watch.isEmpty()) {
      return Optional.empty();
    }
    Optional<String> rewrite = watch.get().exchange().rewrite();
    ResponseMeter.Format format = watch.get().format();
    if (rewrite.isEmpty()
        || watch.get().model().isEmpty()
        || format == ResponseMeter.Format.OPAQUE) {
      return Optional.empty();
    }
    return Optional.of(
        new ModelRestorer(
            watch.get().model(), rewrite.get(), format == ResponseMeter.Format.EVENTS));
  }
}

package io.pickwick.epp.extproc;

import io.pickwick.epp.extproc.wire.Answer;
import io.pickwick.epp.extproc.wire.Direction;
import io.pickwick.epp.extproc.wire.ProcessingRequest;
import io.pickwick.epp.request.ModelRestorer;
import java.io.ByteArrayOutputStream;
import java.util.Optional;

/**
 * Body modes STREAMED, BUFFERED and BUFFERED_PARTIAL: one answer for each message, empty unless the
 * client's model name must be put back.
 */
final class PiecewiseResponse extends ResponsePhase {
  private final boolean whole;
  private final boolean exact;
  private Optional<ModelRestorer> restorer = Optional.empty();
  private boolean started;
  private boolean ended;

  /**
   * A response in pieces.
   *
   * @param whole whether one message brings all that will come
   * @param exact whether a changed body needs a changed content-length
   */
  PiecewiseResponse(ProcessStream stream, boolean whole, boolean exact) {
    super(stream);
    this.whole = whole;
    this.exact = exact;
  }

  @Override
  void body(ProcessingRequest message) {
    boolean end = message.endOfStream() || whole;
    if (!ended) {
      stream.watch().ifPresent(watch -> meter(watch, message, end));
    }
    if (!started) {
      started = true;
      restorer = restorer();
    }
    Answer answer = restorer.map(r -> restored(r, message, end)).orElseGet(this::untouched);
    stream.watch().ifPresent(watch -> watch.tellUsage(answer));
    stream.sendBody(answer);
    if (end && !ended) {
      ended = true;
      stream.responseEnded();
    }
  }

  private static void meter(ResponseWatch watch, ProcessingRequest message, boolean end) {
    watch.chunk(message.bytes(), message.bodyOffset(), message.bodyLength(), end);
  }

  private Answer untouched() {
    return stream.answer().body(Direction.RESPONSE);
  }

  private Answer restored(ModelRestorer names, ProcessingRequest message, boolean end) {
    if (ended) {
      return untouched();
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(message.bodyLength() + 64);
    names.feed(message.bytes(), message.bodyOffset(), message.bodyLength(), out::write);
    if (end) {
      names.flush(out::write);
    }
    byte[] body = out.toByteArray();
    return stream.answer().body(Direction.RESPONSE, body, 0, body.length, exact);
  }

  @Override
  void trailers() {
    stream.watch().ifPresent(ResponseWatch::end);
    Answer answer = stream.answer().trailers(Direction.RESPONSE);
    stream.watch().ifPresent(watch -> watch.tellUsage(answer));
    stream.send(answer);
    ended = true;
    stream.responseEnded();
  }
}

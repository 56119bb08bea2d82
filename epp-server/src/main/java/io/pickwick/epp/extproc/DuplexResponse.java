package io.pickwick.epp.extproc;

import io.pickwick.epp.extproc.wire.Answer;
import io.pickwick.epp.extproc.wire.Direction;
import io.pickwick.epp.extproc.wire.ProcessingRequest;
import io.pickwick.epp.request.ModelRestorer;
import io.pickwick.epp.request.Output;
import java.util.Optional;

/** Body mode FULL_DUPLEX_STREAMED: each chunk goes straight back. */
final class DuplexResponse extends ResponsePhase {
  private Optional<ModelRestorer> restorer = Optional.empty();
  private boolean started;
  private boolean ended;

  DuplexResponse(ProcessStream stream) {
    super(stream);
  }

  @Override
  void body(ProcessingRequest message) {
    if (ended) {
      return; // Envoy may say the end twice
    }
    ended = message.endOfStream();
    Optional<ResponseWatch> watch = stream.watch();
    if (watch.isPresent()) {
      watch.get().chunk(message.bytes(), message.bodyOffset(), message.bodyLength(), ended);
      if (!started) {
        started = true;
        restorer = restorer();
      }
    }
    if (restorer.isPresent()) {
      restore(restorer.get(), message);
    } else {
      stream.sendChunk(
          Direction.RESPONSE, message.bytes(), message.bodyOffset(), message.bodyLength(), ended);
    }
    if (ended) {
      stream.responseEnded();
    }
  }

  private void restore(ModelRestorer names, ProcessingRequest message) {
    Last out = new Last();
    names.feed(message.bytes(), message.bodyOffset(), message.bodyLength(), out);
    if (ended) {
      names.flush(out);
    }
    out.send(ended);
  }

  /** Keeps one piece back, so that the last one can say that it is the last. */
  private final class Last implements Output {
    private byte[] kept = new byte[0];
    private int keptOffset;
    private int keptLength;

    @Override
    public void write(byte[] bytes, int offset, int length) {
      if (length > 0) {
        send(false);
        kept = bytes;
        keptOffset = offset;
        keptLength = length;
      }
    }

    void send(boolean end) {
      stream.sendChunk(Direction.RESPONSE, kept, keptOffset, keptLength, end);
    }
  }

  @Override
  void trailers() {
    if (ended && restorer.isPresent()) {
      restorer = Optional.empty();
    }
    ended = true;
    restorer.ifPresent(names -> {
      Last out = new Last();
      names.flush(out);
      out.send(false);
    });
    stream.watch().ifPresent(ResponseWatch::end);
    Answer answer = stream.answer().trailers(Direction.RESPONSE);
    stream.watch().ifPresent(watch -> watch.tellUsage(answer));
    stream.send(answer);
    stream.responseEnded();
  }
}

package io.pickwick.epp.extproc;

import io.pickwick.epp.decide.Exchange;
import io.pickwick.epp.extproc.wire.ProcessingRequest;
import io.pickwick.epp.request.Api;
import io.pickwick.epp.request.ScanOutcome;
import io.pickwick.epp.request.Splice;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;

/**
 * Body modes BUFFERED and BUFFERED_PARTIAL: the headers are answered at once, and the pick goes
 * with the answer to the body, which comes in one piece.
 *
 * <p>A partial body may be cut at Envoy's buffer limit; then only what stands before the cut
 * counts.
 */
final class BufferedRequest extends RequestPhase {
  private final boolean partial;
  private boolean decided;
  private boolean deciding;
  private boolean trailersOwed;

  BufferedRequest(ProcessStream stream, RequestHead head, boolean partial) {
    super(stream, head);
    this.partial = partial;
  }

  @Override
  void headers(boolean end) {
    if (end || head.api() == Api.PASSTHROUGH) {
      decided = true;
      routeByHeaders();
    } else {
      stream.send(stream.answer().strippedHeaders());
    }
  }

  @Override
  void body(ProcessingRequest message) {
    if (decided) {
      passBody();
      return;
    }
    decided = true;
    long limit = stream.config().maxBodyBytes();
    if (message.bodyLength() > limit) {
      stream.refuse(Refusals.tooLarge(limit));
      return;
    }
    BodyScan scan = stream.scan(head.api());
    scan.feed(message);
    switch (scan.finish()) {
      case ScanOutcome.Read read -> route(message, read, scan);
      case ScanOutcome.Malformed malformed -> {
        if (partial && !message.endOfStream()) {
          route(message, ScanOutcome.Read.unread(message.bodyLength()), scan);
        } else {
          stream.refuse(Refusals.malformed(malformed.message()));
        }
      }
    }
  }

  private void route(ProcessingRequest message, ScanOutcome.Read read, BodyScan scan) {
    deciding = true;
    stream.route(
        read.facts(),
        scan.keys(),
        () -> new ByteArrayInputStream(message.bytes(), message.bodyOffset(), message.bodyLength()),
        exchange -> routed(message, read, exchange));
  }

  private void routed(ProcessingRequest message, ScanOutcome.Read read, Exchange exchange) {
    deciding = false;
    String destination = exchange.destination();
    String model = read.facts().model();
    Splice splice = Splice.of(read, exchange.rewrite(), exchange.quiet());
    if (!splice.isEmpty()) {
      ByteArrayOutputStream body =
          new ByteArrayOutputStream((int) splice.length(message.bodyLength()));
      splice.feed(message.bytes(), message.bodyOffset(), message.bodyLength(), body::write);
      stream.send(
          stream
              .answer()
              .pickWithBody(
                  destination,
                  exchange.rank(),
                  head.idToSet(),
                  model,
                  body.toByteArray(),
                  !partial));
    } else {
      stream.send(
          stream.answer().pickWithBody(destination, exchange.rank(), head.idToSet(), model));
    }
    if (trailersOwed) {
      passTrailers();
    }
  }

  @Override
  boolean answered() {
    return !deciding;
  }

  @Override
  void trailers() {
    if (deciding) {
      trailersOwed = true;
    } else if (decided) {
      passTrailers();
    } else {
      decided = true;
      stream.refuse(Refusals.trailersWithoutBody());
    }
  }
}

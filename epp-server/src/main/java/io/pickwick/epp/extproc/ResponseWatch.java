package io.pickwick.epp.extproc;

import io.pickwick.epp.decide.Exchange;
import io.pickwick.epp.extproc.wire.Answer;
import io.pickwick.epp.extproc.wire.Headers;
import io.pickwick.epp.request.ResponseMeter;
import io.pickwick.epp.request.Usage;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Meters one exchange's response and tells the exchange.
 *
 * <p>Whatever fails here stays here: the response goes on unmetered.
 */
final class ResponseWatch {
  private static final Logger LOG = LoggerFactory.getLogger(ResponseWatch.class);

  private final Exchange exchange;
  private final String model;
  private final ResponseMeter meter = new ResponseMeter();
  private boolean headersSeen;
  private boolean firstTokenTold;
  private boolean bodySeen;
  private boolean ended;
  private boolean broken;
  private String served = "";
  private Optional<Usage> usage = Optional.empty();

  /**
   * A watch of one routed request.
   *
   * @param model the model that the client asked for
   */
  ResponseWatch(Exchange exchange, String model) {
    this.exchange = exchange;
    this.model = model;
  }

  Exchange exchange() {
    return exchange;
  }

  String model() {
    return model;
  }

  ResponseMeter.Format format() {
    return broken ? ResponseMeter.Format.OPAQUE : meter.format();
  }

  /** The response's headers came, from the endpoint {@code by} if the proxy told it. */
  void headers(Headers headers, String by) {
    headersSeen = true;
    served = by;
    int status = status(headers.get(":status"));
    Exchange.Author author = author(headers, by);
    tell(() -> exchange.responseHeaders(status, by, author));
    try {
      meter.headers(status, headers.get("content-type"), headers.get("content-encoding"));
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  private static Exchange.Author author(Headers headers, String by) {
    if (!by.isEmpty() || headers.has("x-envoy-upstream-service-time")) {
      return Exchange.Author.SERVER;
    }
    // With this a circuit breaker of Envoy marks the 503 that it answers.
    return headers.has("x-envoy-overloaded") ? Exchange.Author.LIMIT : Exchange.Author.PROXY;
  }

  private static int status(String value) {
    int status = 0;
    for (int i = 0; i < value.length(); i++) {
      int digit = value.charAt(i) - '0';
      if (digit < 0 || digit > 9 || i == 3) {
        return 0;
      }
      status = 10 * status + digit;
    }
    return status;
  }

  void chunk(byte[] bytes, int offset, int length, boolean end) {
    if (broken || ended) {
      return;
    }
    try {
      if (!headersSeen) {
        headersSeen = true;
        meter.headers(0, "", "");
      }
      bodySeen = true;
      meter.chunk(bytes, offset, length, end);
      if (!firstTokenTold && meter.firstTokenSeen()) {
        firstTokenTold = true;
        tell(exchange::firstToken);
      }
    } catch (RuntimeException e) {
      fail(e);
    }
    if (end) {
      end();
    }
  }

  /** Nothing more comes; usage is known now if ever. */
  void end() {
    if (ended) {
      return;
    }
    ended = true;
    if (!bodySeen || broken) {
      return;
    }
    try {
      meter.end();
      usage = meter.usage();
    } catch (RuntimeException e) {
      fail(e);
    }
    usage.ifPresent(told -> tell(() -> exchange.usage(told)));
  }

  /** Adds the usage, once known, to an answer. */
  Answer tellUsage(Answer answer) {
    if (ended && usage.isPresent()) {
      Usage told = usage.get();
      usage = Optional.empty();
      answer.usage(
          told.inputTokens(),
          told.outputTokens(),
          told.cachedTokens(),
          model,
          served.isEmpty() ? exchange.destination() : served);
    }
    return answer;
  }

  /** The stream is over. */
  void finish(Exchange.End how) {
    if (bodySeen && !broken) {
      tell(() -> exchange.responseBytes(meter.bytes()));
    }
    try {
      exchange.end(how);
    } catch (RuntimeException e) {
      LOG.error("An exchange failed at its end: what it held may not be released", e);
    }
  }

  private static void tell(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      LOG.warn("An exchange failed at what it was told; the response goes on", e);
    }
  }

  private void fail(RuntimeException e) {
    broken = true;
    LOG.warn("Metering failed; the response goes on unmetered", e);
  }
}

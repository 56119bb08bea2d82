package io.pickwick.epp.extproc;

import io.pickwick.epp.decide.Decider;
import io.pickwick.epp.decide.Exchange;
import io.pickwick.epp.decide.Inquiry;
import io.pickwick.epp.decide.Verdict;
import io.pickwick.epp.request.Usage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** Routes every request to one endpoint, unless told otherwise, and keeps what it was told. */
final class RecordingDecider implements Decider {
  static final String ENDPOINT = "10.0.0.1:8000";

  final List<Inquiry> inquiries = new CopyOnWriteArrayList<>();
  final List<Recorded> exchanges = new CopyOnWriteArrayList<>();
  final List<Verdict.Refused> refusals = new CopyOnWriteArrayList<>();
  final BlockingQueue<Exchange.End> ends = new LinkedBlockingQueue<>();
  final BlockingQueue<Late> waiting = new LinkedBlockingQueue<>();
  volatile boolean late;
  volatile Function<Inquiry, Verdict> verdict = inquiry -> route(new Recorded(Optional.empty()));

  Verdict route(Recorded exchange) {
    exchanges.add(exchange);
    return new Verdict.Routed(exchange);
  }

  @Override
  public Verdict decide(Inquiry inquiry) {
    inquiries.add(inquiry);
    return verdict.apply(inquiry);
  }

  @Override
  public void decide(
      Inquiry inquiry, Supplier<InputStream> body, Executor loop, Consumer<Verdict> answer) {
    if (late) {
      waiting.add(new Late(inquiry, body, loop, answer));
    } else {
      answer.accept(decide(inquiry));
    }
  }

  /** A decision that the test makes when it likes, on its own thread. */
  final class Late {
    private final Inquiry inquiry;
    private final Supplier<InputStream> body;
    private final Executor loop;
    private final Consumer<Verdict> answer;

    private Late(
        Inquiry inquiry, Supplier<InputStream> body, Executor loop, Consumer<Verdict> answer) {
      this.inquiry = inquiry;
      this.body = body;
      this.loop = loop;
      this.answer = answer;
    }

    byte[] body() {
      try (InputStream in = body.get()) {
        return in.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    void decide() {
      loop.execute(() -> answer.accept(RecordingDecider.this.decide(inquiry)));
    }
  }

  /** The next decision that waits. */
  Late nextLate() {
    try {
      Late next = waiting.poll(20, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("nothing was asked");
      }
      return next;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void refused(String requestId, Verdict.Refused refusal) {
    refusals.add(refusal);
  }

  /** How the next exchange ended. */
  Exchange.End nextEnd() {
    try {
      Exchange.End end = ends.poll(20, TimeUnit.SECONDS);
      if (end == null) {
        throw new AssertionError("no exchange ended");
      }
      return end;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** An exchange that keeps what it was told. */
  final class Recorded implements Exchange {
    private final Optional<String> rewrite;
    final List<String> told = new CopyOnWriteArrayList<>();
    volatile boolean failing;
    volatile boolean quiet;
    volatile Map<String, String> replyHeaders = Map.of();

    Recorded(Optional<String> rewrite) {
      this.rewrite = rewrite;
    }

    @Override
    public String destination() {
      return ENDPOINT;
    }

    @Override
    public boolean quiet() {
      return quiet;
    }

    @Override
    public Optional<String> rewrite() {
      return rewrite;
    }

    @Override
    public Map<String, String> replyHeaders() {
      return replyHeaders;
    }

    @Override
    public void responseHeaders(int status, String served, Author author) {
      told.add("headers " + status + " " + served + " " + author);
      if (failing) {
        throw new IllegalStateException("metering fails");
      }
    }

    @Override
    public void firstToken() {
      told.add("first token");
    }

    @Override
    public void usage(Usage usage) {
      told.add(usage.inputTokens() + " in " + usage.outputTokens() + " out");
    }

    @Override
    public void responseBytes(long count) {
      told.add(count + " bytes");
    }

    @Override
    public void end(End how) {
      told.add(how.toString());
      ends.add(how);
    }
  }
}

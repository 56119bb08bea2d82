package io.pickwick.bench.serve;

import io.pickwick.bench.command.Faults;
import io.pickwick.bench.workload.WorkloadRequest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/** One request and its answer; run by one thread, stopped by any. */
final class Exchange {
  private static final int MOST_ERROR = 2000;
  private static final int LONGEST_NAME = 253;
  private static final Pattern UNUSUAL = Pattern.compile("[^A-Za-z0-9._:/-]");

  private final TargetClient client;
  private final LongSupplier clock;
  private final boolean keepsText;
  private final AtomicReference<Failure> stopped = new AtomicReference<>(Failure.NONE);
  private final AtomicReference<Optional<Connection>> used =
      new AtomicReference<>(Optional.empty());

  /**
   * Before it is sent.
   *
   * @param clock nanoseconds, the same as of the client's connections
   */
  Exchange(TargetClient client, LongSupplier clock, boolean keepsText) {
    this.client = client;
    this.clock = clock;
    this.keepsText = keepsText;
  }

  /** When the request should have been sent, and what it is. */
  record Due(
      WorkloadRequest request, boolean warmUp, long startNanos, long wantedNanos, long dueNanos) {}

  /** Sends the request and reads the answer; every failure is in the outcome. */
  Outcome run(Due due, byte[] head, byte[] body) {
    Stream stream = new Stream(keepsText);
    byte[] error = new byte[0];
    Failure failure = Failure.NONE;
    String detail = "";
    String pod = "";
    int status = 0;
    boolean connected = false;
    long sent = clock.getAsLong();
    try {
      Connection connection = client.take();
      boolean whole = false;
      try {
        used.set(Optional.of(connection));
        if (stopped.get() != Failure.NONE) {
          throw new InterruptedIOException(stopped.get().words());
        }
        connection.open();
        connected = true;
        connection.send(head, body);
        Connection.Head answer = connection.head();
        status = answer.status();
        pod = pod(answer);
        if (status == 200) {
          connection.body(answer, stream);
          stream.end(connection.readNanos());
          failure = stream.failure();
          detail = stream.detail();
        } else {
          ErrorText text = new ErrorText();
          connection.body(answer, text);
          error = text.bytes;
          failure = Failure.STATUS;
        }
        whole = true;
      } finally {
        used.set(Optional.empty());
        if (whole && stopped.get() == Failure.NONE) {
          client.give(connection);
        } else {
          connection.abandon();
        }
      }
    } catch (IOException e) {
      Failure why = stopped.get();
      failure = why == Failure.NONE ? kind(e, connected) : why;
      detail = why == Failure.NONE ? words(e) : when(connected, status, stream);
    }
    if (failure == Failure.STATUS) {
      detail = "HTTP %d: %s".formatted(status, new String(error, StandardCharsets.UTF_8).strip());
    }
    long ended = failure == Failure.NONE ? stream.last() : clock.getAsLong();
    return outcome(due, sent, ended, stream, failure, status, detail, pod);
  }

  /** The outcome when this program could not do its part. */
  Outcome failed(Due due, Throwable cause) {
    long now = clock.getAsLong();
    Stream nothing = new Stream(/* keepsText= */ false);
    return outcome(due, now, now, nothing, Failure.HERE, 0, Failure.here(cause), "");
  }

  private static Outcome outcome(
      Due due,
      long sent,
      long ended,
      Stream stream,
      Failure failure,
      int status,
      String detail,
      String pod) {
    long start = due.startNanos();
    return new Outcome(
        due.request().id(),
        due.warmUp(),
        due.wantedNanos() - start,
        due.dueNanos() - start,
        sent - start,
        stream.begun() ? stream.first() - start : 0,
        ended - start,
        stream.gaps(),
        stream.promptTokens() >= 0 ? stream.promptTokens() : due.request().prompt().length(),
        stream.outputTokens(),
        stream.cachedTokens(),
        stream.counted(),
        stream.absurd(),
        due.request().outputTokens(),
        failure,
        status,
        detail.substring(0, Math.min(detail.length(), MOST_ERROR)),
        pod,
        stream.text());
  }

  /** Who answered, in the letters that names of pods have. */
  private static String pod(Connection.Head answer) {
    String name = answer.field("x-pod");
    return UNUSUAL
        .matcher(name.substring(0, Math.min(name.length(), LONGEST_NAME)))
        .replaceAll("?");
  }

  private static String words(IOException e) {
    return e instanceof Connection.BadAnswerException
        ? String.valueOf(e.getMessage())
        : Faults.words(e);
  }

  /** How far it had come when it was stopped. */
  private static String when(boolean connected, int status, Stream stream) {
    if (!connected) {
      return "there was no connection by then";
    }
    if (status == 0) {
      return "there was no answer by then";
    }
    return "%d chunks of the answer had come by then".formatted(stream.chunks());
  }

  private static Failure kind(IOException e, boolean connected) {
    if (e instanceof Connection.BadAnswerException) {
      return Failure.NOT_UNDERSTOOD;
    }
    if (e instanceof Trust.NotTrustedException) {
      return Failure.NOT_TRUSTED;
    }
    return connected ? Failure.CONNECTION_LOST : Failure.NOT_CONNECTED;
  }

  /** Ends it early: its outcome is this failure, unless it was whole before. */
  void stop(Failure why) {
    stopped.compareAndSet(Failure.NONE, why);
    used.get().ifPresent(Connection::abandon);
  }

  /** The begin of a body that tells an error. */
  private static final class ErrorText implements Connection.Body {
    private byte[] bytes = new byte[0];

    @Override
    public void take(byte[] more, int from, int to, long nanos) {
      int length = Math.min(to - from, MOST_ERROR - bytes.length);
      int old = bytes.length;
      bytes = Arrays.copyOf(bytes, old + length);
      System.arraycopy(more, from, bytes, old, length);
    }
  }
}

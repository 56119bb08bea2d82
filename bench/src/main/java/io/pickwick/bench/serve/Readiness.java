package io.pickwick.bench.serve;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pickwick.bench.command.Faults;
import io.pickwick.bench.workload.PromptTokens;
import io.pickwick.bench.workload.WorkloadRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/** Looks whether a target is there and answers, before any load is put on it. */
final class Readiness {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final WorkloadRequest TRIAL =
      new WorkloadRequest(0, "", 0, WorkloadRequest.NONE, 0, PromptTokens.of(0), 1, "", "");
  private static final int MOST_BODY = 4 << 20;

  private final LongSupplier clock;
  private final Duration patience;

  /**
   * As patient as told.
   *
   * @param patience how long a target may take until it answers a first request well
   */
  Readiness(LongSupplier clock, Duration patience) {
    this.clock = clock;
    this.patience = patience;
  }

  /**
   * The name of the first model that a target lists; asks again while that fails and there is time.
   *
   * @throws ServeException if it can't be reached or lists none
   */
  String firstModel(TargetClient client, Map<String, String> headers)
      throws ServeException, InterruptedException {
    Target target = client.target();
    long end = clock.getAsLong() + patience.toNanos();
    while (true) {
      ServeException failed;
      try {
        Listed listed = list(client, headers, end - clock.getAsLong());
        if (!listed.model().isEmpty()) {
          return listed.model();
        }
        failed =
            new ServeException(
                "The target %s lists no models at /v1/models (HTTP %d); name one with --model."
                    .formatted(target.name(), listed.status()));
      } catch (Connection.BadAnswerException e) {
        failed = unreachable(target, String.valueOf(e.getMessage()), e);
      } catch (Trust.NotTrustedException e) {
        throw unreachable(target, String.valueOf(e.getMessage()), e);
      } catch (IOException e) {
        failed = unreachable(target, Faults.words(e), e);
      }
      if (clock.getAsLong() + PAUSE.toNanos() > end) {
        throw failed;
      }
      Thread.sleep(PAUSE);
    }
  }

  /** The first model, empty if there is none, and the status. */
  private record Listed(int status, String model) {}

  private Listed list(TargetClient client, Map<String, String> headers, long nanos)
      throws IOException {
    Target target = client.target();
    StringBuilder head = new StringBuilder(256);
    head.append("GET ").append(target.path("/v1/models")).append(" HTTP/1.1\r\n");
    head.append("host: ").append(target.authority()).append("\r\naccept: application/json\r\n");
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    head.append("connection: close\r\n\r\n");
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    Connection connection = client.take();
    AtomicBoolean late = new AtomicBoolean();
    Thread guard =
        after(
            nanos,
            () -> {
              late.set(true);
              connection.abandon();
            });
    try {
      connection.open();
      connection.send(head.toString().getBytes(StandardCharsets.ISO_8859_1), new byte[0]);
      Connection.Head answer = connection.head();
      connection.body(
          answer,
          (bytes, from, to, _) ->
              body.write(bytes, from, Math.min(to - from, MOST_BODY - body.size())));
      return new Listed(answer.status(), answer.status() == 200 ? firstOf(body.toByteArray()) : "");
    } catch (IOException e) {
      if (late.get()) {
        throw new IOException(tooLate(), e);
      }
      throw e;
    } finally {
      guard.interrupt();
      connection.abandon();
    }
  }

  private static String firstOf(byte[] list) throws IOException {
    try {
      return JSON.readTree(list).path("data").path(0).path("id").asText("");
    } catch (JsonProcessingException e) {
      // What is no list has none in it.
      return "";
    }
  }

  private String tooLate() {
    return "it has not answered within %s s (--ready-timeout-seconds)"
        .formatted(ResultBlock.word(patience.toMillis() / 1000.0));
  }

  /** Does something in a while, unless it is interrupted before. */
  private static Thread after(long nanos, Runnable what) {
    return Thread.ofVirtual()
        .start(() -> {
          long end = System.nanoTime() + Math.max(nanos, PAUSE.toNanos());
          while (!Thread.currentThread().isInterrupted() && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(end - System.nanoTime());
          }
          if (!Thread.currentThread().isInterrupted()) {
            what.run();
          }
        });
  }

  /**
   * Asks for one token, again and again while that fails and there is time.
   *
   * @throws ServeException if it was never answered
   */
  void check(TargetClient client, RequestWriter writer)
      throws ServeException, InterruptedException {
    long start = clock.getAsLong();
    byte[] body = writer.trial();
    byte[] head = writer.head(client.target(), body.length, "trial");
    while (true) {
      long now = clock.getAsLong();
      Exchange exchange = new Exchange(client, clock, false);
      Thread guard =
          after(start + patience.toNanos() - now, () -> exchange.stop(Failure.TIMED_OUT));
      Outcome outcome = exchange.run(new Exchange.Due(TRIAL, true, start, now, now), head, body);
      guard.interrupt();
      if (outcome.completed()) {
        return;
      }
      if (outcome.failure() == Failure.NOT_TRUSTED) {
        throw new ServeException(unreachable(client.target(), outcome.detail()));
      }
      if (clock.getAsLong() - start + PAUSE.toNanos() > patience.toNanos()) {
        if (outcome.failure() == Failure.NOT_CONNECTED) {
          throw new ServeException(unreachable(client.target(), outcome.detail()));
        }
        throw new ServeException(
            "The target %s does not answer a first request: %s. Nothing was measured."
                .formatted(
                    client.target().name(),
                    outcome.failure() == Failure.TIMED_OUT
                        ? tooLate() + "; " + outcome.detail()
                        : outcome.detail()));
      }
      Thread.sleep(PAUSE);
    }
  }

  /**
   * Sends short requests, whatever becomes of them, so that neither this program nor the target is
   * measured cold.
   */
  void warmUp(TargetClient client, RequestWriter writer, int requests, ExecutorService threads)
      throws InterruptedException {
    byte[] body = writer.trial();
    byte[] head = writer.head(client.target(), body.length, "warm-up");
    List<Callable<Outcome>> all =
        Collections.nCopies(
            requests,
            () -> {
              long now = clock.getAsLong();
              return new Exchange(client, clock, false)
                  .run(new Exchange.Due(TRIAL, true, now, now, now), head, body);
            });
    var _ = threads.invokeAll(all, patience.toMillis() + 1, TimeUnit.MILLISECONDS);
  }

  private static ServeException unreachable(Target target, String why, IOException cause) {
    return new ServeException(unreachable(target, why), cause);
  }

  private static String unreachable(Target target, String why) {
    return "The target %s can't be reached at %s: %s. Nothing was measured."
        .formatted(target.name(), target.url(), why);
  }
}

package io.pickwick.bench.watch;

import io.pickwick.bench.measure.Background;
import io.pickwick.epp.decide.EstimatedPrompts;
import io.pickwick.epp.decide.Exchange;
import io.pickwick.epp.decide.Inquiry;
import io.pickwick.epp.decide.Policy;
import io.pickwick.epp.decide.PoolDecider;
import io.pickwick.epp.decide.Verdict;
import io.pickwick.epp.prompt.HashedPrompts;
import io.pickwick.epp.prompt.PromptReader;
import io.pickwick.epp.request.Api;
import io.pickwick.epp.request.RequestScanner;
import io.pickwick.epp.request.ScanOutcome;
import io.pickwick.epp.telemetry.RequestMetrics;
import io.pickwick.kv.hash.BlockLayout;
import io.pickwick.kv.history.PrefixHistory;
import io.pickwick.model.ModelTable;
import io.pickwick.pool.Pool;
import io.pickwick.pool.PoolListener;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.Scheduler;
import io.pickwick.schedule.config.EndpointPickerConfig;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Recorder;

/**
 * A thread that decides at a steady pace among the endpoints that the pool has, from a request's
 * body to its pick and release.
 */
final class Decisions implements AutoCloseable {
  static final String THREAD = "decisions";
  private static final int WORDS = 1500;

  private final Recorder nanos = new Recorder(3);
  private final AtomicLong refused = new AtomicLong();
  private final PrefixHistory history = new PrefixHistory(16, PrefixHistory.DEFAULT_CAPACITY);
  private final HashedPrompts prompts = new HashedPrompts(BlockLayout.standard(), 42);
  private final RequestScanner scanner = new RequestScanner();
  private final Random random = new Random(1);
  private final PoolDecider decider;
  private final long spacing;
  private final Background background = new Background(THREAD, this::run);

  private Decisions(Pool pool, int perSecond) {
    spacing = 1_000_000_000L / perSecond;
    Policy policy =
        new Policy(
            ModelTable.EMPTY,
            new Scheduler(
                EndpointPickerConfig.standard().profile(),
                Scheduler.STALENESS_NANOS,
                ThreadLocalRandom::current),
            new EstimatedPrompts(history),
            4);
    decider =
        new PoolDecider(
            pool::snapshot,
            () -> policy,
            new RequestMetrics(new PrometheusRegistry(), "bench"),
            System::nanoTime,
            () -> 0,
            new PoolDecider.Settings(true, false));
    pool.listen(
        new PoolListener() {
          @Override
          public void removed(Endpoint endpoint) {
            history.forget(endpoint.slot());
          }
        });
  }

  static Decisions start(Pool pool, int perSecond) {
    Decisions decisions = new Decisions(pool, perSecond);
    decisions.background.start();
    return decisions;
  }

  /** How long they took, in nanoseconds. */
  Recorder nanos() {
    return nanos;
  }

  /** How many found no endpoint. */
  long refused() {
    return refused.get();
  }

  private void run(Background background) {
    byte[] body = body();
    long due = System.nanoTime();
    while (!background.closed()) {
      long now = System.nanoTime();
      if (now < due) {
        LockSupport.parkNanos(due - now);
        continue;
      }
      due = Math.max(due + spacing, now - 10 * spacing);
      body[body.length / 2] = (byte) ('a' + random.nextInt(26));
      long from = System.nanoTime();
      boolean routed = decide(body);
      nanos.recordValue(System.nanoTime() - from);
      if (!routed) {
        refused.incrementAndGet();
      }
    }
  }

  private boolean decide(byte[] body) {
    PromptReader prompt = prompts.get();
    scanner.reset(Api.CHAT_COMPLETIONS, RequestScanner.Limits.DEFAULT, prompt);
    scanner.feed(body, 0, body.length);
    if (!(scanner.finish() instanceof ScanOutcome.Read read)) {
      throw new IllegalStateException("the body was not understood");
    }
    Verdict verdict =
        decider.decide(
            new Inquiry(
                "id",
                "/v1/chat/completions",
                read.facts(),
                prompt.keys(),
                name -> "",
                Optional.empty(),
                System.nanoTime(),
                false));
    if (verdict instanceof Verdict.Routed routed) {
      routed.exchange().firstToken();
      routed.exchange().end(Exchange.End.COMPLETED);
      return true;
    }
    return false;
  }

  private byte[] body() {
    StringBuilder body =
        new StringBuilder("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"");
    for (int i = 0; i < WORDS; i++) {
      for (int j = 0; j < 4; j++) {
        body.append((char) ('a' + random.nextInt(26)));
      }
      body.append(' ');
    }
    return body.append("\"}],\"stream\":true}").toString().getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void close() {
    background.close();
  }
}

package io.pickwick.bench.micro;

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
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.history.PrefixHistory;
import io.pickwick.model.ModelTable;
import io.pickwick.pool.PoolSnapshot;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.Gauges;
import io.pickwick.schedule.LoraState;
import io.pickwick.schedule.Scheduler;
import io.pickwick.schedule.config.EndpointPickerConfig;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One request from its body to its pick and release, in process: what the road adds to an echo.
 *
 * <p>Prompts as the peer was measured with: half of each is shared among eight groups, the rest is
 * new, so the history learns something at every request.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Thread)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
    value = 1,
    jvmArgs = {"-XX:+UseSerialGC", "-Xmx512m"})
public class DecisionBenchmark {
  private static final int GROUPS = 8;
  private static final double BYTES_PER_TOKEN = 4.5;

  /** Endpoints in the pool. */
  @Param({"10", "100", "1000"})
  public int endpoints;

  /** Tokens of the prompt. */
  @Param({"200", "10000", "100000"})
  public int tokens;

  private final Random random = new Random(1);
  private final RequestScanner scanner = new RequestScanner();
  private final HashedPrompts prompts = new HashedPrompts(BlockLayout.standard(), 42);
  private final List<byte[]> shared = new ArrayList<>();
  private byte[] body = new byte[0];
  private int start;
  private int tail;
  private PoolDecider decider = decider(new PoolSnapshot(List.of(), 0, true));

  /** Fills the pool and makes the shared halves. */
  @Setup
  public void fill() {
    List<Endpoint> pool =
        BenchPool.of(
            endpoints,
            slot -> new Gauges(System.nanoTime(), 1, 10, 0.5, 16, 10_000, LoraState.NONE));
    decider = decider(new PoolSnapshot(pool, endpoints, true));
    int half = (int) (tokens * BYTES_PER_TOKEN / 2);
    for (int group = 0; group < GROUPS; group++) {
      shared.add(words(half));
    }
    byte[] head =
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\""
            .getBytes(StandardCharsets.US_ASCII);
    byte[] foot = "\"}],\"max_tokens\":16,\"stream\":true}".getBytes(StandardCharsets.US_ASCII);
    body = new byte[head.length + 2 * half + foot.length];
    System.arraycopy(head, 0, body, 0, head.length);
    System.arraycopy(foot, 0, body, head.length + 2 * half, foot.length);
    System.arraycopy(words(half), 0, body, head.length + half, half);
    tail = head.length + half;
    start = head.length;
  }

  /** Scans, hashes, decides, reserves, records, and releases. */
  @Benchmark
  public Verdict decide() {
    byte[] half = shared.get(random.nextInt(GROUPS));
    System.arraycopy(half, 0, body, start, half.length);
    long stamp = random.nextLong();
    for (int i = 0; i < 8; i++) {
      body[tail + i] = (byte) ('a' + ((stamp >>> (8 * i)) & 15));
    }
    PromptReader prompt = prompts.get();
    scanner.reset(Api.CHAT_COMPLETIONS, RequestScanner.Limits.DEFAULT, prompt);
    scanner.feed(body, 0, body.length);
    if (!(scanner.finish() instanceof ScanOutcome.Read read)) {
      throw new IllegalStateException("the body was not understood");
    }
    PromptKeys keys = prompt.keys();
    Verdict verdict =
        decider.decide(
            new Inquiry(
                "id",
                "/v1/chat/completions",
                read.facts(),
                keys,
                name -> "",
                Optional.empty(),
                System.nanoTime(),
                false));
    if (verdict instanceof Verdict.Routed routed) {
      routed.exchange().firstToken();
      routed.exchange().end(Exchange.End.COMPLETED);
    }
    return verdict;
  }

  private byte[] words(int length) {
    byte[] words = new byte[length];
    for (int i = 0; i < length; i++) {
      words[i] = i % 5 == 4 ? (byte) ' ' : (byte) ('a' + random.nextInt(26));
    }
    return words;
  }

  private static PoolDecider decider(PoolSnapshot pool) {
    Policy policy =
        new Policy(
            ModelTable.EMPTY,
            new Scheduler(
                EndpointPickerConfig.standard().profile(),
                Long.MAX_VALUE / 4,
                ThreadLocalRandom::current),
            new EstimatedPrompts(new PrefixHistory(16, PrefixHistory.DEFAULT_CAPACITY)),
            4);
    return new PoolDecider(
        () -> pool,
        () -> policy,
        new RequestMetrics(new PrometheusRegistry(), "bench"),
        System::nanoTime,
        () -> 0,
        new PoolDecider.Settings(true, false));
  }
}

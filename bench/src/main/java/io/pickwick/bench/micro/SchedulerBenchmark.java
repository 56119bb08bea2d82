package io.pickwick.bench.micro;

import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.PrefixIndex;
import io.pickwick.schedule.Decision;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.Gauges;
import io.pickwick.schedule.LoraState;
import io.pickwick.schedule.Reservation;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.Scheduler;
import io.pickwick.schedule.config.EndpointPickerConfig;
import io.pickwick.schedule.config.PluginCatalog;
import java.util.List;
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
 * Time and garbage (with {@code -prof gc}) of one decision from its candidates to the end of its
 * reservation, without the prefix index's own look-up.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Thread)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class SchedulerBenchmark {
  private static final int PROMPT_TOKENS = 10_000;
  private static final int BLOCK_TOKENS = 64;

  private static final String FIELD =
      """
      apiVersion: inference.networking.x-k8s.io/v1alpha1
      kind: EndpointPickerConfig
      plugins:
      - type: queue-scorer
      - type: kv-cache-utilization-scorer
      - type: prefix-cache-scorer
      schedulingProfiles:
      - name: default
        plugins:
        - {pluginRef: queue-scorer, weight: 2}
        - {pluginRef: kv-cache-utilization-scorer, weight: 2}
        - {pluginRef: prefix-cache-scorer, weight: 3}
      """;

  /** Endpoints in the pool. */
  @Param({"10", "100", "1000"})
  public int endpoints;

  /** The policy: ours, or the field's default weights of 2, 2 and 3. */
  @Param({"expected-ttft", "field-2-2-3"})
  public String policy;

  private List<Endpoint> pool = List.of();
  private Scheduler scheduler = scheduler("expected-ttft");
  private ScheduleRequest request = ScheduleRequest.of("m", PromptKeys.NONE);
  private PrefixIndex index = PrefixIndex.none();
  private long nanos;

  /** Fills the pool with busy endpoints of which a few hold half of the prompt. */
  @Setup
  public void fill() {
    scheduler = scheduler(policy);
    Random random = new Random(1);
    pool =
        BenchPool.of(
            endpoints,
            slot ->
                new Gauges(
                    0,
                    random.nextInt(10),
                    random.nextInt(100),
                    random.nextDouble(),
                    16,
                    10_000,
                    LoraState.NONE));
    int blocks = PROMPT_TOKENS / BLOCK_TOKENS;
    long[] keys = random.longs(blocks).toArray();
    int[] ends = new int[blocks];
    for (int block = 0; block < blocks; block++) {
      ends[block] = (block + 1) * BLOCK_TOKENS;
    }
    request = ScheduleRequest.of("m", new PromptKeys(keys, blocks, ends, PROMPT_TOKENS));
    index =
        (prompt, into) -> {
          for (int slot = 0; slot < endpoints; slot += 7) {
            into.set(slot, PROMPT_TOKENS / 2);
          }
        };
  }

  /** Decides, sees the first token and releases. */
  @Benchmark
  public Decision decide() {
    nanos += 1000;
    Decision decision = scheduler.schedule(request, pool, index, nanos);
    if (decision instanceof Decision.Picked picked) {
      Reservation reservation = picked.reservation();
      reservation.firstToken(nanos);
      reservation.release(nanos);
    }
    return decision;
  }

  private static Scheduler scheduler(String policy) {
    EndpointPickerConfig config =
        policy.equals("expected-ttft")
            ? EndpointPickerConfig.standard()
            : EndpointPickerConfig.read("field.yaml", FIELD, PluginCatalog.load());
    return new Scheduler(config.profile(), Scheduler.STALENESS_NANOS, ThreadLocalRandom::current);
  }
}

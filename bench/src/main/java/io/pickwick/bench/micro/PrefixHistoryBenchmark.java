package io.pickwick.bench.micro;

import io.pickwick.kv.hash.BlockLayout;
import io.pickwick.kv.hash.PromptHasher;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.history.PrefixHistory;
import io.pickwick.kv.index.PrefixMatch;
import java.util.Random;
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
 * Time to ask a well-filled history who holds how much of a prompt, and to record it.
 *
 * <p>Every endpoint's history is full of prompts that nobody asks for, so the tables are as large
 * as they become in service. Then the asked prompts are put where the case wants them.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx3g")
public class PrefixHistoryBenchmark {
  private static final int CAPACITY = 8_000;
  private static final int PROMPTS = 64;
  private static final int SYSTEM_BYTES = 8_000;

  /** How much of a prompt the endpoints hold. */
  public enum Case {
    /** Nothing at all. */
    COLD,
    /** All endpoints hold the system prompt of 2,000 tokens, one of them all of the prompt. */
    SESSION,
    /** Each endpoint holds a beginning of a random length. */
    RAGGED,
    /** All endpoints hold all of it. */
    FULL
  }

  /** A history and the prompts to ask it for. */
  @State(Scope.Benchmark)
  public static class Pool {
    /** How many endpoints there are. */
    @Param({"10", "100", "1000"})
    public int endpoints;

    /** The prompts' length in tokens. */
    @Param({"10000", "100000"})
    public int tokens;

    /** Who holds what. */
    @Param({"COLD", "SESSION", "RAGGED", "FULL"})
    public Case hold;

    private final PrefixHistory history = new PrefixHistory(16, CAPACITY);
    private final PromptKeys[] prompts = new PromptKeys[PROMPTS];

    /** Fills the histories. */
    @Setup
    public void fill() {
      Random random = new Random(1);
      byte[] system = bytes(random, SYSTEM_BYTES);
      for (int slot = 0; slot < endpoints; slot++) {
        for (int i = 0; i < 16; i++) {
          history.record(slot, keys(bytes(random, 32_000), 32_000));
        }
        if (hold != Case.COLD) {
          history.capacity(slot, 1_000_000);
        }
      }
      for (int i = 0; i < PROMPTS; i++) {
        byte[] prompt = bytes(random, 4 * tokens);
        System.arraycopy(system, 0, prompt, 0, system.length);
        prompts[i] = keys(prompt, prompt.length);
        for (int slot = 0; slot < endpoints; slot++) {
          int held =
              switch (hold) {
                case COLD -> 0;
                case SESSION -> slot == i % endpoints ? prompt.length : SYSTEM_BYTES;
                case RAGGED -> i < 4 ? random.nextInt(prompt.length) : 0;
                case FULL -> i < 4 ? prompt.length : 0;
              };
          history.record(slot, keys(prompt, held));
        }
      }
      if (hold == Case.RAGGED || hold == Case.FULL) {
        for (int i = 4; i < PROMPTS; i++) {
          prompts[i] = prompts[i % 4];
        }
      }
    }

    private static PromptKeys keys(byte[] prompt, int length) {
      PromptHasher hasher = new PromptHasher(BlockLayout.standard());
      hasher.content(prompt, 0, length);
      return hasher.finish();
    }

    private static byte[] bytes(Random random, int length) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      return bytes;
    }
  }

  /** What one event loop owns. */
  @State(Scope.Thread)
  public static class Loop {
    private final PrefixMatch match = new PrefixMatch();
    private final Random random = new Random(7);
  }

  /** Asks only. */
  @Benchmark
  public int match(Pool pool, Loop loop) {
    loop.match.reset(pool.endpoints);
    pool.history.match(pool.prompts[loop.random.nextInt(PROMPTS)], loop.match);
    return loop.match.tokens(0);
  }

  /**
   * Asks and records, as each request does. The prompt is made new by a separator in the cold case;
   * otherwise an endpoint that may hold it gets it.
   */
  @Benchmark
  public int matchAndRecord(Pool pool, Loop loop) {
    int chosen = loop.random.nextInt(PROMPTS);
    PromptKeys prompt = pool.prompts[chosen];
    if (pool.hold == Case.COLD) {
      prompt = prompt.separated(loop.random.nextLong());
    }
    loop.match.reset(pool.endpoints);
    pool.history.match(prompt, loop.match);
    pool.history.record(
        pool.hold == Case.SESSION ? chosen % pool.endpoints : loop.random.nextInt(pool.endpoints),
        prompt);
    return loop.match.tokens(0);
  }
}

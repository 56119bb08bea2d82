package io.pickwick.bench.micro;

import io.pickwick.kv.event.Medium;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.BlockIndex;
import io.pickwick.kv.index.KvIndex;
import io.pickwick.kv.index.MediumWeights;
import io.pickwick.kv.index.PrefixMatch;
import io.pickwick.kv.index.RankBlocks;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.GroupThreads;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Time to store and remove blocks, and to ask who holds how much of a prompt, also while blocks are
 * stored and removed; beside a map of sets.
 *
 * <p>The index is full of other chains, so that tables are as large as in service. The prompts that
 * are asked for begin with a system prompt that every endpoint holds, and one endpoint holds all.
 */
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Xmx3g")
public class BlockIndexBenchmark {
  private static final int CHAIN = 64;
  private static final int PROMPTS = 64;
  private static final int SYSTEM_BLOCKS = 128;
  private static final int EVENT_BLOCKS = 128;
  private static final int STEPS_PER_BLOCK = 6;

  /** What is measured, and what it is compared with. */
  public enum Kind {
    /** The index. */
    KV_INDEX,
    /** A concurrent map from key to a set of slots. */
    MAP_OF_SETS;

    BlockIndex make() {
      return switch (this) {
        case KV_INDEX -> new KvIndex(MediumWeights.standard());
        case MAP_OF_SETS -> new MapIndex();
      };
    }
  }

  /** An index, its publishers and the prompts to ask for. */
  @State(Scope.Benchmark)
  public static class Pool {
    /** Which index. */
    @Param({"KV_INDEX", "MAP_OF_SETS"})
    public Kind kind;

    /** How many endpoints publish. */
    @Param("100")
    public int endpoints;

    /** Blocks that each holds besides the prompts. */
    @Param("20000")
    public int blocksEach;

    /** The prompts' length in blocks. */
    @Param({"512", "3750"})
    public int promptBlocks;

    private BlockIndex index = new MapIndex();
    private RankBlocks[] publishers = new RankBlocks[0];
    private final PromptKeys[] prompts = new PromptKeys[PROMPTS];

    /** Fills the index. */
    @Setup
    public void fill() {
      index = kind.make();
      publishers = new RankBlocks[endpoints];
      for (int slot = 0; slot < endpoints; slot++) {
        publishers[slot] = index.open(slot, 0);
        for (int i = 0; i < blocksEach / CHAIN; i++) {
          publishers[slot].store(0, chain(name(slot, i), CHAIN), CHAIN, Medium.GPU, 0);
        }
      }
      long[] system = chain(-1, SYSTEM_BLOCKS);
      for (int i = 0; i < PROMPTS; i++) {
        long[] keys = chain(-2 - i, promptBlocks);
        System.arraycopy(system, 0, keys, 0, SYSTEM_BLOCKS);
        for (RankBlocks publisher : publishers) {
          if (i == 0) {
            publisher.store(0, system, SYSTEM_BLOCKS, Medium.GPU, 0);
          }
        }
        for (int from = SYSTEM_BLOCKS; from < promptBlocks; from += EVENT_BLOCKS) {
          int count = Math.min(EVENT_BLOCKS, promptBlocks - from);
          long[] event = new long[count];
          System.arraycopy(keys, from, event, 0, count);
          publishers[i % endpoints].store(keys[from - 1], event, count, Medium.GPU, 0);
        }
        prompts[i] = prompt(keys);
      }
    }

    private static long name(int slot, long number) {
      return ((long) slot << 40) + number + 1;
    }

    static PromptKeys prompt(long[] keys) {
      int[] ends = new int[keys.length];
      for (int i = 0; i < keys.length; i++) {
        ends[i] = 16 * (i + 1);
      }
      return new PromptKeys(keys, keys.length, ends, 16 * keys.length);
    }

    static long[] chain(long name, int blocks) {
      long[] keys = new long[blocks];
      fill(name, keys);
      return keys;
    }

    static void fill(long name, long[] keys) {
      long key = name;
      for (int i = 0; i < keys.length; i++) {
        key = (key + name) * 0x9E3779B97F4A7C15L;
        key ^= key >>> 29;
        keys[i] = key;
      }
    }
  }

  /** What a lane that writes owns: the chains that each publisher holds, the oldest first. */
  @State(Scope.Thread)
  public static class Lane {
    private final Random random = new Random(3);
    private final long[] keys = new long[CHAIN];
    private long[] oldest = new long[0];
    private long[] newest = new long[0];

    /** Starts where the index was filled. */
    @Setup(Level.Trial)
    public void begin(Pool pool) {
      oldest = new long[pool.endpoints];
      newest = new long[pool.endpoints];
      Arrays.fill(newest, pool.blocksEach / CHAIN);
    }
  }

  /** What one event loop owns. */
  @State(Scope.Thread)
  public static class Loop {
    private final PrefixMatch match = new PrefixMatch();
    private final Random random = new Random(7);
  }

  /** One chain comes and the publisher's oldest goes, tail first; per block. */
  @Benchmark
  @BenchmarkMode(Mode.Throughput)
  @OperationsPerInvocation(2 * CHAIN)
  public void storeAndRemove(Pool pool, Lane lane) {
    write(pool, lane);
  }

  /** Asks only. */
  @Benchmark
  @BenchmarkMode(Mode.SampleTime)
  public int match(Pool pool, Loop loop) {
    return ask(pool, loop);
  }

  /** Asks while another thread writes. */
  @Benchmark
  @BenchmarkMode(Mode.SampleTime)
  @Group("beside")
  @GroupThreads(1)
  public int matchBesideWriter(Pool pool, Loop loop) {
    return ask(pool, loop);
  }

  /** The thread that writes. */
  @Benchmark
  @BenchmarkMode(Mode.SampleTime)
  @Group("beside")
  @GroupThreads(1)
  public void writer(Pool pool, Lane lane) {
    write(pool, lane);
  }

  /** About as long as asking, but waiting for no memory: what the machine adds to percentiles. */
  @Benchmark
  @BenchmarkMode(Mode.SampleTime)
  public long control(Pool pool, Loop loop) {
    return spin(pool, loop);
  }

  /** The control while another thread writes. */
  @Benchmark
  @BenchmarkMode(Mode.SampleTime)
  @Group("controlBeside")
  @GroupThreads(1)
  public long controlBesideWriter(Pool pool, Loop loop) {
    return spin(pool, loop);
  }

  /** The thread that writes beside the control. */
  @Benchmark
  @BenchmarkMode(Mode.SampleTime)
  @Group("controlBeside")
  @GroupThreads(1)
  public void writerBesideControl(Pool pool, Lane lane) {
    write(pool, lane);
  }

  private static long spin(Pool pool, Loop loop) {
    long state = loop.random.nextInt();
    for (int i = 0; i < STEPS_PER_BLOCK * pool.promptBlocks; i++) {
      state = (state + i) * 0x9E3779B97F4A7C15L;
      state ^= state >>> 29;
    }
    return state;
  }

  private static int ask(Pool pool, Loop loop) {
    loop.match.reset(pool.endpoints);
    pool.index.match(pool.prompts[loop.random.nextInt(PROMPTS)], loop.match);
    return loop.match.tokens(0);
  }

  private static void write(Pool pool, Lane lane) {
    int slot = lane.random.nextInt(pool.endpoints);
    RankBlocks publisher = pool.publishers[slot];
    Pool.fill(Pool.name(slot, lane.newest[slot]++), lane.keys);
    publisher.store(0, lane.keys, CHAIN, Medium.GPU, 0);
    Pool.fill(Pool.name(slot, lane.oldest[slot]++), lane.keys);
    for (int i = CHAIN - 1; i >= 0; i--) {
      publisher.remove(lane.keys[i], Medium.GPU);
    }
  }
}

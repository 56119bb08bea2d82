package io.pickwick.bench.micro;

import io.pickwick.kv.event.Medium;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.BlockIndex;
import io.pickwick.kv.index.PrefixMatch;
import io.pickwick.kv.index.RankBlocks;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.StringTokenizer;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.management.JMException;
import javax.management.ObjectName;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * Memory of a large index by the virtual machine's own heap histogram, and what a reader and
 * another publisher notice of the clearing of a large one.
 *
 * <p>Arguments: blocks in millions, endpoints, and the kind of index; by default ten million blocks
 * of a hundred endpoints. Chains have 20 to 220 blocks.
 */
public final class BlockIndexMemory {
  private static final int SHORTEST = 20;
  private static final int LONGEST = 220;
  private static final int EVENT_BLOCKS = 128;

  private BlockIndexMemory() {}

  /** Fills an index and prints what it takes. */
  public static void main(String[] args) throws Exception {
    long blocks = (args.length > 0 ? Long.parseLong(args[0]) : 10) * 1_000_000;
    int endpoints = args.length > 1 ? Integer.parseInt(args[1]) : 100;
    BlockIndexBenchmark.Kind kind =
        args.length > 2
            ? BlockIndexBenchmark.Kind.valueOf(args[2])
            : BlockIndexBenchmark.Kind.KV_INDEX;
    long before = histogramBytes();
    BlockIndex index = kind.make();
    RankBlocks[] publishers = new RankBlocks[endpoints];
    for (int slot = 0; slot < endpoints; slot++) {
      publishers[slot] = index.open(slot, 0);
    }
    long held = fill(publishers, blocks);
    long bytes = histogramBytes() - before;
    print(
        String.format(
            Locale.ROOT,
            "%s: %,d blocks of %d endpoints take %,d bytes, %.1f each",
            kind,
            held,
            endpoints,
            bytes,
            (double) bytes / held));
    clear(index, endpoints);
  }

  private static long fill(RankBlocks[] publishers, long blocks) {
    Random random = new Random(1);
    long held = 0;
    for (long name = 1; held < blocks; name++) {
      RankBlocks publisher = publishers[random.nextInt(publishers.length)];
      held +=
          store(publisher, BlockIndexBenchmark.Pool.chain(name, random.nextInt(SHORTEST, LONGEST)));
    }
    return held;
  }

  private static int store(RankBlocks publisher, long[] keys) {
    for (int from = 0; from < keys.length; from += EVENT_BLOCKS) {
      int to = Math.min(keys.length, from + EVENT_BLOCKS);
      long parent = from == 0 ? 0 : keys[from - 1];
      publisher.store(parent, Arrays.copyOfRange(keys, from, to), to - from, Medium.GPU, 0);
    }
    return keys.length;
  }

  /**
   * Clears a publisher of a million blocks while one thread asks and another publisher writes, and
   * tells how long each of their calls took.
   */
  private static void clear(BlockIndex index, int endpoints) throws InterruptedException {
    RankBlocks large = index.open(endpoints, 0);
    fill(new RankBlocks[] {large}, 1_000_000);
    PromptKeys prompt =
        BlockIndexBenchmark.Pool.prompt(BlockIndexBenchmark.Pool.chain(1, SHORTEST));
    PrefixMatch match = new PrefixMatch();
    RankBlocks small = index.open(endpoints + 1, 0);
    long[] keys = BlockIndexBenchmark.Pool.chain(-7, EVENT_BLOCKS);
    Calls asking =
        new Calls(() -> {
          match.reset(endpoints + 1);
          index.match(prompt, match);
        });
    Calls writing =
        new Calls(() -> {
          small.store(0, keys, EVENT_BLOCKS, Medium.GPU, 0);
          for (int i = EVENT_BLOCKS - 1; i >= 0; i--) {
            small.remove(keys[i], Medium.GPU);
          }
        });
    asking.start();
    writing.start();
    for (String when : List.of("warming up", "without a clear", "with the clear", "afterwards")) {
      long start = System.nanoTime();
      if (when.equals("with the clear")) {
        large.clear();
        print(
            String.format(
                Locale.ROOT, "the clear took %,d us", (System.nanoTime() - start) / 1000));
      }
      Thread.sleep(2000);
      print("questions of 20 blocks, " + when + ": " + asking.percentiles());
      print("128 blocks stored and removed, " + when + ": " + writing.percentiles());
    }
    asking.end();
    writing.end();
  }

  /** A thread that does the same over and over, and how long that took. */
  private static final class Calls {
    private final Recorder recorder = new Recorder(3);
    private final AtomicBoolean going = new AtomicBoolean(true);
    private final Thread thread;

    Calls(Runnable call) {
      thread =
          Thread.ofPlatform()
              .unstarted(() -> {
                while (going.get()) {
                  long start = System.nanoTime();
                  call.run();
                  recorder.recordValue(System.nanoTime() - start);
                }
              });
    }

    void start() {
      thread.start();
    }

    void end() throws InterruptedException {
      going.set(false);
      thread.join();
    }

    /** Of all calls since this was last asked. */
    String percentiles() {
      Histogram since = recorder.getIntervalHistogram();
      return String.format(
          Locale.ROOT,
          "p50 %.1f, p99 %.1f, p99.9 %.1f, p99.99 %.1f, max %.1f us of %,d",
          since.getValueAtPercentile(50) / 1e3,
          since.getValueAtPercentile(99) / 1e3,
          since.getValueAtPercentile(99.9) / 1e3,
          since.getValueAtPercentile(99.99) / 1e3,
          since.getMaxValue() / 1e3,
          since.getTotalCount());
    }
  }

  /** The last line of the class histogram, which counts only what is reachable. */
  private static long histogramBytes() throws JMException {
    String histogram =
        (String)
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "gcClassHistogram",
                    new Object[] {new String[0]},
                    new String[] {String[].class.getName()});
    StringTokenizer total =
        new StringTokenizer(histogram.stripTrailing().lines().toList().getLast());
    total.nextToken();
    total.nextToken();
    return Long.parseLong(total.nextToken());
  }

  private static void print(String line) {
    System.out.println(line);
  }
}

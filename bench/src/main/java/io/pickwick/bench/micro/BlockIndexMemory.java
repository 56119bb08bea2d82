package io.pickwick.bench.micro;

import io.pickwick.kv.event.Medium;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.BlockIndex;
import io.pickwick.kv.index.PrefixMatch;
import io.pickwick.kv.index.RankBlocks;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.StringTokenizer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Memory of a large index by the virtual machine's own heap histogram, and what a reader notices of
 * the clearing of a large publisher.
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

  /** Clears a publisher of a million blocks while another thread asks, and times its questions. */
  private static void clear(BlockIndex index, int endpoints) throws InterruptedException {
    RankBlocks large = index.open(endpoints, 0);
    fill(new RankBlocks[] {large}, 1_000_000);
    PromptKeys prompt =
        BlockIndexBenchmark.Pool.prompt(BlockIndexBenchmark.Pool.chain(1, SHORTEST));
    AtomicLong slowest = new AtomicLong();
    AtomicBoolean asking = new AtomicBoolean(true);
    Thread reader =
        Thread.ofPlatform()
            .start(() -> {
              PrefixMatch match = new PrefixMatch();
              while (asking.get()) {
                long start = System.nanoTime();
                match.reset(endpoints + 1);
                index.match(prompt, match);
                long took = System.nanoTime() - start;
                slowest.accumulateAndGet(took, Math::max);
              }
            });
    for (int round = 0; round < 3; round++) {
      slowest.set(0);
      long start = System.nanoTime();
      if (round == 2) {
        large.clear();
        print(
            String.format(
                Locale.ROOT, "the clear took %,d us", (System.nanoTime() - start) / 1000));
      }
      Thread.sleep(500);
      print(
          String.format(
              Locale.ROOT,
              "the slowest question in half a second %s: %,d us",
              round == 2 ? "with the clear" : "without a clear",
              slowest.get() / 1000));
    }
    asking.set(false);
    reader.join();
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

package io.pickwick.bench.micro;

import io.pickwick.kv.event.BatchDecoder;
import io.pickwick.kv.event.EngineKeys;
import io.pickwick.kv.event.EventSink;
import io.pickwick.kv.event.RemovedBlocks;
import io.pickwick.kv.event.StoredBlocks;
import io.pickwick.kv.feed.EventApplier;
import io.pickwick.kv.feed.FeedListener;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.KvIndex;
import io.pickwick.kv.index.MediumWeights;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
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
 * Block operations per second of one core: a block stored is one, a block removed is one.
 *
 * <p>Each invocation takes one batch that stores 64 blocks and one that removes 64 older ones, each
 * by an event of its own, as an engine with a full cache publishes them. With one publisher the
 * index lies in the processor's caches, with a thousand it does not.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Xmx3g")
public class EventBenchmark {
  private static final int BLOCKS = 64;
  private static final int HELD_BATCHES = 32;

  /** How the 64 stored blocks come. */
  public enum Case {
    /** All in one event, as a prefill publishes them. */
    PREFILL(BLOCKS),
    /** Each in its own event, as decoding requests publish them. */
    DECODE(1);

    private final int perEvent;

    Case(int perEvent) {
      this.perEvent = perEvent;
    }
  }

  /**
   * Publishers whose caches are full, in turn: each batch stores new blocks, or removes the oldest.
   */
  @State(Scope.Thread)
  public static class Publishers {
    /** Events as maps, as 0.32 writes them, or as arrays. */
    @Param({"true", "false"})
    public boolean maps;

    /** How the stored blocks come. */
    @Param({"PREFILL", "DECODE"})
    public Case blocks = Case.PREFILL;

    /** How many take turns. */
    @Param({"1", "1000"})
    public int publishers;

    private final BatchDecoder decoder = new BatchDecoder();
    private final Counter counter = new Counter();
    private final long[] hashes = new long[BLOCKS];
    private Template stored = Template.NONE;
    private Template removed = Template.NONE;
    private int[] batches = new int[0];
    private int next;

    /** Writes the templates. */
    @Setup
    public void write() {
      Random random = new Random(1);
      long[] marks = random.longs(BLOCKS).toArray();
      stored = Template.of(EventFrames.stored(maps, marks, blocks.perEvent, random), marks);
      removed = Template.of(EventFrames.removed(maps, marks), marks);
      batches = new int[publishers];
    }

    private void both(EventSink sink) {
      int batch = batches[next]++;
      tell(stored, batch, sink);
      if (batch >= HELD_BATCHES) {
        tell(removed, batch - HELD_BATCHES, sink);
      }
      next = (next + 1) % publishers;
    }

    private void tell(Template template, int batch, EventSink sink) {
      long first = ((long) next << 40) + (long) batch * BLOCKS;
      for (int i = 0; i < BLOCKS; i++) {
        long mixed = (first + i + 1) * 0x9E3779B97F4A7C15L;
        hashes[i] = mixed ^ (mixed >>> 32);
      }
      template.fill(hashes);
      decoder.decode(template.batch, 0, template.batch.length, sink);
    }
  }

  /** A batch, and where the hashes of its blocks are. */
  private static final class Template {
    private static final VarHandle LONGS =
        MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final Template NONE = new Template(new byte[0], new int[0]);

    private final byte[] batch;
    private final int[] at;

    private Template(byte[] batch, int[] at) {
      this.batch = batch;
      this.at = at;
    }

    static Template of(byte[] batch, long[] marks) {
      int[] at = new int[marks.length];
      int from = 0;
      for (int i = 0; i < marks.length; i++) {
        while ((long) LONGS.get(batch, from) != marks[i]) {
          from++;
        }
        at[i] = from;
      }
      return new Template(batch, at);
    }

    void fill(long[] hashes) {
      for (int i = 0; i < at.length; i++) {
        LONGS.set(batch, at[i], hashes[i]);
      }
    }
  }

  /** The index that the publishers' blocks go to. */
  @State(Scope.Thread)
  public static class Index {
    private EventSink[] appliers = new EventSink[0];
    private Publishers filledBy = new Publishers();

    /** Fills the caches. */
    @Setup
    public void fill(Publishers publishers) {
      // JMH gives the benchmark itself another one, which would begin again with the same blocks.
      filledBy = publishers;
      KvIndex index = new KvIndex(MediumWeights.standard());
      appliers = new EventSink[publishers.publishers];
      for (int slot = 0; slot < appliers.length; slot++) {
        appliers[slot] =
            new EventApplier(
                slot,
                0,
                index.open(slot, 0),
                new EngineKeys(PromptKeys.separator("model", "")),
                FeedListener.NONE);
      }
      for (int i = 0; i < HELD_BATCHES * appliers.length; i++) {
        publishers.both(appliers[publishers.next]);
      }
    }
  }

  /** Looks at each hash and does nothing with it. */
  private static final class Counter implements EventSink {
    private long sum;

    @Override
    public void stored(StoredBlocks blocks) {
      for (int i = 0; i < blocks.count(); i++) {
        sum += blocks.hash(i);
      }
    }

    @Override
    public void removed(RemovedBlocks blocks) {
      for (int i = 0; i < blocks.count(); i++) {
        sum -= blocks.hash(i);
      }
    }

    @Override
    public void cleared() {
      throw new AssertionError("no batch clears");
    }

    @Override
    public void unreadable(String why, boolean stateLost) {
      throw new AssertionError(why);
    }
  }

  /** Reads the events. */
  @Benchmark
  @OperationsPerInvocation(2 * BLOCKS)
  public long decode(Publishers publishers) {
    publishers.both(publishers.counter);
    return publishers.counter.sum;
  }

  /** Reads the events and writes them to the index. */
  @Benchmark
  @OperationsPerInvocation(2 * BLOCKS)
  public int decodeAndApply(Index index) {
    Publishers publishers = index.filledBy;
    publishers.both(index.appliers[publishers.next]);
    return publishers.next;
  }
}

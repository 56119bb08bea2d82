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
 * by an event of its own, as an engine with a full cache publishes them.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Xmx3g")
public class EventBenchmark {
  private static final int BLOCKS = 64;
  private static final int BATCHES = 4096;

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

  /** A publisher's batches, over and over: what was stored half a round ago is removed. */
  @State(Scope.Thread)
  public static class Publisher {
    /** How stored blocks come. */
    @Param({"PREFILL", "DECODE"})
    public Case blocks;

    /** Whether events are maps, as from 0.24 on. */
    @Param({"false", "true"})
    public boolean maps;

    private final BatchDecoder decoder = new BatchDecoder();
    private final Counter counter = new Counter();
    private final byte[][] stored = new byte[BATCHES][];
    private final byte[][] removed = new byte[BATCHES][];
    private int next;

    /** Writes the batches. */
    @Setup
    public void write() {
      Random random = new Random(1);
      for (int i = 0; i < BATCHES; i++) {
        long[] hashes = random.longs(BLOCKS).toArray();
        stored[i] = EventFrames.stored(maps, hashes, blocks.perEvent, random);
        removed[(i + BATCHES / 2) % BATCHES] = EventFrames.removed(maps, hashes);
      }
    }

    private void both(EventSink sink) {
      byte[] batch = stored[next];
      decoder.decode(batch, 0, batch.length, sink);
      byte[] gone = removed[next];
      decoder.decode(gone, 0, gone.length, sink);
      next = (next + 1) % BATCHES;
    }
  }

  /** The index that the publisher's blocks go to. */
  @State(Scope.Thread)
  public static class Index {
    private final EventApplier applier =
        new EventApplier(
            0,
            0,
            new KvIndex(MediumWeights.standard()).open(0, 0),
            new EngineKeys(PromptKeys.separator("model", "")),
            FeedListener.NONE);
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
  public long decode(Publisher publisher) {
    publisher.both(publisher.counter);
    return publisher.counter.sum;
  }

  /** Reads the events and writes them to the index. */
  @Benchmark
  @OperationsPerInvocation(2 * BLOCKS)
  public long decodeAndApply(Publisher publisher, Index index) {
    publisher.both(index.applier);
    return index.applier.storedBlocks();
  }
}

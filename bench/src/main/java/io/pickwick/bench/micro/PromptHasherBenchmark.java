package io.pickwick.bench.micro;

import io.pickwick.kv.hash.BlockLayout;
import io.pickwick.kv.hash.PromptHasher;
import io.pickwick.kv.hash.PromptKeys;
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

/** Time to turn a prompt's bytes, in pieces as they come from Envoy, into its block keys. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Thread)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class PromptHasherBenchmark {
  /** The prompt's length in bytes. */
  @Param({"800", "45000", "450000"})
  public int bytes;

  /** The length in bytes of the pieces it comes in. */
  @Param({"100", "16000"})
  public int piece;

  private final PromptHasher hasher = new PromptHasher(BlockLayout.standard(), 1);
  private byte[] prompt = new byte[0];

  /** Makes the prompt. */
  @Setup
  public void fill() {
    prompt = new byte[bytes];
    new Random(1).nextBytes(prompt);
  }

  /** Hashes it all. */
  @Benchmark
  public PromptKeys hash() {
    hasher.reset();
    for (int at = 0; at < prompt.length; at += piece) {
      hasher.content(prompt, at, Math.min(piece, prompt.length - at));
    }
    return hasher.finish();
  }
}

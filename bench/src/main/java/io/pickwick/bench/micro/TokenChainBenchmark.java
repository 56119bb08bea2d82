package io.pickwick.bench.micro;

import io.pickwick.kv.hash.ExtraForm;
import io.pickwick.kv.hash.ExtraKeys;
import io.pickwick.kv.hash.ExtraKeys.Adapter;
import io.pickwick.kv.hash.HashAlgorithm;
import io.pickwick.kv.hash.HashScheme;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.hash.TokenChain;
import java.util.Optional;
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

/** Time to turn a prompt's tokens into the keys of an engine's blocks. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Thread)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class TokenChainBenchmark {
  private static final int VOCABULARY = 152_064;

  /** How the engine hashes. */
  @Param public HashAlgorithm algorithm;

  /** The prompt's length. */
  @Param("7200")
  public int tokens;

  /** Tokens of a block. */
  @Param("16")
  public int blockSize;

  /** Whether the request goes to an adapter. */
  @Param("false")
  public boolean adapted;

  private int[] prompt = new int[0];
  private ExtraKeys extra = ExtraKeys.NONE;
  private TokenChain chain = chain(HashAlgorithm.SHA256, 16);
  private TokenChain.Mark beforeLast = chain.mark();

  /** Draws the tokens and marks where a tenth of them is left. */
  @Setup
  public void fill() {
    prompt = new Random(1).ints(tokens, 0, VOCABULARY).toArray();
    extra =
        adapted
            ? ExtraKeys.ofAdapter(new Adapter("sql-lora", 1, "/adapters/sql-lora"))
            : ExtraKeys.NONE;
    chain = chain(algorithm, blockSize);
    chain.reset(extra, 1);
    chain.add(prompt, 0, tokens - tokens / 10);
    beforeLast = chain.mark();
  }

  /** Hashes the whole prompt. */
  @Benchmark
  public PromptKeys whole() {
    chain.reset(extra, 1);
    chain.add(prompt, 0, tokens);
    return chain.hits();
  }

  /** Hashes a prompt of which nine tenths came before, as in a conversation's next round. */
  @Benchmark
  public PromptKeys nextRound() {
    chain.resume(beforeLast);
    chain.add(prompt, beforeLast.tokens(), tokens);
    return chain.hits();
  }

  private static TokenChain chain(HashAlgorithm algorithm, int blockSize) {
    return new TokenChain(
        new HashScheme(algorithm, Optional.of("0"), blockSize, ExtraForm.TAGGED),
        ExtraKeys.NONE,
        1);
  }
}

package io.pickwick.bench.micro;

import io.pickwick.epp.prompt.token.SegmentedText;
import io.pickwick.epp.prompt.token.SegmentedTokens;
import io.pickwick.epp.prompt.token.Tokenizer;
import io.pickwick.epp.prompt.token.Tokenizers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.AuxCounters;
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
 * Tokens per second of this project's documentation as one prompt: in Java, by the native library,
 * and as the next round of a conversation that is known but for its end.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@State(Scope.Thread)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class TokenizerBenchmark {
  private static final long REMEMBERED = 64 << 20;

  /** The model's directory or tokenizer.json. */
  @Param("epp-server/src/test/resources/io/pickwick/epp/prompt/token/qwen2.json")
  public String tokenizer = "";

  /** The prompt's length in bytes. */
  @Param({"4000", "400000"})
  public int bytes;

  private byte[] text = new byte[0];
  private String history = "";
  private long rounds;

  /** How many tokens came out. */
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @State(Scope.Thread)
  public static class Counts {
    public long tokens;
    public long sum;

    void add(int id) {
      tokens++;
      sum += id;
    }
  }

  /** The tokenizer in Java. */
  @State(Scope.Thread)
  public static class InJava {
    private @Nullable Tokenizer opened;
    private @Nullable SegmentedTokens segmented;

    /** Opens it. */
    @Setup
    public void open(TokenizerBenchmark benchmark) throws IOException {
      opened = Tokenizers.load(Path.of(benchmark.tokenizer));
      segmented = new SegmentedTokens(opened, REMEMBERED);
    }
  }

  /** The native library. */
  @State(Scope.Thread)
  public static class Native {
    private @Nullable Tokenizer opened;

    /** Opens it. */
    @Setup
    public void open(TokenizerBenchmark benchmark) throws IOException {
      opened = Tokenizers.loadNative(Path.of(benchmark.tokenizer));
    }
  }

  /** Reads the prompt. */
  @Setup
  public void read() throws IOException {
    StringBuilder prose = new StringBuilder();
    try (Stream<Path> docs = Files.list(Path.of("docs"))) {
      List<Path> pages = docs.filter(page -> page.toString().endsWith(".md")).sorted().toList();
      while (prose.length() < bytes) {
        for (Path page : pages) {
          prose.append(Files.readString(page));
        }
      }
    }
    history = prose.substring(0, bytes);
    text = history.getBytes(StandardCharsets.UTF_8);
  }

  /** All of it in Java. */
  @Benchmark
  public long java(InJava java, Counts counts) {
    Objects.requireNonNull(java.opened).encode(text, 0, text.length, counts::add);
    return counts.sum;
  }

  /** All of it by the library. */
  @Benchmark
  public long library(Native library, Counts counts) {
    Objects.requireNonNull(library.opened).encode(text, 0, text.length, counts::add);
    return counts.sum;
  }

  /** All of it with a new end, the beginning remembered. */
  @Benchmark
  public long nextRound(InJava java, Counts counts) {
    SegmentedTokens segmented = Objects.requireNonNull(java.segmented);
    SegmentedText cut =
        segmented.cut(history + "\nAnd what does it cost in round " + rounds++ + "?");
    for (int segment = 0; segment < cut.segments(); segment++) {
      segmented.encode(cut, segment, counts::add);
    }
    return counts.sum;
  }
}

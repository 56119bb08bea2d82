package io.pickwick.bench.micro;

import io.pickwick.pool.Engine;
import io.pickwick.pool.MetricsPage;
import io.pickwick.schedule.Gauges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
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
 * Time to scan a captured page of a real vLLM, in pieces as they come from a socket; run it in the
 * repository's root.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Thread)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class MetricsPageBenchmark {
  /** The captured page. */
  @Param({"vllm-0.32.0-dp2.txt", "vllm-0.32.0-load.txt"})
  public String page;

  /** The length in bytes of the pieces it comes in. */
  @Param({"1460", "16384"})
  public int piece;

  private final MetricsPage scanner = new MetricsPage(Engine.VLLM);
  private byte[] bytes = new byte[0];

  /** Reads the page. */
  @Setup
  public void read() throws IOException {
    bytes =
        Files.readAllBytes(
            Path.of("k8s-watcher/src/test/resources/io/pickwick/pool").resolve(page));
  }

  /** Scans it all. */
  @Benchmark
  public Optional<Gauges> scan() {
    scanner.reset();
    for (int at = 0; at < bytes.length; at += piece) {
      scanner.feed(bytes, at, Math.min(piece, bytes.length - at));
    }
    return scanner.finish(1);
  }
}

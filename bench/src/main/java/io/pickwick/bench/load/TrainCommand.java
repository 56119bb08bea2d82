package io.pickwick.bench.load;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code train}: makes the AOT cache by which Pickwick starts sooner. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    description = "Makes Pickwick's AOT cache: starts it, sends requests, stops it.")
public final class TrainCommand implements Callable<Integer> {
  private static final Duration ASSEMBLY = Duration.ofMinutes(3);
  private static final int PODS = 10;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Where the cache goes (default: ${DEFAULT-VALUE}).")
  private Path out = Path.of("epp-server/target/pickwick.aot");

  @Option(
      names = "--requests",
      description = "How many small requests; the others follow (default: ${DEFAULT-VALUE}).")
  private long requests = 4_000;

  @Option(
      names = "--pod-port",
      description = "Where the pods' metrics are on 127.8.0.x (default: ${DEFAULT-VALUE}).")
  private int podPort = 8200;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    PrintWriter told = spec.commandLine().getOut();
    Path directory = Files.createTempDirectory("pickwick-train");
    Path endpoints = directory.resolve("endpoints.yaml");
    Files.deleteIfExists(out);
    try (PagePods pods = PagePods.start(PODS, podPort)) {
      pods.describe(endpoints);
      List<String> jvmFlags =
          List.of("-XX:+UseSerialGC", "-XX:AOTCacheOutput=" + out.toAbsolutePath());
      try (Contender pickwick = Contender.pickwick(directory, endpoints, 2, jvmFlags)) {
        for (Shape shape :
            List.of(
                Shape.lockstep("small", 200, 1),
                Shape.lockstep("stream", 200, 100),
                Shape.lockstep("10k", 10_000, 1))) {
          long count = shape.name().equals("small") ? requests : Math.max(16, requests / 10);
          Outcome outcome = pickwick.load(shape, count);
          if (outcome.failed() > 0) {
            throw new IOException(outcome.failed() + " requests failed: " + outcome.failures());
          }
        }
        if (!pickwick.process().terminate(ASSEMBLY)) {
          throw new IOException("Pickwick did not end. " + pickwick.process().lastWords());
        }
        if (!Files.exists(out)) {
          throw new IOException("No cache was written. " + pickwick.process().lastWords());
        }
      }
      told.printf(Locale.ROOT, "%s: %.1f MiB%n", out, Files.size(out) / 1048576.0);
      told.flush();
      return 0;
    } catch (IOException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return 1;
    }
  }
}

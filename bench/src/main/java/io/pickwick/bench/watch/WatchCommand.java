package io.pickwick.bench.watch;

import io.pickwick.bench.measure.Measurement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command {@code watch}: a pool in Kubernetes whose pods come and go, from the API server to
 * the snapshot, with decisions beside it.
 *
 * <p>It ends with 1 when at the end the pool does not hold exactly the pods that are ready, or a
 * decision found no endpoint.
 */
@Command(
    name = "watch",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = "Measures what keeping a pool in Kubernetes known costs (Linux).")
public final class WatchCommand implements Callable<Integer> {
  @Option(names = "--pods", defaultValue = "1000", description = "how many")
  private int pods;

  @Option(names = "--changes", defaultValue = "50", description = "changes of pods per second")
  private int changes;

  @Option(names = "--decisions", defaultValue = "500", description = "decisions per second")
  private int decisions;

  @Option(names = "--warm-up", defaultValue = "20", description = "seconds before it is measured")
  private int warmUp;

  @Option(names = "--window", defaultValue = "5", description = "seconds of each measurement")
  private int window;

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "measurements, each without changes and with them")
  private int rounds;

  @Option(
      names = "--server-jvm",
      split = " ",
      defaultValue = "-XX:+UseSerialGC -Xmx256m",
      description = "JVM flags of the API server's process")
  private List<String> jvmFlags = new ArrayList<>();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    WatchLoad load = load();
    return Measurement.run(
        spec, "pickwick-watch", directory -> WatchRun.run(load, jvmFlags, directory));
  }

  private WatchLoad load() {
    try {
      return new WatchLoad(
          pods, changes, decisions, Duration.ofSeconds(warmUp), Duration.ofSeconds(window), rounds);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }
}

package io.pickwick.bench.feed;

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
 * The command {@code feed}: KV events of many publishers from their sockets to the block index.
 *
 * <p>It ends with 1 when, after the publishers have stopped and everything has been applied, the
 * index does not hold exactly what they hold.
 */
@Command(
    name = "feed",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = "Measures what receiving KV events of many publishers costs (Linux).")
public final class FeedCommand implements Callable<Integer> {
  @Option(names = "--publishers", defaultValue = "1000", description = "how many")
  private int publishers;

  @Option(
      names = "--rate",
      defaultValue = "1000",
      description = "block operations per second of each publisher, stored and removed")
  private int rate;

  @Option(
      names = "--held",
      defaultValue = "4000",
      description = "blocks that a publisher holds before it removes as many as it stores")
  private int held;

  @Option(
      names = "--direction",
      defaultValue = "connect",
      description = "connect: we connect to each publisher; bind: they connect to us")
  private String direction = "";

  @Option(names = "--lanes", defaultValue = "2", description = "threads that decode and apply")
  private int lanes;

  @Option(
      names = "--lookups",
      defaultValue = "200",
      description = "lookups of 512 blocks per second meanwhile; 0: none")
  private int lookups;

  @Option(names = "--warm-up", defaultValue = "15", description = "seconds before it is measured")
  private int warmUp;

  @Option(names = "--window", defaultValue = "20", description = "seconds that are measured")
  private int window;

  @Option(
      names = "--publishers-jvm",
      split = " ",
      defaultValue = "-XX:+UseSerialGC -Xmx1g",
      description = "JVM flags of the publishers' process")
  private List<String> jvmFlags = new ArrayList<>();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    FeedLoad load = load();
    return Measurement.run(
        spec, "pickwick-feed", directory -> FeedRun.run(load, jvmFlags, directory));
  }

  private FeedLoad load() {
    if (!direction.equals("connect") && !direction.equals("bind")) {
      throw new ParameterException(
          spec.commandLine(), "--direction must be connect or bind: " + direction);
    }
    try {
      return new FeedLoad(
          publishers,
          rate,
          held / BlockChains.STORED,
          direction.equals("bind"),
          lanes,
          lookups,
          Duration.ofSeconds(warmUp),
          Duration.ofSeconds(window));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }
}

package io.pickwick.bench.load;

import io.pickwick.bench.measure.Measurement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command {@code load}: what a request costs Pickwick, beside the echo, in one run.
 *
 * <p>For each number of endpoints both servers are started and stay alive side by side; both are
 * warmed in every case before anything is measured; then they are measured in turn, case by case,
 * as often as asked, the one that begins changing each time.
 */
@Command(
    name = "load",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = "Measures what a request costs Pickwick beside a plain echo, in one run (Linux).")
public final class LoadCommand implements Callable<Integer> {
  private static final String IDLE = "idle";
  private static final String COLD = "cold";
  private static final int IDLE_ENDPOINTS = 100;
  private static final int COLD_ENDPOINTS = 10;
  private static final Duration SETTLE = Duration.ofMillis(500);

  @Option(
      names = "--cases",
      split = ",",
      defaultValue = "small,stream,paced,10k,100k,e100,e1000,idle,cold",
      description = "what to measure")
  private List<String> cases = new ArrayList<>();

  @Option(names = "--repeat", defaultValue = "3", description = "measured windows of each case")
  private int repeat;

  @Option(
      names = "--warm-up",
      defaultValue = "1.0",
      description = "share of the warm-up requests (25,000 small, 4,000 stream, 5,000 10k, ...)")
  private double warmUps;

  @Option(
      names = "--window",
      defaultValue = "1.0",
      description = "share of a window's requests (10,000 small, 1,500 stream, 3,000 10k, ...)")
  private double windows;

  @Option(
      names = "--idle-seconds",
      defaultValue = "3",
      description = "how long both are watched without requests before each window")
  private int idleSeconds;

  @Option(names = "--event-loops", defaultValue = "2", description = "of both servers")
  private int eventLoops;

  @Option(
      names = "--jvm",
      split = " ",
      defaultValue = "-XX:+UseSerialGC -Xmx256m",
      description = "JVM flags of both servers")
  private List<String> jvmFlags = new ArrayList<>();

  @Option(names = "--pickwick-jvm", split = " ", description = "more JVM flags of Pickwick")
  private List<String> pickwickJvmFlags = new ArrayList<>();

  @Option(
      names = "--aot-cache",
      defaultValue = "epp-server/target/pickwick.aot",
      description = "Pickwick's AOT cache for the cold starts, made by deploy/aot.sh")
  private Path aotCache = Path.of("");

  @Option(
      names = "--pod-port",
      defaultValue = "8200",
      description = "where the pods' metrics are, at 127.8.0.1 and on")
  private int podPort;

  @Option(names = "--out", paramLabel = "FILE", description = "also write the report here")
  private List<Path> out = new ArrayList<>();

  @Spec private CommandSpec spec;

  private final LoadReport report = new LoadReport();

  @Override
  public Integer call() throws Exception {
    SequencedMap<Integer, List<LoadCase>> byEndpoints = byEndpoints();
    Path directory = Files.createTempDirectory("pickwick-load");
    conditions();
    say("Logs are in " + directory + ".");
    try {
      for (var group : byEndpoints.entrySet()) {
        compare(directory, group.getKey(), group.getValue());
      }
      if (cases.contains(IDLE)) {
        idle(directory);
      }
      if (cases.contains(COLD)) {
        cold(directory);
      }
    } catch (IOException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return 1;
    }
    report.condition("Load average at the end: " + Measurement.loadAverage() + ".");
    String markdown = report.markdown();
    say("\n" + markdown);
    for (Path file : out) {
      Files.writeString(file, markdown);
    }
    return report.failed() == 0 ? 0 : 1;
  }

  private SequencedMap<Integer, List<LoadCase>> byEndpoints() {
    SequencedMap<Integer, List<LoadCase>> groups = new TreeMap<>();
    for (String name : cases) {
      if (name.equals(IDLE) || name.equals(COLD)) {
        continue;
      }
      try {
        for (LoadCase loadCase : LoadCase.named(name)) {
          groups
              .computeIfAbsent(loadCase.endpoints(), _ -> new ArrayList<>())
              .add(loadCase.scaled(warmUps, windows));
        }
      } catch (IllegalArgumentException e) {
        throw new ParameterException(spec.commandLine(), e.getMessage(), e);
      }
    }
    return groups;
  }

  private void compare(Path directory, int endpoints, List<LoadCase> loadCases) throws Exception {
    Path file = directory.resolve("endpoints.yaml");
    try (PagePods _ = pods(endpoints, file);
        Contender echo = Contender.echo(directory, eventLoops, jvmFlags);
        Contender pickwick = pickwick(directory, file, pickwickJvmFlags)) {
      for (LoadCase it : loadCases) {
        for (Contender server : List.of(echo, pickwick)) {
          Outcome outcome = server.load(it.shape(), it.warmUp());
          say("%s, %d endpoints: warmed %s".formatted(it.name(), endpoints, told(server, outcome)));
        }
      }
      List<List<Sample>> echoes = loadCases.stream().map(_ -> samples()).toList();
      List<List<Sample>> picks = loadCases.stream().map(_ -> samples()).toList();
      for (int round = 0; round < repeat; round++) {
        for (int i = 0; i < loadCases.size(); i++) {
          LoadCase it = loadCases.get(i);
          Thread.sleep(SETTLE);
          List<Contender> both = List.of(echo, pickwick);
          double[] idle = idleCores(both);
          for (int turn = 0; turn < both.size(); turn++) {
            int which = (turn + round) % both.size();
            Contender server = both.get(which);
            Sample sample = server.measure(it.shape(), it.requests(), idle[which]);
            (server == echo ? echoes : picks).get(i).add(sample);
            say(
                "%s, %d endpoints: %.3f ms net, %s"
                    .formatted(
                        it.name(), endpoints, sample.netMillis(), told(server, sample.outcome())));
          }
        }
      }
      for (int i = 0; i < loadCases.size(); i++) {
        report.add(new Comparison(loadCases.get(i), echoes.get(i), picks.get(i)));
      }
    }
  }

  private static List<Sample> samples() {
    return new ArrayList<>();
  }

  private double[] idleCores(List<Contender> servers) throws IOException, InterruptedException {
    List<Duration> before = new ArrayList<>();
    for (Contender server : servers) {
      before.add(server.process().cpu());
    }
    long start = System.nanoTime();
    Thread.sleep(Duration.ofSeconds(idleSeconds));
    double wall = System.nanoTime() - start;
    double[] cores = new double[servers.size()];
    for (int i = 0; i < cores.length; i++) {
      cores[i] = servers.get(i).process().cpu().minus(before.get(i)).toNanos() / wall;
    }
    return cores;
  }

  private void idle(Path directory) throws Exception {
    Path file = directory.resolve("idle.yaml");
    try (PagePods _ = pods(IDLE_ENDPOINTS, file);
        Contender pickwick = pickwick(directory, file, pickwickJvmFlags)) {
      say("Watching Pickwick idle with " + IDLE_ENDPOINTS + " endpoints for 90 s ...");
      report.add(
          IdleRun.watch(pickwick, IDLE_ENDPOINTS, Duration.ofSeconds(60), Duration.ofSeconds(30)));
    }
  }

  private void cold(Path directory) throws Exception {
    Path file = directory.resolve("cold.yaml");
    try (PagePods _ = pods(COLD_ENDPOINTS, file)) {
      say("Starting fresh processes ...");
      report.add(
          ColdRun.measure("echo", repeat, () -> Contender.echo(directory, eventLoops, jvmFlags)));
      report.add(
          ColdRun.measure("Pickwick", repeat, () -> pickwick(directory, file, pickwickJvmFlags)));
      if (Files.exists(aotCache)) {
        List<String> flags = new ArrayList<>(pickwickJvmFlags);
        flags.add("-XX:AOTCache=" + aotCache);
        report.add(
            ColdRun.measure("Pickwick, AOT cache", repeat, () -> pickwick(directory, file, flags)));
      } else {
        report.condition(
            "There is no " + aotCache + ", so no cold start with it; deploy/aot.sh makes it.");
      }
    }
  }

  private PagePods pods(int count, Path file) throws IOException {
    PagePods pods = PagePods.start(count, podPort);
    try {
      pods.describe(file);
      return pods;
    } catch (IOException e) {
      pods.close();
      throw e;
    }
  }

  private Contender pickwick(Path directory, Path endpoints, List<String> more)
      throws IOException, InterruptedException {
    return Contender.pickwick(
        directory, endpoints, eventLoops, Stream.concat(jvmFlags.stream(), more.stream()).toList());
  }

  private void conditions() throws IOException {
    report.condition(
        "`java -jar bench/target/pickwick-bench.jar "
            + String.join(" ", spec.commandLine().getParseResult().originalArgs())
            + "`, begun "
            + Instant.now().truncatedTo(ChronoUnit.SECONDS)
            + ".");
    report.condition(
        "%s, %d processors, Java %s; load average at the begin: %s."
            .formatted(
                processor(),
                Runtime.getRuntime().availableProcessors(),
                Runtime.version(),
                Measurement.loadAverage()));
    report.condition(
        "Both servers: `%s`, %d event loops; Pickwick also: `%s -v=1 --secure-serving=false`."
            .formatted(String.join(" ", jvmFlags), eventLoops, String.join(" ", pickwickJvmFlags))
            .replace("` ", "`"));
    report.condition(
        "Warm-up and window: %s and %s of the standard number of requests; %d windows each."
            .formatted(warmUps, windows, repeat));
  }

  private static String processor() throws IOException {
    return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("an unnamed processor");
  }

  private static String told(Contender server, Outcome outcome) {
    return String.format(
        Locale.ROOT,
        "%s, %d requests in %.1f s%s",
        server.name(),
        outcome.requests(),
        outcome.wall().toMillis() / 1000.0,
        outcome.failed() == 0 ? "" : ", " + outcome.failed() + " FAILED: " + outcome.failures());
  }

  private void say(String line) {
    Measurement.say(spec.commandLine().getOut(), line);
  }
}

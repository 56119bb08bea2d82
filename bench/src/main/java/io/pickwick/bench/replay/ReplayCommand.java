package io.pickwick.bench.replay;

import io.pickwick.bench.command.CommandLines;
import io.pickwick.bench.command.Faults;
import io.pickwick.bench.command.WholeFile;
import io.pickwick.bench.command.Within;
import io.pickwick.bench.engine.EngineSpec;
import io.pickwick.bench.workload.Workload;
import io.pickwick.bench.workload.WorkloadException;
import io.pickwick.bench.workload.WorkloadSpec;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command {@code replay}: one workload on one simulated fleet, with several policies side by
 * side and several seeds, in virtual time.
 *
 * <p>The table goes to the standard output, what is under way to the standard error.
 */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = "Replays a workload in virtual time and compares policies.")
public final class ReplayCommand implements Callable<Integer> {
  private static final int SCRAPES_PER_SECOND = 200;
  private static final double LEAST_SCRAPE_MILLIS = 50;
  private static final long MOST_BLOCKS = 1_000_000_000;

  @Option(
      names = "--workload",
      paramLabel = "SPEC",
      description =
          "what is asked, such as shared-prefix:groups=150,prompts=5 or mooncake:FILE;"
              + " the command workload lists them")
  private @Nullable String workload;

  @Option(
      names = "--policies",
      split = ",",
      paramLabel = "POLICY",
      defaultValue =
          "random,round-robin,least-requests,least-queued-tokens,gie-1-1-1,gie-3-2-2,llm-d-sticky,"
              + "llm-d-default,dynamo,lmetric,lpwl,ours,clairvoyant,pooled",
      description = "which, each as NAME or NAME/parameter=value/...; --policy-table lists them")
  private List<String> policies = new ArrayList<>();

  @Option(names = "--policy-table", description = "list the policies and end")
  private boolean listsPolicies;

  @Option(names = "--pods", defaultValue = "8", description = "how many pods")
  @Within(least = 1, most = FleetSpec.MOST_PODS)
  private int pods;

  @Option(
      names = "--engine",
      defaultValue = "qwen-7b-h100-tp2",
      description = "what each pod is a model of")
  private String engine = "";

  @Option(
      names = "--kv-tokens",
      defaultValue = "0",
      description = "tokens that a pod's KV cache holds; 0: the engine's own")
  @Within(least = 1, most = 1_000_000_000, orZero = true)
  private int kvTokens;

  @Option(
      names = "--block-size",
      defaultValue = "0",
      description =
          "tokens of a KV block; fewer and larger ones replay faster; 0: the engine's own")
  @Within(least = 1, most = 65_536, orZero = true)
  private int blockSize;

  @Option(
      names = "--model-length",
      defaultValue = "0",
      description = "the longest sequence in tokens; longer prompts fail; 0: the engine's own")
  @Within(least = 2, most = 1 << 24, orZero = true)
  private int modelLength;

  @Option(names = "--seeds", defaultValue = "5", description = "how many seeds, from 1 on")
  @Within(least = 1, most = 10_000)
  private int seeds;

  @Option(
      names = "--rate-scale",
      defaultValue = "1",
      description = "how many times as fast the requests come that wait for no other")
  @Within(least = 0.001, most = 1000)
  private double rateScale;

  @Option(
      names = "--drain",
      description = "a stage of a ladder begins when all before it have ended, as in llm-d's runs")
  private boolean drains;

  @Option(names = "--routers", defaultValue = "1", description = "replicas of the router")
  @Within(least = 1, most = FleetSpec.MOST_PODS)
  private int routers;

  @Option(
      names = "--scrape-interval-ms",
      defaultValue = "0",
      description = "between two scrapes of a pod; 0: 50, or what keeps all to 200 a second")
  @Within(least = 1, most = 3_600_000, orZero = true)
  private double scrapeMillis;

  @Option(names = "--scrape-delay-ms", defaultValue = "5", description = "age of what they tell")
  @Within(least = 0, most = 3_600_000)
  private double scrapeDelayMillis;

  @Option(
      names = "--event-delay-ms",
      defaultValue = "5",
      description = "from the end of a step until its KV events are known")
  @Within(least = 0, most = 3_600_000)
  private double eventDelayMillis;

  @Option(
      names = "--event-loss",
      defaultValue = "0",
      description = "share of steps whose KV events are never known, 0 to 1")
  @Within(least = 0, most = 1)
  private double eventLoss;

  @Option(names = "--dispatch-ms", defaultValue = "1", description = "from the pick to the pod")
  @Within(least = 0, most = 3_600_000)
  private double dispatchMillis;

  @Option(names = "--slo-ttft-ms", defaultValue = "2000", description = "for the share of good")
  @Within(least = 0.001, most = 86_400_000)
  private double sloTtft;

  @Option(names = "--slo-tpot-ms", defaultValue = "100", description = "for the share of good")
  @Within(least = 0.001, most = 86_400_000)
  private double sloTpot;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description =
          "writes a line of JSON for each run; the file is there when all have ended, until then"
              + " they are beside it in FILE.….part")
  private @Nullable Path out;

  @Option(names = "--threads", defaultValue = "1", description = "runs at the same time")
  @Within(least = 1, most = 1024)
  private int threads;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (listsPolicies) {
      say(policyTable());
      return 0;
    }
    if (workload == null) {
      throw wrong("--workload is needed; the command workload lists those there are.");
    }
    try {
      Comparison comparison = compare(asked(workload));
      say(comparison.markdown());
      if (comparison.isEmpty()) {
        spec.commandLine().getErr().println("No run has completed a request.");
        return CommandLine.ExitCode.SOFTWARE;
      }
      return 0;
    } catch (WorkloadException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  /** All that is asked for, of which what can't be is found before anything is run. */
  private record Asked(
      WorkloadSpec workload, FleetSpec fleet, Course course, Slo slo, List<Policy> policies) {}

  private Asked asked(String text) {
    try {
      WorkloadSpec asked = WorkloadSpec.parse(text);
      return new Asked(
          asked,
          fleet(),
          new Course(rateScale, asked.stages(), drains),
          new Slo(sloTtft, sloTpot),
          policies.stream().map(Policy::parse).toList());
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  private FleetSpec fleet() {
    EngineSpec model = EngineSpec.preset(engine);
    int length = modelLength > 0 ? modelLength : model.maxModelLength();
    if (kvTokens > 0 || blockSize > 0) {
      int tokens = kvTokens > 0 ? kvTokens : (model.kvBlocks() - 1) * model.blockSize();
      int size = blockSize > 0 ? blockSize : model.blockSize();
      if (tokens < size) {
        throw new IllegalArgumentException(
            "%,d tokens of KV cache (--kv-tokens) are not one block of %,d (--block-size)."
                .formatted(tokens, size));
      }
      model = model.withBlocks(1 + tokens / size, size);
    }
    long blocks = (long) pods * (model.kvBlocks() - 1);
    if (blocks > MOST_BLOCKS) {
      throw new IllegalArgumentException(
          "%,d pods (--pods) of %,d blocks (--kv-tokens, --block-size) have %,d; there may be %,d in all."
              .formatted(pods, model.kvBlocks() - 1, blocks, MOST_BLOCKS));
    }
    double scrape =
        scrapeMillis > 0
            ? scrapeMillis
            : Math.max(LEAST_SCRAPE_MILLIS, pods * 1000.0 / SCRAPES_PER_SECOND);
    return new FleetSpec(
        model.withModelLength(length),
        pods,
        routers,
        nanos(scrape),
        nanos(scrapeDelayMillis),
        nanos(eventDelayMillis),
        eventLoss,
        nanos(dispatchMillis));
  }

  private Comparison compare(Asked asked) throws IOException, InterruptedException {
    Path place = out;
    if (place == null) {
      return compare(asked, line -> {});
    }
    try (WholeFile file = begun(place)) {
      try {
        Comparison comparison = compare(asked, file::append);
        file.finish();
        return comparison;
      } finally {
        file.left()
            .ifPresent(part ->
                spec.commandLine().getErr().println("The runs that have ended are in " + part));
      }
    }
  }

  private WholeFile begun(Path place) {
    try {
      return WholeFile.at(place);
    } catch (IOException e) {
      throw wrong("--out: " + Faults.words(e));
    }
  }

  /** Takes each run as a line. */
  private interface Lines {
    void add(String line) throws IOException;
  }

  private Comparison compare(Asked asked, Lines lines) throws IOException, InterruptedException {
    Comparison comparison = new Comparison();
    RunWriter writer = new RunWriter();
    ExecutorService workers = Executors.newFixedThreadPool(threads);
    try {
      for (long seed = 1; seed <= seeds; seed++) {
        Workload requests = asked.workload().generate(seed);
        asked.course().check(requests);
        KeyedWorkload keyed = KeyedWorkload.of(requests, asked.fleet().engine().blockSize());
        List<Future<RunResult>> runs = new ArrayList<>();
        for (Policy policy : asked.policies()) {
          long its = seed;
          runs.add(
              workers.submit(
                  () -> new Replay(keyed, asked.fleet(), policy, asked.course(), its).run()));
        }
        for (Future<RunResult> one : runs) {
          RunResult run = result(one);
          Summary summary = Summary.of(run, asked.slo());
          comparison.add(run.policy(), seed, summary);
          lines.add(writer.line(run, summary, asked.slo()) + "\n");
          tell(run, summary);
        }
      }
    } finally {
      // Nobody waits for runs of which one has failed.
      workers.shutdownNow();
    }
    return comparison;
  }

  private static RunResult result(Future<RunResult> run) throws InterruptedException {
    try {
      return run.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e);
    }
  }

  private void tell(RunResult run, Summary summary) {
    PrintWriter told = spec.commandLine().getErr();
    told.printf(
        Locale.ROOT,
        "seed %d, %s: TTFT mean %s ms, %d completed, %d failed%n",
        run.seed(),
        run.policy(),
        summary.completed() == 0 ? "–" : String.format(Locale.ROOT, "%.0f", summary.ttft().mean()),
        summary.completed(),
        summary.failed());
    int refused = run.failures(RunResult.Failure.REFUSED);
    if (refused > 0) {
      told.printf(
          Locale.ROOT,
          "  %d were refused: they ask for an adapter, or their prompts leave no room below %d"
              + " tokens (--model-length, --kv-tokens)%n",
          refused,
          run.fleet().engine().maxModelLength());
    }
    told.flush();
  }

  private static String policyTable() {
    return Policies.table().stream()
        .map(entry ->
            "%s: %s%s"
                .formatted(
                    entry.name(),
                    entry.description(),
                    entry.parameters().stream()
                        .map(parameter ->
                            "%n    /%s=%s".formatted(parameter.name(), parameter.standard()))
                        .collect(Collectors.joining())))
        .collect(Collectors.joining(System.lineSeparator()));
  }

  private static long nanos(double millis) {
    return Math.round(millis * 1e6);
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private void say(String text) throws IOException {
    CommandLines.say(spec.commandLine(), text);
  }
}

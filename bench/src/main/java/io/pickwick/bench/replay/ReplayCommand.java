package io.pickwick.bench.replay;

import io.pickwick.bench.engine.EngineSpec;
import io.pickwick.bench.workload.WorkloadException;
import io.pickwick.bench.workload.WorkloadSpec;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
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
  private int kvTokens;

  @Option(
      names = "--block-size",
      defaultValue = "0",
      description =
          "tokens of a KV block; fewer and larger ones replay faster; 0: the engine's own")
  private int blockSize;

  @Option(
      names = "--model-length",
      defaultValue = "0",
      description = "the longest sequence in tokens; longer prompts fail; 0: the engine's own")
  private int modelLength;

  @Option(names = "--seeds", defaultValue = "5", description = "how many seeds, from 1 on")
  private int seeds;

  @Option(
      names = "--rate-scale",
      defaultValue = "1",
      description = "how many times as fast the requests come that wait for no other")
  private double rateScale;

  @Option(
      names = "--drain",
      description = "a stage of a ladder begins when all before it have ended, as in llm-d's runs")
  private boolean drains;

  @Option(names = "--routers", defaultValue = "1", description = "replicas of the router")
  private int routers;

  @Option(
      names = "--scrape-interval-ms",
      defaultValue = "0",
      description = "between two scrapes of a pod; 0: 50, or what keeps all to 200 a second")
  private double scrapeMillis;

  @Option(names = "--scrape-delay-ms", defaultValue = "5", description = "age of what they tell")
  private double scrapeDelayMillis;

  @Option(
      names = "--event-delay-ms",
      defaultValue = "5",
      description = "from the end of a step until its KV events are known")
  private double eventDelayMillis;

  @Option(
      names = "--event-loss",
      defaultValue = "0",
      description = "share of steps whose KV events are never known, 0 to 1")
  private double eventLoss;

  @Option(names = "--dispatch-ms", defaultValue = "1", description = "from the pick to the pod")
  private double dispatchMillis;

  @Option(names = "--slo-ttft-ms", defaultValue = "2000", description = "for the share of good")
  private double sloTtft;

  @Option(names = "--slo-tpot-ms", defaultValue = "100", description = "for the share of good")
  private double sloTpot;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "writes a line of JSON for each run into this file")
  private @Nullable Path out;

  @Option(names = "--threads", defaultValue = "1", description = "runs at the same time")
  private int threads;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (listsPolicies) {
      say(policyTable());
      return 0;
    }
    if (workload == null) {
      throw wrong("--workload is needed; the command workload lists those there are.");
    }
    if (seeds < 1 || threads < 1 || !(rateScale > 0)) {
      throw wrong("--seeds, --threads and --rate-scale are more than 0.");
    }
    try {
      WorkloadSpec asked = WorkloadSpec.parse(workload);
      FleetSpec fleet = fleet();
      Slo slo = new Slo(sloTtft, sloTpot);
      List<Policy> all = policies.stream().map(Policy::parse).toList();
      say(compare(asked, fleet, slo, all).markdown());
      return 0;
    } catch (WorkloadException | IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      spec.commandLine().getErr().println(e);
      return 1;
    }
  }

  private FleetSpec fleet() {
    EngineSpec model = EngineSpec.preset(engine);
    if (kvTokens < 0 || modelLength < 0 || blockSize < 0) {
      throw new IllegalArgumentException(
          "--kv-tokens, --block-size and --model-length are not negative.");
    }
    int length = modelLength > 0 ? modelLength : model.maxModelLength();
    if (kvTokens > 0 || blockSize > 0) {
      int tokens = kvTokens > 0 ? kvTokens : (model.kvBlocks() - 1) * model.blockSize();
      int size = blockSize > 0 ? blockSize : model.blockSize();
      model = model.withBlocks(1 + tokens / size, size);
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

  private Comparison compare(WorkloadSpec asked, FleetSpec fleet, Slo slo, List<Policy> all)
      throws IOException, InterruptedException {
    Course course = new Course(rateScale, asked.stages(), drains);
    Comparison comparison = new Comparison();
    RunWriter writer = new RunWriter();
    Path file = out;
    try (ExecutorService workers = Executors.newFixedThreadPool(threads);
        PrintWriter lines =
            new PrintWriter(
                file == null ? java.io.Writer.nullWriter() : Files.newBufferedWriter(file))) {
      for (long seed = 1; seed <= seeds; seed++) {
        KeyedWorkload keyed = KeyedWorkload.of(asked.generate(seed), fleet.engine().blockSize());
        List<Future<RunResult>> runs = new ArrayList<>();
        for (Policy policy : all) {
          long its = seed;
          runs.add(workers.submit(() -> new Replay(keyed, fleet, policy, course, its).run()));
        }
        for (Future<RunResult> one : runs) {
          RunResult run = result(one);
          Summary summary = Summary.of(run, slo);
          comparison.add(run.policy(), seed, summary);
          lines.println(writer.line(run, summary, slo));
          tell(run, summary);
        }
      }
      if (lines.checkError()) {
        throw new IOException(file + " could not be written.");
      }
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
        "seed %d, %s: TTFT mean %.0f ms, %d completed, %d failed%n",
        run.seed(),
        run.policy(),
        summary.ttft().mean(),
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

  private void say(String text) {
    PrintWriter told = spec.commandLine().getOut();
    told.println(text);
    told.flush();
  }
}

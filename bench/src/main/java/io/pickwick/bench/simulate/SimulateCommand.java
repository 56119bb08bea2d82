package io.pickwick.bench.simulate;

import io.pickwick.bench.engine.EngineSpec;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code simulate}: pods of vLLM without a GPU. */
@Command(
    name = "simulate",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = "Starts simulated vLLM pods in one process, until it is interrupted.")
public final class SimulateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--pods", defaultValue = "3", description = "how many pods")
  private int pods;

  @Option(
      names = "--port",
      defaultValue = "8001",
      description = "the first pod's port, the others follow; 0: any free ones")
  private int port;

  @Option(names = "--address", defaultValue = "127.0.0.1", description = "where they listen")
  private String address;

  @Option(
      names = "--model",
      defaultValue = "meta-llama/Llama-3.1-8B-Instruct",
      description = "the base model's name")
  private String model;

  @Option(names = "--lora", split = ",", description = "adapters that every pod knows")
  private List<String> loras = new ArrayList<>();

  @Option(
      names = "--preset",
      defaultValue = "llama-8b-h100",
      completionCandidates = Presets.class,
      description = "model and GPU, one of ${COMPLETION-CANDIDATES}")
  private String preset;

  @Option(
      names = "--speed",
      defaultValue = "1.0",
      description = "how many simulated seconds pass in a real one")
  private double speed;

  @Option(names = "--block-size", defaultValue = "16", description = "tokens in a KV block")
  private int blockSize;

  @Option(
      names = "--kv-blocks",
      defaultValue = "0",
      description = "KV blocks of a pod; 0: the preset's")
  private int kvBlocks;

  @Option(
      names = "--max-loras",
      defaultValue = "0",
      description = "adapters in one batch; 0: the preset's")
  private int maxLoras;

  @Option(
      names = "--max-num-seqs",
      defaultValue = "0",
      description = "sequences in one batch; 0: the preset's")
  private int maxSequences;

  @Option(
      names = "--max-num-batched-tokens",
      defaultValue = "0",
      description = "tokens in one batch; 0: the preset's")
  private int maxBatchedTokens;

  @Option(
      names = "--max-model-len",
      defaultValue = "0",
      description = "tokens of one sequence; 0: the preset's")
  private int maxModelLength;

  @Option(names = "--small-metrics", description = "only the metrics that an endpoint picker reads")
  private boolean smallMetrics;

  @Option(
      names = "--accidents",
      description =
          "serve POST /accident {fail_rate, hang, die_after, close_after_tokens, metrics,"
              + " metrics_delay_ms}")
  private boolean accidents;

  @Option(
      names = "--fail-rate",
      defaultValue = "0",
      description = "the share of requests answered with 500")
  private double failRate;

  @Option(names = "--hang", description = "never answer inference requests")
  private boolean hang;

  @Option(
      names = "--die-after",
      defaultValue = "-1",
      description = "die at the request after so many; negative: never")
  private int dieAfter;

  @Option(
      names = "--close-after-tokens",
      defaultValue = "-1",
      description = "cut each answer off after so many tokens; negative: never")
  private int closeAfterTokens;

  @Option(
      names = "--metrics",
      defaultValue = "true",
      description = "what the metrics page is: true, idle, garbage, endless, fails, torn")
  private String metrics;

  @Option(
      names = "--metrics-delay-ms",
      defaultValue = "0",
      description = "how long the metrics page takes")
  private long metricsDelayMillis;

  /** The names of the presets. */
  static final class Presets extends ArrayList<String> {
    private static final long serialVersionUID = 1L;

    Presets() {
      super(EngineSpec.presets().stream().map(EngineSpec::name).toList());
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    SimulatorOptions options;
    Accidents wrong;
    try {
      options = options();
      wrong = accidentsFromStart();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    try (Simulator simulator = Simulator.start(options)) {
      simulator.pods().forEach(pod -> pod.accident(wrong));
      spec.commandLine()
          .getOut()
          .println(
              "%d pods of %s (%s) at %s"
                  .formatted(
                      options.pods(),
                      options.model(),
                      options.engine().name(),
                      simulator.pods().stream()
                          .map(Pod::hostPort)
                          .collect(Collectors.joining(" "))));
      spec.commandLine().getOut().flush();
      new CountDownLatch(1).await();
      return 0;
    } catch (IOException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return 1;
    }
  }

  SimulatorOptions options() {
    EngineSpec chosen = EngineSpec.preset(preset);
    EngineSpec engine =
        chosen
            .withBlocks(kvBlocks > 0 ? kvBlocks : chosen.kvBlocks(), blockSize)
            .withLimits(
                maxBatchedTokens > 0 ? maxBatchedTokens : chosen.maxBatchedTokens(),
                maxSequences > 0 ? maxSequences : chosen.maxSequences(),
                maxLoras > 0 ? maxLoras : chosen.maxLoras());
    if (maxModelLength > 0) {
      engine = engine.withModelLength(maxModelLength);
    }
    return SimulatorOptions.defaults()
        .withPods(pods)
        .withListen(address, port)
        .withModel(model)
        .withLoras(loras)
        .withEngine(engine)
        .withSpeed(speed)
        .withSmallMetrics(smallMetrics)
        .withAccidentsOverHttp(accidents);
  }

  private Accidents accidentsFromStart() {
    return Accidents.NONE
        .withFailRate(failRate)
        .withHang(hang)
        .withDieAfter(dieAfter)
        .withCloseAfterTokens(closeAfterTokens)
        .withMetrics(
            Accidents.Metrics.valueOf(metrics.toUpperCase(Locale.ROOT)),
            Duration.ofMillis(metricsDelayMillis));
  }
}

package io.pickwick.bench.simulate;

import io.pickwick.bench.command.Within;
import io.pickwick.bench.engine.EngineSpec;
import io.pickwick.bench.events.EngineVersion;
import io.pickwick.bench.events.EventAccidents;
import io.pickwick.bench.events.KvEventOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The command {@code simulate}: pods of vLLM without a GPU. */
@Command(
    name = "simulate",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = "Starts simulated vLLM pods in one process, until it is interrupted.")
public final class SimulateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--pods", defaultValue = "3", description = "how many pods")
  @Within(least = 1, most = 4096)
  private int pods;

  @Option(
      names = "--port",
      defaultValue = "8001",
      description = "the first pod's port, the others follow; 0: any free ones")
  @Within(least = 0, most = 65_535)
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
  @Within(least = 0.001, most = 100_000)
  private double speed;

  @Option(names = "--block-size", defaultValue = "16", description = "tokens in a KV block")
  @Within(least = 1, most = 65_536)
  private int blockSize;

  @Option(
      names = "--kv-blocks",
      defaultValue = "0",
      description = "KV blocks of a pod; 0: the preset's")
  @Within(least = 2, most = 50_000_000, orZero = true)
  private int kvBlocks;

  @Option(
      names = "--max-loras",
      defaultValue = "0",
      description = "adapters in one batch; 0: the preset's")
  @Within(least = 0, most = 10_000)
  private int maxLoras;

  @Option(
      names = "--max-num-seqs",
      defaultValue = "0",
      description = "sequences in one batch; 0: the preset's")
  @Within(least = 0, most = 1_000_000)
  private int maxSequences;

  @Option(
      names = "--max-num-batched-tokens",
      defaultValue = "0",
      description = "tokens in one batch; 0: the preset's")
  @Within(least = 0, most = 1 << 24)
  private int maxBatchedTokens;

  @Option(
      names = "--max-model-len",
      defaultValue = "0",
      description = "tokens of one sequence; 0: the preset's")
  @Within(least = 2, most = 1 << 24, orZero = true)
  private int maxModelLength;

  @Option(names = "--small-metrics", description = "only the metrics that an endpoint picker reads")
  private boolean smallMetrics;

  @Option(
      names = "--accidents",
      description =
          "serve POST /accident {fail_rate, hang, die_after, close_after_tokens, metrics,"
              + " metrics_delay_ms}, {events: {...}} or {restart: true}")
  private boolean accidents;

  @Option(
      names = "--fail-rate",
      defaultValue = "0",
      description = "the share of requests answered with 500")
  @Within(least = 0, most = 1)
  private double failRate;

  @Option(names = "--hang", description = "never answer inference requests")
  private boolean hang;

  @Option(
      names = "--die-after",
      defaultValue = "-1",
      description = "die at the request after so many; -1: never")
  @Within(least = -1, most = 1_000_000_000)
  private int dieAfter;

  @Option(
      names = "--close-after-tokens",
      defaultValue = "-1",
      description = "cut each answer off after so many tokens; -1: never")
  @Within(least = -1, most = 1 << 24)
  private int closeAfterTokens;

  @Option(
      names = "--metrics",
      defaultValue = "true",
      converter = MetricsKind.class,
      description = "what the metrics page is: true, idle, garbage, endless, fails, torn")
  private Accidents.Metrics metrics;

  @Option(
      names = "--metrics-delay-ms",
      defaultValue = "0",
      description = "how long the metrics page takes")
  @Within(least = 0, most = 3_600_000)
  private long metricsDelayMillis;

  @Option(
      names = "--tokenizer",
      defaultValue = "tiny",
      description =
          "tiny: the small model's that comes along; toy: cheap, of no model; or a model's"
              + " directory with tokenizer.json and chat_template.jinja")
  private String tokenizer;

  @Option(
      names = "--spread",
      description =
          "each pod at a loopback address of its own (127.0.0.1, 127.0.0.2 ...), with the same"
              + " ports for its events, as in a cluster")
  private boolean spread;

  @Option(
      names = "--kv-events",
      defaultValue = "off",
      description =
          "publish KV events over ZeroMQ: bind (the picker connects to each pod), connect (the pods"
              + " connect to the picker), off; when they are on, blocks are hashed as vLLM does")
  private String kvEvents;

  @Option(
      names = "--kv-events-endpoint",
      defaultValue = "",
      description =
          "where: with * to bind, as in vLLM, without to connect; default tcp://*:5557 or"
              + " tcp://127.0.0.1:5557. The rank is added to the port, and without --spread two for"
              + " each pod and rank")
  private String kvEventsEndpoint;

  @Option(
      names = "--replay",
      defaultValue = "",
      description = "where replays are asked for, such as tcp://*:5558; empty: nowhere")
  private String replay;

  @Option(
      names = "--buffer-steps",
      defaultValue = "10000",
      description = "how many messages can be replayed")
  @Within(least = 0, most = 10_000_000)
  private int bufferSteps;

  @Option(
      names = "--hwm",
      defaultValue = "100000",
      description = "messages that wait for a slow subscriber before they are dropped")
  @Within(least = 0, most = 100_000_000)
  private int highWaterMark;

  @Option(
      names = "--topic",
      defaultValue = "kv@{address}:{port}@{model}",
      description = "the topic of the events")
  private String topic;

  @Option(
      names = "--engine-version",
      defaultValue = "0.32.0",
      description = "the vLLM whose events, replays and extra keys these are")
  private String engineVersion;

  @Option(
      names = "--hash-algorithm",
      defaultValue = "sha256",
      description = "sha256, sha256_cbor or sha256_cbor_64bit")
  private String hashAlgorithm;

  @Option(
      names = "--hash-seed",
      defaultValue = "",
      description = "PYTHONHASHSEED; empty: not set, so vllm-none-hash")
  private String hashSeed;

  @Option(names = "--byte-hashes", description = "hashes in events as byte strings")
  private boolean byteHashes;

  @Option(
      names = "--data-parallel-size",
      defaultValue = "1",
      description = "data-parallel ranks of a pod, each with a cache and events of its own")
  @Within(least = 1, most = 256)
  private int ranks;

  @Option(
      names = "--event-accident",
      paramLabel = "<name>=<value>",
      description =
          "what goes wrong with the events: drop_every, drop_next, duplicate_every, reorder_every,"
              + " garbage_every (counts of messages), topic (a topic of somebody else's), replay"
              + " (silent, endless, empty); also POST /accident {\"events\": {...}}")
  private Map<String, String> eventAccidents = new HashMap<>();

  /** Reads what the metrics page is. */
  static final class MetricsKind implements ITypeConverter<Accidents.Metrics> {
    @Override
    public Accidents.Metrics convert(String name) {
      try {
        return Accidents.Metrics.named(name);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }

  /** The names of the presets. */
  static final class Presets extends ArrayList<String> {
    private static final long serialVersionUID = 1L;

    Presets() {
      super(EngineSpec.presets().stream().map(EngineSpec::name).toList());
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    SimulatorOptions options;
    Accidents wrong;
    EventAccidents wrongEvents;
    try {
      options = options();
      wrong = accidentsFromStart();
      wrongEvents = EventAccidents.of(eventAccidents);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    try (Simulator simulator = Simulator.start(options)) {
      simulator
          .pods()
          .forEach(pod -> {
            pod.accident(wrong);
            pod.accident(wrongEvents);
          });
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
      if (options.events().on()) {
        simulator
            .pods()
            .forEach(pod ->
                spec.commandLine()
                    .getOut()
                    .println(
                        "KV events of %s: %s, replays: %s"
                            .formatted(pod.name(), pod.eventEndpoints(), pod.replayEndpoints())));
      }
      spec.commandLine().getOut().flush();
      new CountDownLatch(1).await();
      return 0;
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
        .withAccidentsOverHttp(accidents)
        .withSpread(spread)
        .withTokenizer(tokenizer)
        .withEvents(events());
  }

  private KvEventOptions events() {
    KvEventOptions all =
        KvEventOptions.OFF
            .withReplay(replay)
            .withTopic(topic)
            .withBuffers(bufferSteps, highWaterMark)
            .withVersion(EngineVersion.parse(engineVersion))
            .withHashing(hashAlgorithm, hashSeed, byteHashes)
            .withRanks(ranks);
    return switch (kvEvents) {
      case "off" -> all;
      case "bind" -> all.binding(kvEventsEndpoint.isEmpty() ? "tcp://*:5557" : kvEventsEndpoint);
      case "connect" ->
          all.connecting(kvEventsEndpoint.isEmpty() ? "tcp://127.0.0.1:5557" : kvEventsEndpoint);
      default ->
          throw new IllegalArgumentException(
              "--kv-events is bind, connect or off, not " + kvEvents + ".");
    };
  }

  private Accidents accidentsFromStart() {
    return Accidents.NONE
        .withFailRate(failRate)
        .withHang(hang)
        .withDieAfter(dieAfter)
        .withCloseAfterTokens(closeAfterTokens)
        .withMetrics(metrics, Duration.ofMillis(metricsDelayMillis));
  }
}

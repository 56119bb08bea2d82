package io.pickwick.bench.demo;

import io.pickwick.bench.engine.EngineSpec;
import io.pickwick.bench.envoy.Envoy;
import io.pickwick.bench.envoy.EnvoyConfig;
import io.pickwick.bench.envoy.Listener;
import io.pickwick.bench.envoy.Routing;
import io.pickwick.bench.events.KvEventOptions;
import io.pickwick.bench.process.Launcher;
import io.pickwick.bench.process.Pickwick;
import io.pickwick.bench.simulate.Pod;
import io.pickwick.bench.simulate.Simulator;
import io.pickwick.bench.simulate.SimulatorOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** All that the demo runs: simulated pods here, Pickwick and Envoy as processes of their own. */
final class DemoStack implements AutoCloseable {
  private static final String LISTENER = "demo";

  /** By expected time to first token, and the second best named too, for Envoy's retry. */
  private static final String SCHEDULING =
      """
      apiVersion: llm-d.ai/v1alpha1
      kind: EndpointPickerConfig
      plugins:
      - type: expected-ttft-scorer
      - type: max-score-picker
        parameters: { maxNumOfEndpoints: 2, tieBreak: fewest-active }
      schedulingProfiles:
      - name: default
        plugins:
        - pluginRef: expected-ttft-scorer
        - pluginRef: max-score-picker
      """;

  private static final Pattern LIVE =
      Pattern.compile("pickwick_kv_feed_state\\{.*state=\"live\".*} 1(\\.0)?");
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Simulator simulator;
  private final Picker picker;
  private final Envoy envoy;
  private Pickwick pickwick;

  /** How Pickwick is started, again and again. */
  private record Picker(DemoPorts ports, boolean precise, Path directory) {
    Pickwick start() throws IOException, InterruptedException {
      List<String> flags = new ArrayList<>();
      flags.add("--secure-serving=false");
      flags.add("--decision-header");
      flags.add("--config-text=" + SCHEDULING);
      if (precise) {
        flags.add("--kv-events-port=" + ports.events());
        flags.add("--kv-replay-port=" + ports.replays());
        flags.add("--tokenizer-path=" + model(directory));
      }
      return Pickwick.start(
          Launcher.pickwick(),
          directory.resolve("endpoints.yaml"),
          directory.resolve("pickwick.log"),
          ports.grpc(),
          ports.health(),
          ports.metrics(),
          flags);
    }
  }

  private DemoStack(Simulator simulator, Picker picker, Pickwick pickwick, Envoy envoy) {
    this.simulator = simulator;
    this.picker = picker;
    this.pickwick = pickwick;
    this.envoy = envoy;
  }

  /** Starts everything, saying what it does; what had started ends when a later part fails. */
  static DemoStack start(
      Path envoyBinary, DemoPorts ports, boolean precise, Path directory, Consumer<String> say)
      throws IOException, InterruptedException {
    say.accept("Starting three simulated vLLM pods …");
    Simulator simulator = Simulator.start(pods(ports, precise));
    try {
      Files.writeString(directory.resolve("endpoints.yaml"), endpoints(simulator.pods()));
      if (precise) {
        Simulator.unpackModel(Files.createDirectory(model(directory)));
      }
      say.accept(precise ? "Starting Pickwick in tracking mode …" : "Starting Pickwick …");
      Picker picker = new Picker(ports, precise, directory);
      Pickwick pickwick = picker.start();
      try {
        say.accept("Starting Envoy …");
        Envoy envoy =
            Envoy.start(
                envoyBinary,
                new EnvoyConfig(
                    ports.envoyAdmin(),
                    List.of(pickwick.address()),
                    false,
                    simulator.pods().stream().map(Pod::hostPort).toList(),
                    Map.of(),
                    List.of(
                        Listener.named(LISTENER, Routing.OVERRIDE_HOST).withPort(ports.envoy()))),
                directory);
        return new DemoStack(simulator, picker, pickwick, envoy);
      } catch (IOException | InterruptedException | RuntimeException e) {
        pickwick.close();
        throw e;
      }
    } catch (IOException | InterruptedException | RuntimeException e) {
      simulator.close();
      throw e;
    }
  }

  private static SimulatorOptions pods(DemoPorts ports, boolean precise) {
    SimulatorOptions options =
        SimulatorOptions.defaults()
            .withPods(DemoPorts.PODS)
            .withListen("127.0.0.1", ports.pods())
            .withModel(DemoPrompts.MODEL)
            .withEngine(EngineSpec.CODELLAMA_34B_H100);
    if (!precise) {
      return options;
    }
    // As in a cluster, each pod has an address of its own and the same ports for its events.
    return options
        .withSpread(true)
        .withTokenizer(SimulatorOptions.TINY)
        .withEvents(
            KvEventOptions.OFF
                .binding("tcp://*:" + ports.events())
                .withReplay("tcp://*:" + ports.replays()));
  }

  /** Where the files of the model's tokenizer lie. */
  private static Path model(Path directory) {
    return directory.resolve("model");
  }

  /** Ends Pickwick and starts it again, with nothing in its memory; waits for the replays. */
  void restartPickwick() throws IOException, InterruptedException {
    long before = awaitFeeds(1);
    pickwick.close();
    pickwick = picker.start();
    awaitFeeds(before);
  }

  /** Waits until Pickwick believes the events of that many pods; how many it believes. */
  long awaitFeeds(long pods) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      long live = pickwick.metrics().lines().filter(LIVE.asMatchPredicate()).count();
      if (live >= pods) {
        return live;
      }
      if (System.nanoTime() > deadline) {
        throw new IOException(
            "Pickwick believes the KV events of %d pods, not of %d".formatted(live, pods));
      }
      Thread.sleep(POLL);
    }
  }

  private static String endpoints(List<Pod> pods) {
    return pods.stream()
        .map(pod ->
            "- { name: %s, address: \"%s\", port: %d }"
                .formatted(pod.name(), pod.address(), pod.port()))
        .collect(Collectors.joining("\n", "endpoints:\n", "\n"));
  }

  /** The simulated pods. */
  List<Pod> pods() {
    return simulator.pods();
  }

  /** Where a client asks. */
  URI uri(String path) {
    return envoy.uri(LISTENER, path);
  }

  Pickwick pickwick() {
    return pickwick;
  }

  Envoy envoy() {
    return envoy;
  }

  @Override
  public void close() {
    envoy.close();
    pickwick.close();
    simulator.close();
  }
}

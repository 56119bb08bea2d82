package io.pickwick.bench.demo;

import io.pickwick.bench.engine.EngineSpec;
import io.pickwick.bench.envoy.Envoy;
import io.pickwick.bench.envoy.EnvoyConfig;
import io.pickwick.bench.envoy.Listener;
import io.pickwick.bench.envoy.Routing;
import io.pickwick.bench.process.Launcher;
import io.pickwick.bench.process.Pickwick;
import io.pickwick.bench.simulate.Pod;
import io.pickwick.bench.simulate.Simulator;
import io.pickwick.bench.simulate.SimulatorOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
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

  private final Simulator simulator;
  private final Pickwick pickwick;
  private final Envoy envoy;

  private DemoStack(Simulator simulator, Pickwick pickwick, Envoy envoy) {
    this.simulator = simulator;
    this.pickwick = pickwick;
    this.envoy = envoy;
  }

  /** Starts everything, saying what it does; what had started ends when a later part fails. */
  static DemoStack start(Path envoyBinary, DemoPorts ports, Path directory, Consumer<String> say)
      throws IOException, InterruptedException {
    say.accept("Starting three simulated vLLM pods …");
    Simulator simulator =
        Simulator.start(
            SimulatorOptions.defaults()
                .withPods(DemoPorts.PODS)
                .withListen("127.0.0.1", ports.pods())
                .withModel(DemoPrompts.MODEL)
                .withEngine(EngineSpec.CODELLAMA_34B_H100));
    try {
      Path endpoints = directory.resolve("endpoints.yaml");
      Files.writeString(endpoints, endpoints(simulator.pods()));
      say.accept("Starting Pickwick …");
      Pickwick pickwick =
          Pickwick.start(
              Launcher.pickwick(),
              endpoints,
              directory.resolve("pickwick.log"),
              ports.grpc(),
              ports.health(),
              ports.metrics(),
              List.of(
                  "--secure-serving=false", "--decision-header", "--config-text=" + SCHEDULING));
      try {
        say.accept("Starting Envoy …");
        Envoy envoy =
            Envoy.start(
                envoyBinary,
                new EnvoyConfig(
                    ports.envoyAdmin(),
                    pickwick.address(),
                    false,
                    simulator.pods().stream().map(Pod::hostPort).toList(),
                    List.of(
                        Listener.named(LISTENER, Routing.OVERRIDE_HOST).withPort(ports.envoy()))),
                directory);
        return new DemoStack(simulator, pickwick, envoy);
      } catch (IOException | InterruptedException | RuntimeException e) {
        pickwick.close();
        throw e;
      }
    } catch (IOException | InterruptedException | RuntimeException e) {
      simulator.close();
      throw e;
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

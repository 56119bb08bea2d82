package io.pickwick.bench.e2e;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pickwick.bench.engine.EngineSpec;
import io.pickwick.bench.envoy.Envoy;
import io.pickwick.bench.envoy.EnvoyConfig;
import io.pickwick.bench.envoy.Listener;
import io.pickwick.bench.envoy.Routing;
import io.pickwick.bench.events.KvEventOptions;
import io.pickwick.bench.process.Launcher;
import io.pickwick.bench.process.Pickwick;
import io.pickwick.bench.process.Ports;
import io.pickwick.bench.simulate.Pod;
import io.pickwick.bench.simulate.Simulator;
import io.pickwick.bench.simulate.SimulatorOptions;
import io.pickwick.kube.Cluster;
import io.pickwick.kube.Namespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A pool of three simulated engines in a namespace of a real API server, and the Pickwicks and
 * Envoys before it.
 */
final class KubeStage implements AutoCloseable {
  static final String POOL = "qwen-inference-pool";

  private static final String LISTENER = "in";
  private static final ObjectMapper JSON = new ObjectMapper();

  final Path directory;
  final Namespace namespace;
  final Simulator simulator;
  final int eventPort;
  final int replayPort;
  private final Path envoyBinary;
  private final List<Runnable> opened = new ArrayList<>();

  private KubeStage(
      Path directory,
      Namespace namespace,
      Simulator simulator,
      int eventPort,
      int replayPort,
      Path envoyBinary) {
    this.directory = directory;
    this.namespace = namespace;
    this.simulator = simulator;
    this.eventPort = eventPort;
    this.replayPort = replayPort;
    this.envoyBinary = envoyBinary;
    opened.add(simulator::close);
  }

  /** Installs our kinds and makes the pool and its pods, all of them ready. */
  static KubeStage start(Cluster cluster, Path envoyBinary) throws Exception {
    int[] ports = Ports.free(3);
    Simulator simulator =
        Simulator.start(
            SimulatorOptions.defaults()
                .withPods(3)
                .withListen("127.0.0.1", ports[0])
                .withModel("base")
                .withLoras(List.of("food-v1", "food-v2"))
                .withSpeed(20)
                .withEngine(EngineSpec.LLAMA_8B_H100.withBlocks(2_000, 16))
                .withSpread(true)
                .withTokenizer(SimulatorOptions.TINY)
                .withEvents(
                    KvEventOptions.OFF
                        .binding("tcp://*:" + ports[1])
                        .withReplay("tcp://*:" + ports[2])));
    try {
      KubeStage stage =
          new KubeStage(
              Files.createTempDirectory("pickwick-kube"),
              cluster.namespace(),
              simulator,
              ports[1],
              ports[2],
              envoyBinary);
      stage.fill(ports[0]);
      return stage;
    } catch (Exception e) {
      simulator.close();
      throw e;
    }
  }

  private void fill(int port) throws Exception {
    StringBuilder crds = new StringBuilder();
    try (var files = Files.list(Path.of("../deploy/crds"))) {
      for (Path crd : files.filter(file -> file.toString().endsWith(".yaml")).toList()) {
        crds.append("---\n").append(Files.readString(crd));
      }
    }
    namespace.apply(crds.toString());
    Stage.await(
        "the kinds are known",
        () -> {
          namespace.kubectl("get", "inferencetrafficpolicies,inferencemodels");
          return true;
        });
    namespace.apply(
        """
        apiVersion: inference.networking.x-k8s.io/v1alpha2
        kind: InferencePool
        metadata: {name: %s}
        spec:
          targetPortNumber: %d
          selector: {app: qwen}
          extensionRef: {group: "", kind: Service, name: epp, failureMode: FailClose}
        """
            .formatted(POOL, port));
    for (Pod pod : simulator.pods()) {
      namespace.pod(pod.name(), pod.address(), Map.of("app", "qwen"));
    }
  }

  /** Starts a Pickwick that watches the pool, and waits until it is ready. */
  Pickwick pickwick(String... more) throws Exception {
    List<String> flags =
        new ArrayList<>(
            List.of(
                "--secure-serving=false",
                "--decision-header",
                "--pool-namespace=" + namespace.name()));
    flags.addAll(List.of(more));
    Path log = Files.createTempFile(directory, "pickwick", ".log");
    Pickwick pickwick =
        Pickwick.watching(
            Launcher.pickwick(Stage.JVM),
            namespace.cluster().kubeconfig(),
            POOL,
            log,
            flags.toArray(String[]::new));
    opened.add(pickwick::close);
    return pickwick;
  }

  /** Starts an Envoy before a Pickwick. */
  Envoy envoy(Pickwick pickwick) throws Exception {
    Envoy envoy =
        Envoy.start(
            envoyBinary,
            EnvoyConfig.of(
                pickwick.address(),
                simulator.pods().stream().map(Pod::hostPort).toList(),
                Listener.named(LISTENER, Routing.ORIGINAL_DST)),
            directory);
    opened.add(envoy::close);
    return envoy;
  }

  /** One answered request: who served it, why, and the model's name in the answer. */
  record Served(int status, String pod, String why, String model) {}

  /** Sends a chat of one turn. */
  static Served ask(Envoy envoy, String model, String prompt) throws Exception {
    String body =
        JSON.writeValueAsString(
            Map.of(
                "model",
                model,
                "max_tokens",
                4,
                "messages",
                List.of(Map.of("role", "user", "content", prompt))));
    try (RawClient client = new RawClient(envoy.port(LISTENER))) {
      HttpWire.Message response = client.post("/v1/chat/completions", body, Map.of());
      return new Served(
          response.status(),
          String.valueOf(response.headers().get("x-pod")),
          String.valueOf(response.headers().get("x-pickwick-decision")),
          response.status() == 200
              ? JSON.readTree(response.body()).path("model").asText()
              : response.text());
    }
  }

  @Override
  public void close() {
    opened.reversed().forEach(Runnable::run);
  }
}

package io.pickwick.bench.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pickwick.bench.engine.EngineSpec;
import io.pickwick.bench.envoy.Envoy;
import io.pickwick.bench.envoy.EnvoyConfig;
import io.pickwick.bench.envoy.Listener;
import io.pickwick.bench.envoy.Routing;
import io.pickwick.bench.events.KvEventOptions;
import io.pickwick.bench.process.KubeCluster;
import io.pickwick.bench.process.Launcher;
import io.pickwick.bench.process.Pickwick;
import io.pickwick.bench.process.Ports;
import io.pickwick.bench.simulate.Pod;
import io.pickwick.bench.simulate.Simulator;
import io.pickwick.bench.simulate.SimulatorOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A pool, its models and its policy in a real Kubernetes API server, changed while requests go
 * through Envoy to simulated engines.
 */
class KubernetesTest {
  private static final String POOL = "qwen-inference-pool";
  private static final String CHAT = "/v1/chat/completions";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String[] JVM = {
    "-XX:+UseSerialGC",
    "-Xmx512m",
    "-XX:TieredStopAtLevel=1",
    "--sun-misc-unsafe-memory-access=allow"
  };

  private final List<AutoCloseable> opened = new ArrayList<>();
  private Path directory = Path.of("");
  private KubeCluster cluster;
  private Simulator simulator;
  private int eventPort;
  private int replayPort;

  @BeforeEach
  void start() throws Exception {
    Optional<Path> bin = KubeCluster.binaries();
    assumeTrue(
        bin.isPresent(),
        "No kube-apiserver in ~/.cache/pickwick/kube/bin, so nothing is tried with a real one.");
    Stage.envoyBinary();
    directory = Files.createTempDirectory("pickwick-kube");
    int[] ports = Ports.free(3);
    eventPort = ports[1];
    replayPort = ports[2];
    cluster = KubeCluster.start(bin.orElseThrow(), directory);
    opened.add(cluster);
    simulator =
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
    opened.add(simulator);
    for (Path crd : crds()) {
      cluster.kubectl("", "apply", "-f", crd.toString());
    }
    Stage.await(
        "the kinds are known",
        () -> {
          cluster.kubectl("", "get", "inferencetrafficpolicies,inferencemodels");
          return true;
        });
    cluster.apply(
        """
        apiVersion: inference.networking.x-k8s.io/v1alpha2
        kind: InferencePool
        metadata: {name: qwen-inference-pool}
        spec:
          targetPortNumber: %d
          selector: {app: qwen}
          extensionRef: {group: "", kind: Service, name: epp, failureMode: FailClose}
        """
            .formatted(ports[0]));
    for (Pod pod : simulator.pods()) {
      cluster.pod(pod.name(), pod.address(), Map.of("app", "qwen"));
    }
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened.reversed()) {
      each.close();
    }
  }

  private static List<Path> crds() throws Exception {
    try (var files = Files.list(Path.of("../deploy/crds"))) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  private Pickwick pickwick(String... more) throws Exception {
    List<String> flags = new ArrayList<>(List.of("--secure-serving=false", "--decision-header"));
    flags.addAll(List.of(more));
    Pickwick pickwick =
        Pickwick.watching(
            Launcher.pickwick(JVM),
            cluster.kubeconfig(),
            POOL,
            directory.resolve("pickwick.log"),
            flags.toArray(String[]::new));
    opened.add(pickwick);
    return pickwick;
  }

  private Envoy envoy(Pickwick pickwick) throws Exception {
    Envoy envoy =
        Envoy.start(
            Stage.envoyBinary(),
            EnvoyConfig.of(
                pickwick.address(),
                simulator.pods().stream().map(Pod::hostPort).toList(),
                Listener.named("in", Routing.ORIGINAL_DST)),
            directory);
    opened.add(envoy);
    return envoy;
  }

  /** One answered request: who served it, why, and the model's name in the answer. */
  private record Served(int status, String pod, String why, String model) {}

  private static Served ask(Envoy envoy, String model, String prompt) throws Exception {
    String body =
        JSON.writeValueAsString(
            Map.of(
                "model",
                model,
                "max_tokens",
                4,
                "messages",
                List.of(Map.of("role", "user", "content", prompt))));
    try (RawClient client = new RawClient(envoy.port("in"))) {
      HttpWire.Message response = client.post(CHAT, body, Map.of());
      return new Served(
          response.status(),
          String.valueOf(response.headers().get("x-pod")),
          String.valueOf(response.headers().get("x-pickwick-decision")),
          response.status() == 200
              ? JSON.readTree(response.body()).path("model").asText()
              : response.text());
    }
  }

  private static void policy(KubeCluster cluster, String prefixCache) throws Exception {
    cluster.apply(
        """
        apiVersion: inferenceextension.alibabacloud.com/v1alpha1
        kind: InferenceTrafficPolicy
        metadata: {name: inference-policy}
        spec:
          poolRef: {name: qwen-inference-pool}
          profile:
            single:
              trafficPolicy:
                prefixCache: %s
        """
            .formatted(prefixCache));
  }

  @Test
  void whatChangesInTheClusterChangesTheNextRequests() throws Exception {
    Pickwick pickwick = pickwick();
    Envoy envoy = envoy(pickwick);
    Served first = ask(envoy, "base", "Hello there");
    assertThat(first.status()).as(first.model()).isEqualTo(200);

    // A pod that is not Ready any more gets nothing more, and comes back.
    Pod leaving = simulator.pods().getFirst();
    cluster.status(leaving.name(), leaving.address(), false);
    Stage.await("the pod is gone", () -> endpoints(pickwick) == 2);
    for (int i = 0; i < 12; i++) {
      assertThat(ask(envoy, "base", "Hello " + i).pod()).isNotEqualTo(leaving.name());
    }
    cluster.status(leaving.name(), leaving.address(), true);
    Stage.await("the pod is back", () -> endpoints(pickwick) == 3);

    // Relabelled out of the pool, and deleted.
    cluster.kubectl("", "label", "pod", leaving.name(), "app=other", "--overwrite");
    Stage.await("the relabelled pod is gone", () -> endpoints(pickwick) == 2);
    cluster.kubectl("", "label", "pod", leaving.name(), "app=qwen", "--overwrite");
    Stage.await("the relabelled pod is back", () -> endpoints(pickwick) == 3);
    cluster.kubectl("", "delete", "pod", leaving.name(), "--force", "--grace-period=0");
    Stage.await("the deleted pod is gone", () -> endpoints(pickwick) == 2);
    cluster.pod(leaving.name(), leaving.address(), Map.of("app", "qwen"));
    Stage.await("the new pod serves", () -> endpoints(pickwick) == 3);

    // The routing strategy of the pool, as an annotation.
    String strategy = "inference.networking.x-k8s.io/routing-strategy=";
    String kind = "inferencepools.inference.networking.x-k8s.io";
    cluster.kubectl("", "annotate", kind, POOL, strategy + "DEFAULT");
    Stage.await(
        "prefixes do not count",
        () -> ask(envoy, "base", "Hello there").why().contains("does not count"));
    cluster.kubectl("", "annotate", kind, POOL, strategy + "PREFIX_CACHE", "--overwrite");
    Stage.await(
        "prefixes count again",
        () -> !ask(envoy, "base", "Hello there").why().contains("does not count"));
  }

  @Test
  void aCanaryIsSplitByItsWeightsWhichChangeUnderLoad() throws Exception {
    Pickwick pickwick = pickwick();
    Envoy envoy = envoy(pickwick);
    model("[{name: food-v1, weight: 100}]");
    Stage.await("the model is known", () -> ask(envoy, "food", "Hi").status() == 200);
    assertThat(ask(envoy, "food", "Hi").model()).isEqualTo("food");

    for (int i = 0; i < 20; i++) {
      assertThat(ask(envoy, "food", "Question " + i).status()).isEqualTo(200);
    }
    assertThat(rewrites(pickwick)).containsOnlyKeys("food-v1");
    model("[{name: food-v1, weight: 50}, {name: food-v2, weight: 50}]");
    Stage.await(
        "the canary is seen",
        () -> {
          ask(envoy, "food", "Hi");
          return rewrites(pickwick).getOrDefault("food-v2", 0.0) > 0;
        });
    Map<String, Double> start = rewrites(pickwick);
    int asked = 200;
    AtomicInteger failed = new AtomicInteger();
    for (int i = 0; i < asked; i++) {
      if (ask(envoy, "food", "Hi " + i).status() != 200) {
        failed.incrementAndGet();
      }
    }
    Map<String, Double> end = rewrites(pickwick);
    assertThat(failed).hasValue(0);
    double canary = end.getOrDefault("food-v2", 0.0) - start.getOrDefault("food-v2", 0.0);
    // Fifty in a hundred of 200: seven standard deviations to each side.
    assertThat(canary).isBetween(50.0, 150.0);
    Stage.await(
        "the model is told that it is accepted",
        () ->
            cluster
                .kubectl("", "get", "inferencemodel", "food", "-o", "jsonpath={.status}")
                .contains("Accepted"));
  }

  @Test
  void theArticlesPolicySwitchesToEventsAndBackUnderLoad() throws Exception {
    Path model = Files.createDirectory(directory.resolve("model"));
    Pickwick pickwick = pickwick("--tokenizer-path=" + Simulator.unpackModel(model));
    Envoy envoy = envoy(pickwick);
    AtomicBoolean stop = new AtomicBoolean();
    Map<Integer, Integer> statuses = new ConcurrentHashMap<>();
    Thread load =
        Thread.ofVirtual()
            .start(() -> {
              for (int i = 0; !stop.get(); i++) {
                int status;
                try {
                  status = ask(envoy, "base", "Load " + i).status();
                } catch (Exception e) {
                  status = -1;
                }
                statuses.merge(status, 1, Integer::sum);
              }
            });
    policy(
        cluster,
        """
        {mode: tracking, trackingConfig: {kvEventsConfig: {discoverPods: true, podDiscoveryConfig:
         {socketPort: %d}, replaySocketPort: %d}, indexerConfig: {tokenProcessorConfig:
         {blockSize: 16}}}}\
        """
            .formatted(eventPort, replayPort));
    Stage.await("events are followed", () -> pickwick.metric("pickwick_kv_index_blocks") > 0);
    String prompt = "A long question that fills more than a block of tokens. ".repeat(8);
    Served round1 = ask(envoy, "base", prompt);
    Stage.await(
        "the next round finds what the last one left",
        () -> {
          Served round2 = ask(envoy, "base", prompt);
          return round2.pod().equals(round1.pod()) && round2.why().contains("prefix precise");
        });
    policy(cluster, "{mode: estimation}");
    Stage.await(
        "prefixes are estimated again",
        () -> !ask(envoy, "base", prompt).why().contains("prefix precise"));
    stop.set(true);
    load.join();
    assertThat(statuses).containsOnlyKeys(200);
  }

  private void model(String targets) throws Exception {
    cluster.apply(
        """
        apiVersion: inference.networking.x-k8s.io/v1alpha2
        kind: InferenceModel
        metadata: {name: food}
        spec:
          modelName: food
          criticality: Critical
          poolRef: {name: qwen-inference-pool}
          targetModels: %s
        """
            .formatted(targets));
  }

  private static int endpoints(Pickwick pickwick) throws Exception {
    return (int)
        pickwick
            .metrics()
            .lines()
            .filter(line -> line.startsWith("pickwick_endpoint_reachable{"))
            .count();
  }

  /** Requests by the model under which they went on. */
  private static Map<String, Double> rewrites(Pickwick pickwick) throws Exception {
    Map<String, Double> counts = new HashMap<>();
    pickwick
        .metrics()
        .lines()
        .filter(line -> line.startsWith("inference_extension_model_rewrite_decisions_total{"))
        .forEach(line -> {
          String target = line.replaceFirst(".*target_model(_name)?=\"([^\"]*)\".*", "$2");
          counts.merge(
              target, Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)), Double::sum);
        });
    return counts;
  }
}

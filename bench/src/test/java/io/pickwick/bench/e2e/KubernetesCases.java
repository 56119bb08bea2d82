package io.pickwick.bench.e2e;

import static io.pickwick.bench.e2e.KubeStage.ask;
import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.bench.e2e.KubeStage.Served;
import io.pickwick.bench.envoy.Envoy;
import io.pickwick.bench.process.Pickwick;
import io.pickwick.bench.simulate.Pod;
import io.pickwick.bench.simulate.Simulator;
import io.pickwick.kube.Cluster;
import io.pickwick.kube.Namespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
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
abstract class KubernetesCases {
  private final Cluster cluster;
  private final Optional<Path> envoyBinary;
  private KubeStage stage;
  private Namespace namespace;

  /** With the Envoy that the other end-to-end tests take. */
  KubernetesCases(Cluster cluster) {
    this(cluster, Optional.empty());
  }

  KubernetesCases(Cluster cluster, Path envoyBinary) {
    this(cluster, Optional.of(envoyBinary));
  }

  private KubernetesCases(Cluster cluster, Optional<Path> envoyBinary) {
    this.cluster = cluster;
    this.envoyBinary = envoyBinary;
  }

  @BeforeEach
  void start() throws Exception {
    stage = KubeStage.start(cluster, envoyBinary.orElseGet(Stage::envoyBinary));
    namespace = stage.namespace;
  }

  @AfterEach
  void close() {
    stage.close();
  }

  private void policy(String prefixCache) throws Exception {
    namespace.apply(
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
    Pickwick pickwick = stage.pickwick();
    Envoy envoy = stage.envoy(pickwick);
    Served first = ask(envoy, "base", "Hello there");
    assertThat(first.status()).as(first.model()).isEqualTo(200);

    // A pod that is not Ready any more gets nothing more, and comes back.
    Pod leaving = stage.simulator.pods().getFirst();
    namespace.status(leaving.name(), leaving.address(), false);
    Stage.await("the pod is gone", () -> endpoints(pickwick) == 2);
    for (int i = 0; i < 12; i++) {
      Served served = ask(envoy, "base", "Hello " + i);
      assertThat(served.status()).as(served.model()).isEqualTo(200);
      assertThat(served.pod()).isNotEqualTo(leaving.name());
    }
    namespace.status(leaving.name(), leaving.address(), true);
    Stage.await("the pod is back", () -> endpoints(pickwick) == 3);

    // Relabelled out of the pool, and deleted.
    namespace.kubectl("label", "pod", leaving.name(), "app=other", "--overwrite");
    Stage.await("the relabelled pod is gone", () -> endpoints(pickwick) == 2);
    namespace.kubectl("label", "pod", leaving.name(), "app=qwen", "--overwrite");
    Stage.await("the relabelled pod is back", () -> endpoints(pickwick) == 3);
    namespace.kubectl("delete", "pod", leaving.name(), "--force", "--grace-period=0");
    Stage.await("the deleted pod is gone", () -> endpoints(pickwick) == 2);
    namespace.pod(leaving.name(), leaving.address(), Map.of("app", "qwen"));
    Stage.await("the new pod serves", () -> endpoints(pickwick) == 3);

    // The routing strategy of the pool, as an annotation.
    String strategy = "inference.networking.x-k8s.io/routing-strategy=";
    String kind = "inferencepools.inference.networking.x-k8s.io";
    namespace.kubectl("annotate", kind, KubeStage.POOL, strategy + "DEFAULT");
    Stage.await(
        "prefixes do not count",
        () -> ask(envoy, "base", "Hello there").why().contains("does not count"));
    namespace.kubectl("annotate", kind, KubeStage.POOL, strategy + "PREFIX_CACHE", "--overwrite");
    Stage.await(
        "prefixes count again",
        () -> !ask(envoy, "base", "Hello there").why().contains("does not count"));
  }

  @Test
  void aCanaryIsSplitByItsWeightsWhichChangeUnderLoad() throws Exception {
    Pickwick pickwick = stage.pickwick();
    Envoy envoy = stage.envoy(pickwick);
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
            namespace
                .kubectl("get", "inferencemodel", "food", "-o", "jsonpath={.status}")
                .contains("Accepted"));
  }

  @Test
  void theArticlesPolicySwitchesToEventsAndBackUnderLoad() throws Exception {
    Path model = Files.createDirectory(stage.directory.resolve("model"));
    Pickwick pickwick = stage.pickwick("--tokenizer-path=" + Simulator.unpackModel(model));
    Envoy envoy = stage.envoy(pickwick);
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
        """
        {mode: tracking, trackingConfig: {kvEventsConfig: {discoverPods: true, podDiscoveryConfig:
         {socketPort: %d}, replaySocketPort: %d}, indexerConfig: {tokenProcessorConfig:
         {blockSize: 16}}}}\
        """
            .formatted(stage.eventPort, stage.replayPort));
    Stage.await("events are followed", () -> pickwick.metric("pickwick_kv_index_blocks") > 0);
    String prompt = "A long question that fills more than a block of tokens. ".repeat(8);
    Served round1 = ask(envoy, "base", prompt);
    Stage.await(
        "the next round finds what the last one left",
        () -> {
          Served round2 = ask(envoy, "base", prompt);
          return round2.pod().equals(round1.pod()) && round2.why().contains("prefix precise");
        });
    policy("{mode: estimation}");
    Stage.await(
        "prefixes are estimated again",
        () -> !ask(envoy, "base", prompt).why().contains("prefix precise"));
    stop.set(true);
    load.join();
    assertThat(statuses).containsOnlyKeys(200);
  }

  private void model(String targets) throws Exception {
    namespace.apply(
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

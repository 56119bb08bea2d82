package io.pickwick.bench.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pickwick.bench.e2e.KubeStage.Served;
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
import io.pickwick.kube.KubeCluster;
import io.pickwick.kube.Namespace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A cluster in which Pickwick is installed as it is told to users. */
@Tag("kube")
final class KubeInstallTest {
  @RegisterExtension static final KubeCluster CLUSTER = new KubeCluster();

  private static final Path ARTICLES = Path.of("../k8s-watcher/src/test/resources/resource");
  private static final String POOL = "qwen-inference-pool";
  private static final String LISTENER = "in";

  /** Where model servers listen, and where they tell their KV events, in all that is printed. */
  private static final int PORT = 8000;

  private static final int EVENTS = 5557;

  private final List<AutoCloseable> opened = new ArrayList<>();
  private Path directory;
  private Namespace namespace;
  private KubeApi api;
  private Simulator simulator;

  @BeforeEach
  void start() throws Exception {
    Stage.envoyBinary();
    String address = "127.1." + ThreadLocalRandom.current().nextInt(1, 255) + ".1";
    assumeTrue(
        Ports.isFree(PORT) && Ports.isFree(EVENTS),
        "Port 8000 or 5557 is in use, so nothing is tried as it is printed.");
    directory = Files.createTempDirectory("pickwick-install");
    namespace = CLUSTER.namespace();
    api = opened(new KubeApi(namespace));
    simulator =
        opened(
            Simulator.start(
                SimulatorOptions.defaults()
                    .withPods(4)
                    .withListen(address, PORT)
                    .withSpread(true)
                    .withModel("Qwen3-32B")
                    .withLoras(List.of("qwq-32b"))
                    .withEngine(EngineSpec.LLAMA_8B_H100.withBlocks(1_000, 64))
                    .withTokenizer(SimulatorOptions.TINY)
                    .withEvents(
                        KvEventOptions.OFF
                            .connecting("tcp://127.0.0.1:" + EVENTS)
                            .withTopic("kv@{address}@{model}")
                            .withHashing("sha256_cbor_64bit", "42", false))));
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : opened.reversed()) {
      each.close();
    }
  }

  @Test
  void whatTheArticlesPrintIsServed() throws Exception {
    installKinds();
    Pod first = simulator.pods().get(0);
    Pod second = simulator.pods().get(1);
    Pod reasoning = simulator.pods().get(2);
    namespace.kubectl("apply", "-f", ARTICLES.resolve("precise.yaml").toString());
    namespace.kubectl("apply", "-f", ARTICLES.resolve("multi-pod.yaml").toString());
    api.pod("qwen3-0", "qwen3", first.address());
    api.pod("qwen3-1", "qwen3", second.address());
    api.pod("qwq-0", "qwq-32b", reasoning.address());
    Path model = Files.createDirectory(directory.resolve("model"));

    // All that is on loopback connects from the same address, whatever its own is.
    Pickwick precise =
        pickwick(
            POOL,
            "--kv-events-verify-peer=false",
            "--tokenizer-path=" + Simulator.unpackModel(model));
    Envoy gateway = envoy(precise, "precise");
    String prompt = "A long question that fills more than a block of tokens. ".repeat(20);
    Stage.await(
        "the next round finds what the last one left",
        () -> {
          Served one = ask(gateway, prompt);
          Served two = ask(gateway, prompt);
          return two.pod().equals(one.pod()) && two.why().contains("prefix precise");
        });
    assertThat(precise.metric("pickwick_kv_index_blocks")).isPositive();

    String why = ask(gateway, prompt).why();
    seen(
        "policy to estimation",
        () ->
            api.merge(
                KubeApi.POLICIES,
                "inference-policy",
                "{\"spec\": {\"profile\": {\"single\": {\"trafficPolicy\": {\"prefixCache\":"
                    + " {\"mode\": \"estimation\"}}}}}}"),
        () -> !ask(gateway, prompt).why().contains("prefix precise"));
    assertThat(why).contains("prefix precise");

    seen(
        "pod not ready",
        () -> api.ready("qwen3-0", first.address(), false),
        () -> endpoints(precise) == 1);
    assertThat(ask(gateway, prompt).pod()).isEqualTo(second.name());
    seen(
        "pod ready",
        () -> api.ready("qwen3-0", first.address(), true),
        () -> endpoints(precise) == 2);
    seen(
        "pod relabelled",
        () -> api.merge(KubeApi.PODS, "qwen3-1", "{\"metadata\": {\"labels\": {\"app\": \"x\"}}}"),
        () -> endpoints(precise) == 1);
    assertThat(ask(gateway, prompt).pod()).isEqualTo(first.name());

    Pickwick estimating = pickwick("reasoning-pool");
    Envoy other = envoy(estimating, "reasoning");
    Served answer = KubeStage.ask(other, "qwq", "Who are you?");
    assertThat(answer.status()).as(answer.model()).isEqualTo(200);
    assertThat(answer.model()).isEqualTo("qwq");
    assertThat(answer.pod()).isEqualTo(reasoning.name());
    Stage.await("it is counted for its target", () -> isRewritten(estimating, "qwq-32b"));
    seen(
        "model to another target",
        () ->
            api.merge(
                KubeApi.MODELS,
                "inferencemodel-sample",
                "{\"spec\": {\"targetModels\": [{\"name\": \"Qwen3-32B\", \"weight\": 100}]}}"),
        () -> {
          KubeStage.ask(other, "qwq", "Who are you?");
          return isRewritten(estimating, "Qwen3-32B");
        });
  }

  @Test
  void theRoleOfTheChartIsEnough() throws Exception {
    installKinds();
    String release = "qwen3";
    String account = release + "-epp";
    String role = chart(release, "rbac");
    namespace.apply(chart(release, "pool"));
    api.pod("vllm-0", "qwen3", simulator.pods().get(0).address());
    String[] documents = role.split("\n---\n", -1);
    assertThat(documents[0]).contains("kind: ServiceAccount");
    namespace.apply(documents[0]);
    CompletableFuture<Pickwick> starting = new CompletableFuture<>();
    Path log = directory.resolve("pickwick.log");
    Path credentials = credentials(account);
    Thread.ofVirtual()
        .start(() -> {
          try {
            starting.complete(
                Pickwick.watching(
                    Launcher.pickwick(Stage.JVM),
                    credentials,
                    release,
                    log,
                    "--pool-namespace=" + namespace.name(),
                    "--secure-serving=false",
                    "--ha-enable-leader-election"));
          } catch (IOException | InterruptedException e) {
            starting.completeExceptionally(e);
          }
        });
    Stage.await(
        "it says what it lacks",
        () ->
            Files.exists(log)
                && Files.readString(log)
                    .contains("--serviceaccount=" + namespace.name() + ":" + account));
    assertThat(starting).isNotDone();
    namespace.apply(role);
    long granted = System.nanoTime();
    Pickwick pickwick = opened(starting.get());
    say("role granted", granted);
    Envoy gateway = envoy(pickwick, "role");
    try (Traffic traffic = Traffic.start(gateway.port(LISTENER), "Qwen3-32B", 2)) {
      traffic.awaitMore(5);
      api.apply(
          KubeApi.MODELS,
          "qwq",
          """
          apiVersion: inference.networking.x-k8s.io/v1alpha2
          kind: InferenceModel
          metadata: {name: qwq}
          spec: {modelName: qwq, poolRef: {name: qwen3}, targetModels: [{name: qwq-32b}]}
          """);
      Stage.await(
          "the model is told that it is accepted",
          () -> api.get(KubeApi.MODELS, "qwq").path("status").toString().contains("Accepted"));

      // A watch that is open outlives the right to it; one that is taken up anew does not.
      namespace.kubectl("delete", "rolebinding", account);
      CLUSTER.stopApiServer();
      CLUSTER.startApiServer();
      Stage.await("it is denied", () -> states(pickwick, "denied") > 1);
      traffic.awaitMore(20);
      api.pod("vllm-1", "qwen3", simulator.pods().get(1).address());
      namespace.apply(role);
      long again = System.nanoTime();
      // It is asked for again after a pause that may have grown to half a minute.
      Stage.await(
          "the pod that came meanwhile", Duration.ofMinutes(1), () -> endpoints(pickwick) == 2);
      say("role granted again", again);
      assertThat(traffic.stop()).allMatch(Traffic.Answer::served);
    }
  }

  private void installKinds() throws Exception {
    namespace.kubectl("apply", "-f", "../deploy/crds");
    namespace.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s");
  }

  /** A template of our chart, as it is for two replicas. */
  private String chart(String release, String template) throws Exception {
    Path helm = KubeCluster.binary("helm");
    assumeTrue(
        Files.isExecutable(helm),
        "There is no " + helm + ", so the chart's role is not tried; deploy/kube.sh builds it.");
    Process process =
        new ProcessBuilder(
                helm.toString(),
                "template",
                release,
                "../deploy/chart/pickwick",
                "--namespace=" + namespace.name(),
                "--kube-version=1.34.0",
                "--show-only=templates/" + template + ".yaml",
                "--set=inferenceExtension.replicas=2",
                "--set=inferencePool.modelServers.matchLabels.app=qwen3")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String rendered =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor()).isZero();
    // The first line is a separator too.
    return rendered.substring(rendered.indexOf('\n') + 1);
  }

  /** A kubeconfig of a service account. */
  private Path credentials(String account) throws Exception {
    String token = namespace.kubectl("create", "token", account).strip();
    Path copy = directory.resolve("kubeconfig");
    Files.copy(CLUSTER.kubeconfig(), copy);
    CLUSTER.kubectl(
        "", "config", "set-credentials", "admin", "--token=" + token, "--kubeconfig=" + copy);
    return copy;
  }

  private Pickwick pickwick(String pool, String... more) throws Exception {
    List<String> flags =
        new ArrayList<>(
            List.of(
                "--secure-serving=false",
                "--decision-header",
                "--pool-namespace=" + namespace.name()));
    flags.addAll(List.of(more));
    return opened(
        Pickwick.watching(
            Launcher.pickwick(Stage.JVM),
            CLUSTER.kubeconfig(),
            pool,
            directory.resolve(pool + ".log"),
            flags.toArray(String[]::new)));
  }

  private Envoy envoy(Pickwick pickwick, String place) throws Exception {
    return opened(
        Envoy.start(
            Stage.envoyBinary(),
            EnvoyConfig.of(
                pickwick.address(),
                simulator.pods().stream().map(Pod::hostPort).toList(),
                Listener.named(LISTENER, Routing.OVERRIDE_HOST)),
            Files.createDirectory(directory.resolve(place))));
  }

  private static Served ask(Envoy gateway, String prompt) throws Exception {
    Served served = KubeStage.ask(gateway, "Qwen3-32B", prompt);
    assertThat(served.status()).as(served.model()).isEqualTo(200);
    return served;
  }

  private interface Change {
    void make() throws Exception;
  }

  private static void seen(String what, Change change, Stage.Condition seen) throws Exception {
    change.make();
    long made = System.nanoTime();
    Stage.await(what, seen);
    say(what, made);
  }

  private static void say(String what, long since) {
    System.err.printf(
        "%s: seen after %d ms%n", what, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since));
  }

  /** Whether a request that has ended went on under that model. */
  private static boolean isRewritten(Pickwick pickwick, String target) throws Exception {
    return count(pickwick, ".*model_rewrite_decisions_total\\{.*\"" + target + "\".*") > 0;
  }

  private static long endpoints(Pickwick pickwick) throws Exception {
    return count(pickwick, "pickwick_endpoint_reachable\\{.*");
  }

  private static long states(Pickwick pickwick, String state) throws Exception {
    return count(pickwick, "pickwick_kube_state\\{.*\"" + state + "\".* 1(\\.0)?");
  }

  private static long count(Pickwick pickwick, String line) throws Exception {
    return pickwick.metrics().lines().filter(each -> each.matches(line)).count();
  }

  private <T extends AutoCloseable> T opened(T what) {
    opened.add(what);
    return what;
  }
}

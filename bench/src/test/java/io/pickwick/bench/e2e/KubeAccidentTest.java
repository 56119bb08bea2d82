package io.pickwick.bench.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pickwick.bench.e2e.Traffic.Answer;
import io.pickwick.bench.e2e.Traffic.Stream;
import io.pickwick.bench.envoy.AccessLogLine;
import io.pickwick.bench.envoy.Envoy;
import io.pickwick.bench.envoy.EnvoyConfig;
import io.pickwick.bench.envoy.Listener;
import io.pickwick.bench.envoy.Routing;
import io.pickwick.bench.process.Launcher;
import io.pickwick.bench.process.Pickwick;
import io.pickwick.bench.process.Ports;
import io.pickwick.bench.simulate.Pod;
import io.pickwick.bench.simulate.ReceivedRequest;
import io.pickwick.bench.simulate.Simulator;
import io.pickwick.bench.simulate.SimulatorOptions;
import io.pickwick.kube.KubeCluster;
import io.pickwick.kube.Namespace;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What clients see of the accidents of a cluster: each request is counted, and none may fail. */
@Tag("kube")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class KubeAccidentTest {
  @RegisterExtension static final KubeCluster CLUSTER = new KubeCluster();

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String POOL = "pool";
  private static final String LISTENER = "in";
  private static final int MEMBERS = 6;
  private static final int ENGINES = 8;
  private static final int CLIENTS = 6;

  /** The drain that the chart gives a replica. */
  private static final List<String> DRAIN = List.of("--drain-delay=5s", "--drain-timeout=115s");

  /** How long its pod has to leave. */
  private static final Duration LEAVES = Duration.ofSeconds(130);

  /** How long what was under way when something changed may still be so. */
  private static final Duration UNDER_WAY = Duration.ofMillis(500);

  private static final String CONFIG =
      """
      apiVersion: llm-d.ai/v1alpha1
      kind: EndpointPickerConfig
      plugins:
      - type: expected-ttft-scorer
      - type: max-score-picker
        parameters: { maxNumOfEndpoints: 3 }
      schedulingProfiles:
      - name: default
        plugins:
        - pluginRef: expected-ttft-scorer
        - pluginRef: max-score-picker
      """;

  private final List<AutoCloseable> opened = new ArrayList<>();
  private final Map<String, Pod> members = new LinkedHashMap<>();
  private final AtomicInteger created = new AtomicInteger();
  private Path directory;
  private Namespace namespace;
  private KubeApi api;
  private Simulator simulator;
  private Pickwick pickwick;
  private Envoy envoy;

  @BeforeAll
  void start() throws Exception {
    Path binary = Stage.envoyBinary();
    directory = Files.createTempDirectory("pickwick-accidents");
    namespace = CLUSTER.namespace();
    namespace.kubectl("apply", "-f", "../deploy/crds");
    namespace.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s");
    api = opened(new KubeApi(namespace));
    simulator =
        opened(
            Simulator.start(
                SimulatorOptions.defaults()
                    .withPods(ENGINES)
                    .withListen("127.0.0.1", Ports.free(1)[0])
                    .withSpread(true)
                    .withModel("base")
                    .withLoras(List.of("food-v1", "food-canary"))));
    pool();
    members();
    pickwick = opened(replica(Ports.free(1)[0], List.of()));
    envoy = opened(Envoy.start(binary, config(List.of(pickwick.address())), directory));
  }

  @AfterAll
  void stop() throws Exception {
    for (AutoCloseable each : opened.reversed()) {
      each.close();
    }
  }

  @BeforeEach
  void heal() throws Exception {
    for (String name : List.copyOf(members.keySet())) {
      leave(name);
    }
    awaitEndpoints(0);
    for (Pod engine : simulator.pods()) {
      engine.restart();
      engine.clearRequests();
    }
    members();
    awaitEndpoints(MEMBERS);
  }

  @Test
  void aRollingRestartOfTwoReplicasLosesNoRequestAndNoStream() throws Exception {
    int[] ports = Ports.free(4);
    Path place = Files.createDirectory(directory.resolve("rolling"));
    List<String> addresses = new ArrayList<>();
    for (int port : ports) {
      addresses.add("127.0.0.1:" + port);
    }
    List<Pickwick> replicas = new ArrayList<>();
    try (ExecutorService kubelets = Executors.newVirtualThreadPerTaskExecutor()) {
      Pickwick a = replica(ports[0], DRAIN);
      replicas.add(a);
      Pickwick b = replica(ports[1], DRAIN);
      replicas.add(b);
      try (Envoy gateway = Envoy.start(Stage.envoyBinary(), config(addresses), place)) {
        awaitReplicas(gateway, 2);
        List<Stream> streams = new ArrayList<>();
        Stage.await(
            "both have streams",
            () -> {
              streams.addAll(streams(gateway, 2, 1600));
              return a.metric("pickwick_streams") > 0 && b.metric("pickwick_streams") > 0;
            });
        try (Traffic traffic = Traffic.start(gateway.port(LISTENER), "base", CLIENTS)) {
          traffic.awaitMore(50);

          // As when its node is drained: one leaves, then its successor comes.
          Future<Boolean> leftA = kubelets.submit(() -> a.process().terminate(LEAVES));
          replicas.add(replica(ports[2], DRAIN));
          awaitReplicas(gateway, 2);

          // As when a new version is rolled out: the successor is ready first.
          replicas.add(replica(ports[3], DRAIN));
          awaitReplicas(gateway, 3);
          streams.addAll(streams(gateway, 6, 1600));
          Future<Boolean> leftB = kubelets.submit(() -> b.process().terminate(LEAVES));
          assertThat(leftA.get()).isTrue();
          assertThat(leftB.get()).isTrue();
          awaitReplicas(gateway, 2);
          traffic.awaitMore(50);

          List<Answer> answers = traffic.stop();
          for (Stream stream : streams) {
            assertThat(stream.tokens().get()).isGreaterThanOrEqualTo(1599);
          }
          say("rolling restart: %d requests and %d long streams", answers, streams.size());
          assertThat(failed(answers)).isEmpty();
        }
      }
    } finally {
      replicas.forEach(Pickwick::kill);
      replicas.forEach(Pickwick::close);
    }
  }

  @Test
  void podsThatDieCostOnlyWhatRanOnThoseThatGaveNoWarning() throws Exception {
    Queue<Kill> kills = new ConcurrentLinkedQueue<>();
    Queue<Pod> spare = new ConcurrentLinkedQueue<>(simulator.pods().subList(MEMBERS, ENGINES));
    List<String> names = List.copyOf(members.keySet());
    List<Answer> answers;
    try (Traffic traffic = Traffic.start(envoy.port(LISTENER), "base", CLIENTS);
        ExecutorService kubelets = Executors.newVirtualThreadPerTaskExecutor()) {
      traffic.awaitMore(30);
      List<Future<?>> nodes = new ArrayList<>();
      for (int node = 0; node < 3; node++) {
        boolean warned = node > 0;
        List<String> pods = new ArrayList<>(names.subList(2 * node, 2 * node + 2));
        nodes.add(
            kubelets.submit(() -> {
              for (int round = 0; round < 4; round++) {
                String leaving = pods.removeFirst();
                Pod engine = warned ? terminate(leaving) : crash(leaving, kills);
                if (round % 2 == 0) {
                  // The address of one that went before; in the other rounds it is its own again.
                  spare.add(engine);
                  engine = spare.remove();
                }
                engine.restart();
                pods.add(join(engine));
              }
              return null;
            }));
      }
      for (Future<?> node : nodes) {
        node.get();
      }
      awaitEndpoints(MEMBERS);
      traffic.awaitMore(50);
      answers = traffic.stop();
    }
    List<Answer> failed = failed(answers);
    List<Answer> unexplained = new ArrayList<>();
    for (Answer answer : failed) {
      AccessLogLine line = logged(answer.id());
      if (kills.stream().noneMatch(kill -> kill.explains(answer, line))) {
        unexplained.add(answer);
      }
    }
    say(
        "pod-kill storm: %d requests, 12 pods replaced, 4 of them without warning, %d requests"
            + " failed on these",
        answers, failed.size());
    assertThat(unexplained).isEmpty();
    assertThat(kills).hasSize(4);
  }

  @Test
  void aCanarysWeightsAreKeptWhileTheyChange() throws Exception {
    awaitWeights(1, 99);
    try (Traffic traffic = Traffic.start(envoy.port(LISTENER), "food", CLIENTS)) {
      traffic.awaitMore(30);
      for (int share : new int[] {10, 50, 100}) {
        long patched = System.nanoTime();
        awaitWeights(100 - share, share);
        long seen = System.nanoTime();
        traffic.awaitMore(300);
        List<Answer> phase =
            traffic.answers().stream()
                .filter(answer -> answer.sent() - seen > UNDER_WAY.toNanos())
                .toList();
        Map<String, Long> targets = targets(phase);
        say(
            "canary at %2$d of 100: %3$s of %1$d requests; in force after %4$d ms",
            phase, share, targets, TimeUnit.NANOSECONDS.toMillis(seen - patched));
        assertThat(failed(phase)).isEmpty();
        double expected = phase.size() * share / 100.0;
        // Five standard deviations; none at all where there is no choice.
        double bound = 5 * Math.sqrt(expected * (100 - share) / 100);
        assertThat(targets.getOrDefault("food-canary", 0L).doubleValue())
            .isBetween(expected - bound, expected + bound);
        assertThat(targets.keySet()).isSubsetOf("food-v1", "food-canary");
      }
      assertThat(failed(traffic.stop())).isEmpty();
    }
  }

  @Test
  void aPoolThatIsReplacedAgainAndAgainCostsNothing() throws Exception {
    try (Traffic traffic = Traffic.start(envoy.port(LISTENER), "base", CLIENTS)) {
      traffic.awaitMore(30);
      List<Stream> streams = streams(envoy, 3, 800);
      for (int i = 0; i < 30; i++) {
        api.delete(KubeApi.POOLS, POOL, 0);
        LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        pool();
        LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
      }
      traffic.awaitMore(50);
      List<Answer> answers = traffic.stop();
      say("flapping pool: %d requests, %d long streams", answers, streams.size());
      assertThat(failed(answers)).isEmpty();
      for (Stream stream : streams) {
        assertThat(stream.tokens().get()).isGreaterThanOrEqualTo(799);
      }
    }
  }

  @Test
  void anApiServerThatIsKilledAndForgetsWhatHappenedCostsNothing() throws Exception {
    String gone = List.copyOf(members.keySet()).getFirst();
    String other = List.copyOf(members.keySet()).getLast();
    try (Traffic traffic = Traffic.start(envoy.port(LISTENER), "base", CLIENTS)) {
      traffic.awaitMore(30);
      double lists = pickwick.metric("pickwick_kube_lists_total");
      CLUSTER.stopApiServer();
      // It will have no word of this for those who watched: all of the history is dropped.
      String registered = "/registry/pods/" + namespace.name() + "/" + gone;
      JsonNode deleted = etcd("deleterange", "{\"key\": \"" + base64(registered) + "\"}");
      assertThat(deleted.path("deleted").asInt()).isEqualTo(1);
      String revision = deleted.at("/header/revision").asText();
      etcd("compaction", "{\"revision\": \"" + revision + "\", \"physical\": true}");
      traffic.awaitMore(100);
      assertThat(endpoints()).isEqualTo(MEMBERS);
      CLUSTER.startApiServer();
      long back = System.nanoTime();
      awaitEndpoints(MEMBERS - 1);
      long relisted = System.nanoTime();
      assertThat(pickwick.metric("pickwick_kube_lists_total")).isGreaterThan(lists);
      members.remove(gone);
      api.ready(other, engine(other).address(), false);
      long patched = System.nanoTime();
      awaitEndpoints(MEMBERS - 2);
      long seen = System.nanoTime();
      traffic.awaitMore(30);
      List<Answer> answers = traffic.stop();
      say(
          "API server killed: %d requests; what it forgot was seen %d ms after it was back, the"
              + " next change after %d ms",
          answers,
          TimeUnit.NANOSECONDS.toMillis(relisted - back),
          TimeUnit.NANOSECONDS.toMillis(seen - patched));
      assertThat(failed(answers)).isEmpty();
    }
  }

  /** Streams that have begun. */
  private static List<Stream> streams(Envoy gateway, int count, int tokens) {
    List<Stream> streams = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      streams.add(Traffic.stream(gateway.port(LISTENER), tokens));
    }
    streams.forEach(stream -> stream.begun().join());
    return streams;
  }

  /**
   * A pod that died without a warning.
   *
   * @param hostPort where it listened
   * @param at when it was dead
   */
  private record Kill(String hostPort, long at) {
    /** Whether a request was on its way there, or had arrived. */
    boolean explains(Answer answer, AccessLogLine line) {
      return line.upstream().equals(hostPort)
          && answer.sent() < at + UNDER_WAY.toNanos()
          && answer.ended() > at - UNDER_WAY.toNanos();
    }
  }

  /** As a kubelet does it: first all are told, then the process ends when it has nothing to do. */
  private Pod terminate(String name) throws Exception {
    Pod engine = engine(name);
    api.delete(KubeApi.PODS, name, 30);
    long[] busy = {System.nanoTime()};
    Stage.await(
        "it has been idle for a while",
        () -> {
          if (engine.running() + engine.waiting() > 0) {
            busy[0] = System.nanoTime();
          }
          return System.nanoTime() - busy[0] > UNDER_WAY.toNanos();
        });
    engine.kill();
    leave(name);
    return engine;
  }

  /** The process dies, and a second later it is known. */
  private Pod crash(String name, Queue<Kill> kills) throws Exception {
    Pod engine = engine(name);
    engine.kill();
    kills.add(new Kill(engine.hostPort(), System.nanoTime()));
    LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
    api.ready(name, engine.address(), false);
    leave(name);
    return engine;
  }

  private Pod engine(String name) {
    synchronized (members) {
      return Objects.requireNonNull(members.get(name), name);
    }
  }

  private String join(Pod engine) throws Exception {
    String name = "vllm-" + created.incrementAndGet();
    api.pod(name, "vllm", engine.address());
    synchronized (members) {
      members.put(name, engine);
    }
    return name;
  }

  private void leave(String name) throws Exception {
    api.delete(KubeApi.PODS, name, 0);
    synchronized (members) {
      members.remove(name);
    }
  }

  private void members() throws Exception {
    for (Pod engine : simulator.pods().subList(0, MEMBERS)) {
      join(engine);
    }
  }

  private void pool() throws Exception {
    api.apply(
        KubeApi.POOLS,
        POOL,
        """
        apiVersion: inference.networking.x-k8s.io/v1alpha2
        kind: InferencePool
        metadata: {name: pool}
        spec:
          targetPortNumber: %d
          selector: {app: vllm}
          extensionRef: {name: epp}
        """
            .formatted(simulator.pods().getFirst().port()));
  }

  private void awaitWeights(int old, int canary) throws Exception {
    double generation = pickwick.metric("pickwick_kube_generation");
    weights(old, canary);
    Stage.await(
        "the weights are in force", () -> pickwick.metric("pickwick_kube_generation") > generation);
  }

  /** InferenceModel knows no weight of 0: who gets nothing is not named. */
  private void weights(int old, int canary) throws Exception {
    String stays = old == 0 ? "" : "{name: food-v1, weight: " + old + "}, ";
    api.apply(
        KubeApi.MODELS,
        "food",
        """
        apiVersion: inference.networking.x-k8s.io/v1alpha2
        kind: InferenceModel
        metadata: {name: food}
        spec:
          modelName: food
          poolRef: {name: pool}
          targetModels: [%s{name: food-canary, weight: %d}]
        """
            .formatted(stays, canary));
  }

  /** How many of the requests came to an engine under which model. */
  private Map<String, Long> targets(List<Answer> asked) {
    Map<String, Long> bytes = new HashMap<>();
    for (Pod engine : simulator.pods()) {
      for (ReceivedRequest request : engine.requests()) {
        bytes.put(request.header("x-request-id"), request.bodyBytes());
      }
    }
    // By how much longer the body is with the target's name.
    Map<Long, String> names = Map.of(3L, "food-v1", 7L, "food-canary");
    return asked.stream()
        .collect(
            Collectors.groupingBy(
                answer ->
                    names.getOrDefault(
                        bytes.getOrDefault(answer.id(), 0L) - answer.bytes(), "another"),
                Collectors.counting()));
  }

  private Pickwick replica(int port, List<String> more) throws Exception {
    List<String> flags = new ArrayList<>(more);
    flags.add("--pool-namespace=" + namespace.name());
    flags.add("--secure-serving=false");
    flags.add("--config-text=" + CONFIG);
    return Pickwick.watching(
        Launcher.pickwick(Stage.JVM),
        CLUSTER.kubeconfig(),
        POOL,
        Files.createTempFile(directory, "pickwick", ".log"),
        port,
        flags.toArray(String[]::new));
  }

  private EnvoyConfig config(List<String> pickers) {
    return EnvoyConfig.of(
            pickers.getFirst(),
            simulator.pods().stream().map(Pod::hostPort).toList(),
            Listener.named(LISTENER, Routing.OVERRIDE_HOST))
        .withPickers(pickers);
  }

  private static void awaitReplicas(Envoy gateway, int count) throws Exception {
    Stage.await(
        count + " replicas are healthy",
        () -> gateway.stat("cluster.picker.membership_healthy") == count);
  }

  private void awaitEndpoints(int count) throws Exception {
    Stage.await(count + " endpoints", () -> endpoints() == count);
  }

  private long endpoints() throws Exception {
    return pickwick
        .metrics()
        .lines()
        .filter(line -> line.startsWith("pickwick_endpoint_reachable{"))
        .count();
  }

  private AccessLogLine logged(String id) throws IOException {
    return envoy
        .awaitAccessLog(line -> line.requestId().equals(id), Stage.PATIENCE)
        .orElseThrow(() -> new AssertionError("no access log line for " + id));
  }

  private static List<Answer> failed(List<Answer> answers) {
    return answers.stream().filter(answer -> !answer.served()).toList();
  }

  private static void say(String what, List<Answer> answers, Object... more) {
    List<Object> numbers = new ArrayList<>(List.of(answers.size()));
    numbers.addAll(List.of(more));
    System.err.printf(what + "%n", numbers.toArray());
  }

  private static JsonNode etcd(String call, String body) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> response =
          http.send(
              HttpRequest.newBuilder(CLUSTER.etcd().resolve("/v3/kv/" + call))
                  .POST(HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      return JSON.readTree(response.body());
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private <T extends AutoCloseable> T opened(T what) {
    opened.add(what);
    return what;
  }
}

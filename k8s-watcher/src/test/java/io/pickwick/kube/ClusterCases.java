package io.pickwick.kube;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.OperatingSystemMXBean;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.pickwick.kube.AccessReview.Access;
import io.pickwick.kube.KubeConfig.Election;
import io.pickwick.kube.KubeStatus.State;
import io.pickwick.resource.PoolAnnotations;
import io.pickwick.resource.PoolId;
import io.pickwick.schedule.Endpoint;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The source against a real API server: what a fake cannot know. */
abstract class ClusterCases {
  private static final Path CRDS = Path.of("..", "deploy", "crds");

  private final Cluster cluster;
  private String namespace = "";
  private KubernetesClient client;
  private ApiServer api;
  private Optional<Watching> open = Optional.empty();

  ClusterCases(Cluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void setUp() throws Exception {
    client = new KubernetesClientBuilder().withConfig(cluster.administrator()).build();
    api = new ApiServer(client, Duration.ofMinutes(1));
    for (String crd :
        List.of(
            "inference.networking.k8s.io_inferencepools",
            "inference.networking.x-k8s.io_inferencemodels")) {
      install(crd);
    }
    namespace = cluster.namespace().name();
  }

  @AfterEach
  void tearDown() {
    open.ifPresent(Watching::close);
    client.close();
  }

  @Test
  void createChangeRelabelDeleteAndReuseAreSeen() throws Exception {
    Watching watching = watching(cluster.administrator());
    createPool();
    watching.until(() -> watching.pool.snapshot().synced());
    createPod("a", 2);
    createPod("b", 3);
    ready("a", 2, true);
    watching.eventually(watching::endpoints, List.of("a@127.0.0.2:8000"));
    ready("b", 3, true);
    watching.eventually(watching::endpoints, List.of("a@127.0.0.2:8000", "b@127.0.0.3:8000"));
    patch(pods() + "/b", "{\"metadata\": {\"labels\": {\"app\": \"other\"}}}");
    watching.eventually(watching::endpoints, List.of("a@127.0.0.2:8000"));
    Endpoint before = watching.endpoint(0);
    delete("a");
    watching.eventually(watching::endpoints, List.of());
    createPod("a", 2);
    ready("a", 2, true);
    watching.eventually(watching::endpoints, List.of("a@127.0.0.2:8000"));
    assertThat(watching.endpoint(0).load()).isNotSameAs(before.load());
    patch(
        pools() + "/pool",
        "{\"spec\": {\"targetPorts\": [{\"number\": 8000}, {\"number\": 8001}]}}");
    watching.eventually(
        watching::endpoints, List.of("a-rank-0@127.0.0.2:8000", "a-rank-1@127.0.0.2:8001"));
  }

  @Test
  void theRouteThatThePoolAsksForComesAndGoesWithItsAnnotation() throws Exception {
    apply(ROUTE_KIND, "httproutes.gateway.networking.k8s.io");
    createPool();
    Watching watching = watching(cluster.administrator());
    patch(pools() + "/pool", attachedTo("\"name: gateway\\nport: 8081\""));
    watching.until(() -> parent().equals("gateway:8081"));
    patch(pools() + "/pool", attachedTo("\"{name: gateway, port: 8082}\""));
    watching.until(() -> parent().equals("gateway:8082"));
    patch(pools() + "/pool", attachedTo("null"));
    watching.until(() -> parent().isEmpty());
  }

  @Test
  void anApiServerThatRestartsLosesUsNothing() throws Exception {
    createPool();
    createPod("a", 2);
    ready("a", 2, true);
    Watching watching = watching(cluster.administrator());
    watching.eventually(watching::endpoints, List.of("a@127.0.0.2:8000"));
    cluster.stopApiServer();
    watching.eventually(() -> watching.kind("Pod", "").state(), State.STALE);
    assertThat(watching.endpoints()).containsExactly("a@127.0.0.2:8000");
    cluster.startApiServer();
    createPod("b", 3);
    ready("b", 3, true);
    watching.eventually(watching::endpoints, List.of("a@127.0.0.2:8000", "b@127.0.0.3:8000"));
  }

  @Test
  void theClusterSaysWhoMayReadMetrics() throws Exception {
    String picker = token("picker");
    String prometheus = token("prometheus");
    String somebody = token("somebody");
    bind("delegator", "system:auth-delegator", "picker");
    create(
        "apis/rbac.authorization.k8s.io/v1/clusterroles",
        """
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
         "metadata": {"name": "metrics-%s"},
         "rules": [{"nonResourceURLs": ["/metrics"], "verbs": ["get"]}]}
        """
            .formatted(namespace));
    bind("metrics", "metrics-" + namespace, "prometheus");
    try (KubernetesClient ours =
        new KubernetesClientBuilder().withConfig(cluster.as(picker)).build()) {
      AccessReview review =
          new AccessReview(new ApiServer(ours, Duration.ofMinutes(1)), System::nanoTime);
      assertThat(review.ask(prometheus, "get", "/metrics")).isEqualTo(Access.ALLOWED);
      assertThat(review.ask(prometheus, "get", "/debug/pool")).isEqualTo(Access.DENIED);
      assertThat(review.ask(somebody, "get", "/metrics")).isEqualTo(Access.DENIED);
      assertThat(review.ask("nobody's", "get", "/metrics")).isEqualTo(Access.UNKNOWN);
    }
    try (KubernetesClient powerless =
        new KubernetesClientBuilder().withConfig(cluster.as(somebody)).build()) {
      AccessReview review =
          new AccessReview(new ApiServer(powerless, Duration.ofMinutes(1)), System::nanoTime);
      assertThat(review.ask(prometheus, "get", "/metrics")).isEqualTo(Access.UNANSWERED);
    }
  }

  private String token(String account) {
    String accounts = "api/v1/namespaces/" + namespace + "/serviceaccounts";
    create(
        accounts,
        "{\"apiVersion\": \"v1\", \"kind\": \"ServiceAccount\", \"metadata\": {\"name\": \"%s\"}}"
            .formatted(account));
    return create(
            accounts + "/" + account + "/token",
            "{\"apiVersion\": \"authentication.k8s.io/v1\", \"kind\": \"TokenRequest\","
                + " \"spec\": {}}")
        .at("/status/token")
        .asText();
  }

  private void bind(String name, String clusterRole, String account) {
    create(
        "apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        """
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
         "metadata": {"name": "%1$s-%4$s"},
         "subjects": [{"kind": "ServiceAccount", "name": "%3$s", "namespace": "%4$s"}],
         "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
                     "name": "%2$s"}}
        """
            .formatted(name, clusterRole, account, namespace));
  }

  @Test
  void aServiceAccountSeesNothingUntilItsRoleIsBoundAndThenEverything() throws Exception {
    createPool();
    createPod("a", 2);
    ready("a", 2, true);
    create(
        "api/v1/namespaces/" + namespace + "/serviceaccounts",
        "{\"apiVersion\": \"v1\", \"kind\": \"ServiceAccount\", \"metadata\": {\"name\":"
            + " \"epp\"}}");
    JsonNode token =
        create(
            "api/v1/namespaces/" + namespace + "/serviceaccounts/epp/token",
            "{\"apiVersion\": \"authentication.k8s.io/v1\", \"kind\": \"TokenRequest\","
                + " \"spec\": {}}");
    Watching watching = watching(cluster.as(token.at("/status/token").asText()));
    watching.until(() -> watching.kind("InferencePool", PoolId.GROUP).state() == State.DENIED);
    assertThat(watching.kind("InferencePool", PoolId.GROUP).trouble())
        .contains("--serviceaccount=" + namespace + ":epp");
    assertThat(watching.pool.snapshot().synced()).isFalse();
    String rbac = "apis/rbac.authorization.k8s.io/v1/namespaces/" + namespace;
    create(rbac + "/roles", ROLE);
    create(
        rbac + "/rolebindings",
        """
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
         "metadata": {"name": "epp"},
         "subjects": [{"kind": "ServiceAccount", "name": "epp", "namespace": "%s"}],
         "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "epp"}}
        """
            .formatted(namespace));
    watching.eventually(watching::endpoints, List.of("a@127.0.0.2:8000"));
    create(models(), KubeSourceTest.model("chat", "llama", "llama-v1"));
    watching.until(() -> accepted("chat").equals("True Accepted 1"));
    create(models(), KubeSourceTest.model("other", "llama", "llama-v2"));
    watching.until(() -> accepted("other").equals("False ModelNameInUse 1"));
  }

  @Test
  void aCrdThatIsInstalledLaterIsPickedUp() throws Exception {
    createPool();
    Watching watching = watching(cluster.administrator());
    watching.until(() -> watching.source.status().synced());
    assertThat(watching.kind("InferenceTrafficPolicy", "inferenceextension.alibabacloud.com"))
        .extracting(KubeStatus.Kind::state)
        .isEqualTo(State.MISSING);
    install("inferenceextension.alibabacloud.com_inferencetrafficpolicies");
    watching.until(() ->
        watching.kind("InferenceTrafficPolicy", "inferenceextension.alibabacloud.com").state()
            == State.SYNCED);
  }

  @Test
  void aThousandPodsAreReadQuicklyAndKeptCheaply() throws Exception {
    createPool();
    try (ExecutorService creators = Executors.newFixedThreadPool(8)) {
      IntStream.range(0, 1000)
          .forEach(i ->
              creators.execute(() -> {
                createPod("p" + i, i);
                ready("p" + i, i, true);
              }));
    }
    double alone = cpuOfChanges(0);
    long began = System.nanoTime();
    Watching watching = watching(cluster.administrator());
    watching.until(() -> watching.endpoints().size() == 1000);
    double seconds = (System.nanoTime() - began) / 1e9;
    double warming = cpuOfChanges(250);
    double watched = cpuOfChanges(500);
    watching.until(() -> watching.endpoints().size() == 500);
    System.err.printf(
        "1000 pods: cold start %.2f s; CPU of 50 changes/s in %% of a core: made %.1f, made and"
            + " watched %.1f, then %.1f%n",
        seconds, alone, warming, watched);
  }

  /** Changes 250 pods in five seconds; says what CPU that took, in hundredths of a core. */
  private double cpuOfChanges(int first) {
    long cpu = cpu();
    long from = System.nanoTime();
    for (int i = 0; i < 250; i++) {
      ready("p" + (first + i), first + i, first == 0);
      long due = from + (i + 1) * 20_000_000L;
      while (System.nanoTime() - due < 0) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
    }
    return (cpu() - cpu) * 100.0 / (System.nanoTime() - from);
  }

  private static long cpu() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private Watching watching(Config config) {
    Watching watching =
        new Watching(
            new KubeConfig(
                Optional.of(namespace),
                "pool",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                true,
                true,
                Optional.of(new Election("pool-epp", "test")),
                Watching.QUICK),
            new KubernetesClientBuilder().withConfig(config).build());
    open = Optional.of(watching);
    return watching.start();
  }

  private void install(String crd) throws Exception {
    apply(
        Files.readString(CRDS.resolve(crd + ".yaml")),
        crd.substring(crd.indexOf('_') + 1) + "." + crd.substring(0, crd.indexOf('_')));
  }

  private void apply(String yaml, String name) throws Exception {
    client.load(new ByteArrayInputStream(yaml.getBytes(UTF_8))).serverSideApply();
    long patienceEnds = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!api.get("apis/apiextensions.k8s.io/v1/customresourcedefinitions/" + name)
        .toString()
        .contains("\"type\":\"Established\"")) {
      assertThat(System.nanoTime()).isLessThan(patienceEnds);
      LockSupport.parkNanos(50_000_000);
    }
  }

  private void createPool() {
    create(pools(), KubeSourceTest.pool("vllm"));
  }

  private void createPod(String name, int number) {
    create(
        pods(),
        """
        {"apiVersion": "v1", "kind": "Pod",
         "metadata": {"name": "%s", "labels": {"app": "vllm", "number": "%d"}},
         "spec": {"terminationGracePeriodSeconds": 0, "schedulerName": "none",
                  "containers": [{"name": "vllm", "image": "vllm"}]}}
        """
            .formatted(name, number));
  }

  private void ready(String name, int number, boolean ready) {
    String address = "127.0." + (number >> 8) + "." + (number & 255);
    patch(
        pods() + "/" + name + "/status",
        """
        {"status": {"phase": "Running", "podIP": "%1$s", "podIPs": [{"ip": "%1$s"}],
                    "conditions": [{"type": "Ready", "status": "%2$s"}]}}
        """
            .formatted(address, ready ? "True" : "False"));
  }

  private void delete(String pod) {
    client.pods().inNamespace(namespace).withName(pod).withGracePeriod(0).delete();
  }

  private String accepted(String name) {
    try {
      for (JsonNode condition : api.get(models() + "/" + name).at("/status/conditions")) {
        if (condition.path("type").asText().equals("Accepted")) {
          return condition.path("status").asText()
              + " "
              + condition.path("reason").asText()
              + " "
              + condition.path("observedGeneration").asText();
        }
      }
      return "";
    } catch (IOException | ApiRefusal | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String attachedTo(String listener) {
    return "{\"metadata\": {\"annotations\": {\"%s\": %s}}}"
        .formatted(PoolAnnotations.ATTACH_TO, listener);
  }

  private String parent() {
    String path = "apis/gateway.networking.k8s.io/v1/namespaces/" + namespace + "/httproutes/";
    try {
      JsonNode parent = api.get(path + "pool-attached").at("/spec/parentRefs/0");
      return parent.path("name").asText() + ":" + parent.path("port").asText();
    } catch (ApiRefusal e) {
      assertThat(e.code()).isEqualTo(404);
      return "";
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private JsonNode create(String path, String json) {
    try {
      String answer = client.raw("/" + path, "POST", FakeKube.MAPPER.readTree(json));
      return FakeKube.MAPPER.readTree(answer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void patch(String path, String json) {
    try {
      api.patch(path, (ObjectNode) FakeKube.MAPPER.readTree(json));
    } catch (IOException | ApiRefusal | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private String pods() {
    return "api/v1/namespaces/" + namespace + "/pods";
  }

  private String pools() {
    return "apis/inference.networking.k8s.io/v1/namespaces/" + namespace + "/inferencepools";
  }

  private String models() {
    return "apis/inference.networking.x-k8s.io/v1alpha2/namespaces/"
        + namespace
        + "/inferencemodels";
  }

  /** As much of the Gateway API's as matters here. */
  private static final String ROUTE_KIND =
      """
      apiVersion: apiextensions.k8s.io/v1
      kind: CustomResourceDefinition
      metadata:
        name: httproutes.gateway.networking.k8s.io
        annotations: {api-approved.kubernetes.io: "unapproved, a test's"}
      spec:
        group: gateway.networking.k8s.io
        names: {kind: HTTPRoute, plural: httproutes, singular: httproute, listKind: HTTPRouteList}
        scope: Namespaced
        versions:
        - name: v1
          served: true
          storage: true
          schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
      """;

  /** As the chart grants it. */
  private static final String ROLE =
      """
      {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "epp"},
       "rules": [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": ["inference.networking.k8s.io", "inference.networking.x-k8s.io"],
         "resources": ["inferencepools"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": ["inference.networking.x-k8s.io"],
         "resources": ["inferencemodels"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": ["inference.networking.x-k8s.io"],
         "resources": ["inferencemodels/status"], "verbs": ["patch"]},
        {"apiGroups": ["inference.networking.x-k8s.io", "llm-d.ai"],
         "resources": ["inferenceobjectives", "inferencemodelrewrites"],
         "verbs": ["get", "list", "watch"]},
        {"apiGroups": ["inferenceextension.alibabacloud.com"],
         "resources": ["inferencetrafficpolicies"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"],
         "resourceNames": ["pool-epp"], "verbs": ["get", "update", "patch"]},
        {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["create"]}]}
      """;
}

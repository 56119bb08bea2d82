package io.pickwick.kube;

import static io.pickwick.kube.KubeStatus.State.DENIED;
import static io.pickwick.kube.KubeStatus.State.MISSING;
import static io.pickwick.kube.KubeStatus.State.STALE;
import static io.pickwick.kube.KubeStatus.State.SYNCED;
import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.pool.PoolListener;
import io.pickwick.resource.InferenceModel;
import io.pickwick.resource.InferencePool;
import io.pickwick.resource.PoolId;
import io.pickwick.schedule.Endpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The whole source against an API server of our own, over real sockets. */
final class KubeSourceTest {
  private static final String PODS = "api/v1/namespaces/llm/pods";
  private static final String POOLS =
      "apis/inference.networking.k8s.io/v1/namespaces/llm/inferencepools";
  private static final String OLD_POOLS =
      "apis/inference.networking.x-k8s.io/v1alpha2/namespaces/llm/inferencepools";
  private static final String MODELS =
      "apis/inference.networking.x-k8s.io/v1alpha2/namespaces/llm/inferencemodels";
  private static final String OBJECTIVES =
      "apis/llm-d.ai/v1alpha2/namespaces/llm/inferenceobjectives";

  private FakeKube kube;
  private Watching watching;

  @BeforeEach
  void setUp() throws IOException {
    kube = new FakeKube();
    watching = new Watching(kube);
  }

  @AfterEach
  void tearDown() {
    watching.close();
    kube.close();
  }

  @Test
  void readyPodsOfThePoolAreItsEndpoints() {
    kube.put(POOLS, pool("vllm"));
    kube.put(PODS, pod("a", 1, "vllm", true));
    kube.put(PODS, pod("b", 2, "vllm", false));
    kube.put(PODS, pod("c", 3, "other", true));
    watching.start();
    watching.eventually(watching::endpoints, List.of("a@10.0.0.1:8000"));
    watching.until(() -> watching.source.status().synced());
    assertThat(watching.pool.snapshot().synced()).isTrue();
    assertThat(watching.resources().pool().map(InferencePool::id))
        .contains(new PoolId(PoolId.GROUP, "llm", "pool"));
  }

  @Test
  void createChangeRelabelAndDeleteAreSeen() {
    kube.put(POOLS, pool("vllm"));
    watching.start();
    watching.until(() -> watching.pool.snapshot().synced());
    kube.put(PODS, pod("a", 1, "vllm", false));
    kube.put(PODS, pod("b", 2, "vllm", true));
    watching.eventually(watching::endpoints, List.of("b@10.0.0.2:8000"));
    kube.put(PODS, pod("a", 1, "vllm", true));
    watching.eventually(watching::endpoints, List.of("a@10.0.0.1:8000", "b@10.0.0.2:8000"));
    kube.put(PODS, pod("b", 2, "other", true));
    watching.eventually(watching::endpoints, List.of("a@10.0.0.1:8000"));
    kube.put(PODS, pod("b", 2, "vllm", true));
    watching.eventually(watching::endpoints, List.of("a@10.0.0.1:8000", "b@10.0.0.2:8000"));
    kube.delete(PODS, "a");
    watching.eventually(watching::endpoints, List.of("b@10.0.0.2:8000"));
  }

  @Test
  void aTerminatingPodLeavesBeforeItIsGone() {
    kube.put(POOLS, pool("vllm"));
    kube.put(PODS, pod("a", 1, "vllm", true));
    watching.start();
    watching.eventually(watching::endpoints, List.of("a@10.0.0.1:8000"));
    kube.put(
        PODS,
        pod("a", 1, "vllm", true)
            .replace("\"labels\"", "\"deletionTimestamp\":\"2026-11-21T08:00:00Z\",\"labels\""));
    watching.eventually(watching::endpoints, List.of());
  }

  @Test
  void aReusedNameAndAddressIsAnotherEndpoint() {
    kube.put(POOLS, pool("vllm"));
    kube.put(PODS, pod("a", 1, "vllm", true));
    watching.start();
    watching.eventually(watching::endpoints, List.of("a@10.0.0.1:8000"));
    Endpoint before = watching.endpoint(0);
    kube.delete(PODS, "a");
    kube.put(PODS, pod("a", 1, "vllm", true));
    watching.until(() ->
        !watching.pool.snapshot().endpoints().isEmpty()
            && watching.endpoint(0).load() != before.load());
    assertThat(watching.endpoints()).containsExactly("a@10.0.0.1:8000");
  }

  @Test
  void anotherSelectorTakesOverWithoutAGap() {
    kube.put(POOLS, pool("vllm"));
    kube.put(PODS, pod("a", 1, "vllm", true));
    kube.put(PODS, pod("b", 2, "sglang", true));
    watching.start();
    watching.eventually(watching::endpoints, List.of("a@10.0.0.1:8000"));
    kube.refuse("/pods", 503);
    kube.put(POOLS, pool("sglang"));
    watching.until(
        () -> watching.resources().pool().orElseThrow().selector().containsValue("sglang"));
    assertThat(watching.endpoints()).containsExactly("a@10.0.0.1:8000");
    kube.allow("/pods");
    watching.eventually(watching::endpoints, List.of("b@10.0.0.2:8000"));
    oneWatchOfPodsIsLeft();
  }

  @Test
  void otherPortsApplyAtOnce() {
    kube.put(POOLS, pool("vllm"));
    kube.put(PODS, pod("a", 1, "vllm", true));
    watching.start();
    watching.eventually(watching::endpoints, List.of("a@10.0.0.1:8000"));
    kube.put(POOLS, pool("vllm").replace("8000", "9000"));
    watching.eventually(watching::endpoints, List.of("a@10.0.0.1:9000"));
  }

  @Test
  void aPoolThatIsGoneIsEmptyButSynced() {
    kube.put(POOLS, pool("vllm"));
    kube.put(PODS, pod("a", 1, "vllm", true));
    watching.start();
    watching.eventually(watching::endpoints, List.of("a@10.0.0.1:8000"));
    kube.delete(POOLS, "pool");
    watching.eventually(watching::endpoints, List.of());
    assertThat(watching.pool.snapshot().synced()).isTrue();
    watching.eventually(() -> watching.resources().pool(), Optional.empty());
  }

  @Test
  void aPoolThatFlapsEndsRight() {
    kube.put(POOLS, pool("vllm"));
    kube.put(PODS, pod("a", 1, "vllm", true));
    kube.put(PODS, pod("b", 2, "sglang", true));
    watching.start();
    for (int i = 0; i < 50; i++) {
      kube.put(POOLS, pool(i % 3 == 0 ? "sglang" : "vllm"));
      kube.delete(POOLS, "pool");
    }
    kube.put(POOLS, pool("vllm"));
    watching.until(() ->
        watching.resources().pool().isPresent()
            && watching.endpoints().equals(List.of("a@10.0.0.1:8000")));
    oneWatchOfPodsIsLeft();
  }

  @Test
  void goesOnFromWhereAWatchEnded() {
    kube.put(POOLS, pool("vllm"));
    kube.put(PODS, pod("a", 1, "vllm", true));
    watching.start();
    watching.eventually(watching::endpoints, List.of("a@10.0.0.1:8000"));
    long lists = watching.kind("Pod", "").lists();
    watching.until(() -> kube.openWatches("/pods") == 1);
    kube.endWatches();
    kube.put(PODS, pod("b", 2, "vllm", true));
    watching.eventually(watching::endpoints, List.of("a@10.0.0.1:8000", "b@10.0.0.2:8000"));
    assertThat(watching.kind("Pod", "").lists()).isEqualTo(lists);
  }

  @Test
  void listsAnewWhenItWasLeftBehind() {
    kube.put(POOLS, pool("vllm"));
    kube.put(PODS, pod("a", 1, "vllm", true));
    kube.put(PODS, pod("b", 2, "vllm", true));
    watching.start();
    watching.until(() -> watching.endpoints().size() == 2 && kube.openWatches("") == 9);
    kube.forget();
    kube.delete(PODS, "a");
    watching.eventually(watching::endpoints, List.of("b@10.0.0.2:8000"));
    watching.until(() -> kube.openWatches("") == 9);
    kube.expire();
    kube.put(PODS, pod("c", 3, "vllm", true));
    watching.eventually(watching::endpoints, List.of("b@10.0.0.2:8000", "c@10.0.0.3:8000"));
    assertThat(watching.kind("Pod", "").lists()).isGreaterThanOrEqualTo(3);
  }

  @Test
  void anApiServerThatIsAwayLeavesTheLastStateServing() throws IOException {
    kube.put(POOLS, pool("vllm"));
    kube.put(PODS, pod("a", 1, "vllm", true));
    kube.put(MODELS, model("chat", "llama", "chat-v1"));
    watching.start();
    watching.until(() -> watching.resources().models().size() == 1);
    watching.eventually(watching::endpoints, List.of("a@10.0.0.1:8000"));
    kube.stop();
    watching.eventually(() -> watching.kind("Pod", "").state(), STALE);
    watching.until(() -> watching.kind("Pod", "").trouble().contains("cannot be reached"));
    assertThat(watching.endpoints()).containsExactly("a@10.0.0.1:8000");
    assertThat(watching.source.status().synced()).isTrue();
    kube.put(PODS, pod("b", 2, "vllm", true));
    kube.startAgain();
    watching.eventually(watching::endpoints, List.of("a@10.0.0.1:8000", "b@10.0.0.2:8000"));
    watching.eventually(() -> watching.kind("Pod", "").state(), SYNCED);
    assertThat(watching.resources().models()).hasSize(1);
  }

  @Test
  void anApiServerThatComesLateIsWaitedFor() throws IOException {
    kube.put(POOLS, pool("vllm"));
    kube.put(PODS, pod("a", 1, "vllm", true));
    kube.stop();
    watching.start();
    watching.until(() -> watching.kind("InferencePool", PoolId.GROUP).failures() > 1);
    assertThat(watching.pool.snapshot().synced()).isFalse();
    assertThat(watching.source.status().synced()).isFalse();
    kube.startAgain();
    watching.eventually(watching::endpoints, List.of("a@10.0.0.1:8000"));
  }

  @Test
  void oneEmptyListAfterAnAccidentIsNotBelieved() {
    kube.put(POOLS, pool("vllm"));
    kube.put(PODS, pod("a", 1, "vllm", true));
    watching.start();
    watching.eventually(watching::endpoints, List.of("a@10.0.0.1:8000"));
    List<Endpoint> left = new CopyOnWriteArrayList<>();
    watching.pool.listen(
        new PoolListener() {
          @Override
          public void removed(Endpoint endpoint) {
            left.add(endpoint);
          }
        });
    watching.until(() -> kube.openWatches("") == 9);
    kube.refuse("inferencepools", 500);
    long before = watching.kind("Pod", "").lists();
    kube.listEmptyOnce();
    kube.forget();
    watching.until(() -> watching.kind("Pod", "").lists() > before);
    assertThat(watching.endpoints()).containsExactly("a@10.0.0.1:8000");
    assertThat(left).isEmpty();
  }

  @Test
  void twoEmptyListsAreBelieved() {
    kube.put(POOLS, pool("vllm"));
    kube.put(PODS, pod("a", 1, "vllm", true));
    watching.start();
    watching.eventually(watching::endpoints, List.of("a@10.0.0.1:8000"));
    watching.until(() -> kube.openWatches("") == 9);
    kube.stop();
    kube.delete(PODS, "a");
    assertThat(watching.endpoints()).containsExactly("a@10.0.0.1:8000");
    kube.forget();
    restart();
    watching.eventually(watching::endpoints, List.of());
  }

  @Test
  void aListThatBreaksOffRemovesNothing() {
    kube.put(POOLS, pool("vllm"));
    kube.put(PODS, pod("a", 1, "vllm", true));
    kube.put(PODS, pod("b", 2, "vllm", true));
    watching.start();
    watching.until(() -> watching.endpoints().size() == 2 && kube.openWatches("") == 9);
    kube.cutLists(true);
    kube.forget();
    kube.delete(PODS, "b");
    watching.eventually(() -> watching.kind("Pod", "").state(), STALE);
    assertThat(watching.endpoints()).hasSize(2);
    kube.cutLists(false);
    watching.eventually(watching::endpoints, List.of("a@10.0.0.1:8000"));
  }

  @Test
  void whatMayNotBeReadIsSaidAndReadOnceItMay() {
    kube.put(POOLS, pool("vllm"));
    kube.put(PODS, pod("a", 1, "vllm", true));
    kube.put(MODELS, model("chat", "llama", "chat-v1"));
    kube.refuse("/pods", 403);
    kube.refuse("inferencemodels", 403);
    watching.start();
    watching.until(() -> !watching.passedOn.isEmpty());
    watching.eventually(() -> watching.kind("Pod", "").state(), DENIED);
    assertThat(watching.kind("Pod", "").trouble())
        .contains("kubectl -n llm create role pickwick-pods --verb=get,list,watch --resource=pods")
        .contains("--serviceaccount=llm:epp");
    assertThat(watching.pool.snapshot().synced()).isFalse();
    assertThat(watching.source.status().synced()).isFalse();
    assertThat(watching.resources().models()).isEmpty();
    kube.allow("/pods");
    watching.eventually(watching::endpoints, List.of("a@10.0.0.1:8000"));
    assertThat(watching.source.status().synced()).isTrue();
    assertThat(watching.kind("InferenceModel", PoolId.OLD_GROUP).state()).isEqualTo(DENIED);
    kube.allow("inferencemodels");
    watching.until(() -> watching.resources().models().size() == 1);
  }

  @Test
  void aRightTakenAwayLeavesTheLastStateServing() {
    kube.put(POOLS, pool("vllm"));
    kube.put(PODS, pod("a", 1, "vllm", true));
    watching.start();
    watching.eventually(watching::endpoints, List.of("a@10.0.0.1:8000"));
    kube.refuse("/pods", 403);
    kube.refuse("inferencepools", 403);
    watching.eventually(() -> watching.kind("Pod", "").state(), DENIED);
    watching.eventually(() -> watching.kind("InferencePool", PoolId.GROUP).state(), DENIED);
    kube.put(PODS, pod("b", 2, "vllm", true));
    assertThat(watching.endpoints()).containsExactly("a@10.0.0.1:8000");
    kube.allow("/pods");
    watching.eventually(watching::endpoints, List.of("a@10.0.0.1:8000", "b@10.0.0.2:8000"));
  }

  @Test
  void aDeniedPoolIsNotAMissingPool() {
    kube.refuse("inference.networking.k8s.io", 403);
    watching.start();
    watching.until(() -> watching.kind("InferencePool", PoolId.GROUP).failures() > 2);
    assertThat(watching.pool.snapshot().synced()).isFalse();
    assertThat(watching.passedOn).isEmpty();
  }

  @Test
  void aCrdThatIsInstalledLaterIsPickedUp() {
    kube.put(POOLS, pool("vllm"));
    kube.refuse("v1alpha1/namespaces/llm/inferencemodels", 404);
    kube.refuse("v1alpha2/namespaces/llm/inferencemodels", 404);
    kube.refuse("llm-d.ai", 404);
    watching.start();
    watching.until(() -> watching.source.status().synced());
    assertThat(watching.kind("InferenceModel", PoolId.OLD_GROUP).state()).isEqualTo(MISSING);
    assertThat(watching.kind("InferenceModel", PoolId.OLD_GROUP).trouble())
        .contains("install their CRD");
    kube.allow("v1alpha2/namespaces/llm/inferencemodels");
    kube.allow("llm-d.ai");
    kube.put(MODELS, model("chat", "llama", "chat-v1"));
    kube.put(
        OBJECTIVES,
        """
        {"apiVersion": "llm-d.ai/v1alpha2", "kind": "InferenceObjective",
         "metadata": {"name": "batch"}, "spec": {"priority": -1, "poolRef": {"name": "pool"}}}
        """);
    watching.until(() ->
        watching.resources().models().size() == 1 && watching.resources().objectives().size() == 1);
  }

  @Test
  void theOldPoolServesWhereTheNewCrdIsMissing() {
    kube.refuse("inference.networking.k8s.io", 404);
    kube.put(
        OLD_POOLS,
        """
        {"apiVersion": "inference.networking.x-k8s.io/v1alpha2", "kind": "InferencePool",
         "metadata": {"name": "pool"},
         "spec": {"selector": {"app": "vllm"}, "targetPortNumber": 8001}}
        """);
    kube.put(PODS, pod("a", 1, "vllm", true));
    watching.start();
    watching.eventually(watching::endpoints, List.of("a@10.0.0.1:8001"));
    watching.until(() -> watching.source.status().synced());
  }

  @Test
  void anOlderVersionIsReadWhereTheNewerIsMissing() {
    kube.put(POOLS, pool("vllm"));
    kube.refuse("inference.networking.x-k8s.io/v1alpha2", 404);
    kube.put(MODELS.replace("v1alpha2", "v1alpha1"), model("chat", "llama", "chat-v1"));
    watching.start();
    watching.until(() -> watching.resources().models().size() == 1);
    assertThat(watching.kind("InferenceModel", PoolId.OLD_GROUP).version()).isEqualTo("v1alpha1");
  }

  @Test
  void aWrongResourceLeavesItsLastRightVersionInForce() {
    kube.put(POOLS, pool("vllm"));
    kube.put(MODELS, model("chat", "llama", "chat-v1"));
    kube.put(MODELS, model("bad", "", "chat-v1"));
    watching.start();
    watching.until(() -> watching.resources().models().size() == 1);
    KubeStatus.Kind kind = watching.kind("InferenceModel", PoolId.OLD_GROUP);
    assertThat(kind.objects()).isEqualTo(2);
    assertThat(kind.mistakes())
        .singleElement()
        .satisfies(mistake -> {
          assertThat(mistake.name()).isEqualTo("bad");
          assertThat(mistake.message())
              .isEqualTo("InferenceModel llm/bad: \"spec.modelName\": this must not be empty");
        });
    kube.put(MODELS, model("chat", "", "chat-v2"));
    watching.until(() -> watching.kind("InferenceModel", PoolId.OLD_GROUP).mistakes().size() == 2);
    assertThat(watching.resources().models())
        .extracting(InferenceModel::modelName)
        .containsExactly("llama");
    kube.put(MODELS, model("chat", "llama2", "chat-v2"));
    watching.eventually(
        () -> watching.resources().models().stream().map(InferenceModel::modelName).toList(),
        List.of("llama2"));
    assertThat(watching.kind("InferenceModel", PoolId.OLD_GROUP).mistakes()).hasSize(1);
    kube.delete(MODELS, "bad");
    watching.until(() -> watching.kind("InferenceModel", PoolId.OLD_GROUP).mistakes().isEmpty());
  }

  @Test
  void aWrongPoolLeavesItsLastRightVersionInForce() {
    kube.put(POOLS, pool("vllm"));
    kube.put(PODS, pod("a", 1, "vllm", true));
    watching.start();
    watching.eventually(watching::endpoints, List.of("a@10.0.0.1:8000"));
    kube.put(POOLS, pool("vllm").replace("8000", "80000"));
    watching.until(() -> !watching.kind("InferencePool", PoolId.GROUP).mistakes().isEmpty());
    assertThat(watching.endpoints()).containsExactly("a@10.0.0.1:8000");
  }

  @Test
  void aChangeOfStatusAloneIsNoChange() {
    kube.put(POOLS, pool("vllm"));
    kube.put(MODELS, model("chat", "llama", "chat-v1"));
    watching.start();
    watching.until(() -> watching.source.status().synced());
    int before = watching.passedOn.size();
    kube.put(
        MODELS,
        model("chat", "llama", "chat-v1")
            .replace("\"name\": \"chat\"", "\"name\": \"chat\", \"generation\": 1")
            .replace("\"spec\"", "\"status\": {\"conditions\": []}, \"spec\""));
    kube.put(MODELS, model("other", "qwen", "qwen-v1"));
    watching.until(() -> watching.resources().models().size() == 2);
    assertThat(watching.passedOn).hasSize(before + 1);
  }

  @Test
  void aThousandPodsComeInPagesAndLeaveTogether() {
    kube.put(POOLS, pool("vllm"));
    IntStream.range(0, 1200).forEach(i -> kube.put(PODS, pod("p" + i, i, "vllm", true)));
    watching.start();
    watching.until(() -> watching.endpoints().size() == 1200);
    assertThat(kube.requests().stream().filter(request -> request.contains("continue=")))
        .hasSize(2);
    IntStream.range(0, 1200).forEach(i -> kube.put(PODS, pod("p" + i, i, "vllm", i % 2 == 0)));
    watching.until(() -> watching.endpoints().size() == 600);
    IntStream.range(0, 1200).forEach(i -> kube.delete(PODS, "p" + i));
    watching.until(() -> watching.endpoints().isEmpty());
  }

  @Test
  void aPoolThatIsReplacedAtOnceTakesNoEndpointAway() {
    kube.put(POOLS, pool("vllm"));
    kube.put(PODS, pod("a", 1, "vllm", true));
    List<String> told = new CopyOnWriteArrayList<>();
    watching.pool.listen(
        new PoolListener() {
          @Override
          public void removed(Endpoint endpoint) {
            told.add(endpoint.name());
          }
        });
    watching.start();
    watching.until(() -> watching.endpoints().size() == 1);
    kube.delete(POOLS, "pool");
    watching.until(() -> watching.kind("InferencePool", PoolId.GROUP).objects() == 0);
    kube.put(POOLS, pool("vllm").replace("8000", "8000}, {\"number\": 8001"));
    watching.until(() -> watching.endpoints().size() == 2);
    kube.put(POOLS, pool("vllm"));
    watching.until(() -> watching.endpoints().size() == 1);
    kube.delete(POOLS, "pool");
    watching.until(() -> watching.endpoints().isEmpty());
    assertThat(told).hasSizeLessThanOrEqualTo(4);
  }

  @Test
  void aRefusalThatStopsInItsMidstHoldsNothingUp() {
    watching.close();
    watching =
        new Watching(
            kube,
            Watching.config(
                new KubeConfig.Timing(
                    Duration.ofMillis(5),
                    Duration.ofMillis(20),
                    Duration.ofMillis(100),
                    Duration.ofMillis(300),
                    Duration.ofSeconds(60),
                    Duration.ofMillis(300))));
    kube.put(POOLS, pool("vllm"));
    kube.put(PODS, pod("a", 1, "vllm", true));
    watching.start();
    watching.until(() -> watching.endpoints().size() == 1);
    kube.stall("/pods");
    watching.until(() -> kube.stalls("/pods"));
    kube.put(PODS, pod("b", 2, "vllm", true));
    watching.until(() -> watching.endpoints().size() == 2);
  }

  @Test
  void whatItIsToldToWaitIsBounded() {
    kube.put(POOLS, pool("vllm"));
    kube.retryAfter("99999999999");
    kube.refuse("inferencemodels", 429);
    watching.start();
    watching.until(() -> watching.kind("InferenceModel", PoolId.OLD_GROUP).failures() > 2);
    kube.allow("inferencemodels");
    kube.put(MODELS, model("chat", "llama", "chat-v1"));
    watching.until(() -> watching.resources().models().size() == 1);
  }

  @Test
  void anObjectThatIsTooDeepIsToldAndHidesNoOther() {
    String deep = "{\"a\":".repeat(5_000) + "1" + "}".repeat(5_000);
    kube.tell(text -> text.replace("\"DEEP\"", deep));
    kube.put(POOLS, pool("vllm"));
    watching.start();
    watching.until(() -> watching.resources().pool().isPresent());
    kube.put(
        MODELS, model("deep", "llama", "v1").replace("\"spec\": {", "\"spec\": {\"x\": \"DEEP\","));
    kube.put(MODELS, model("chat", "qwen", "v1"));
    watching.until(() -> watching.resources().models().size() == 1);
    assertThat(watching.kind("InferenceModel", PoolId.OLD_GROUP).mistakes())
        .extracting(KubeStatus.Mistake::message)
        .containsExactly("InferenceModel llm/deep: this must not be nested deeper than 100");
    watching.close();
    watching = new Watching(kube);
    watching.start();
    watching.until(() -> watching.resources().models().size() == 1);
  }

  @Test
  void aConnectionThatSaysNothingForLongIsMadeAnew() {
    watching.close();
    watching =
        new Watching(
            kube,
            Watching.config(
                new KubeConfig.Timing(
                    Duration.ofMillis(5),
                    Duration.ofMillis(20),
                    Duration.ofMillis(100),
                    Duration.ofSeconds(20),
                    Duration.ofMillis(200),
                    Duration.ofMillis(300))));
    kube.put(POOLS, pool("vllm"));
    watching.start();
    watching.until(() ->
        kube.requests().stream()
                .filter(request ->
                    request.contains("watch=1") && request.contains("k8s.io/v1/namespaces"))
                .count()
            > 3);
    assertThat(watching.kind("InferencePool", PoolId.GROUP).lists()).isEqualTo(1);
  }

  @Test
  void throttledRequestsAreRetried() {
    kube.put(POOLS, pool("vllm"));
    kube.put(PODS, pod("a", 1, "vllm", true));
    kube.refuse("/pods", 429);
    watching.start();
    watching.until(() ->
        watching.source.status().kinds().stream()
            .anyMatch(kind -> kind.name().equals("Pod") && kind.failures() > 3));
    kube.allow("/pods");
    watching.eventually(watching::endpoints, List.of("a@10.0.0.1:8000"));
  }

  @Test
  void podsByLabelAreServedWithoutAPool() {
    watching.close();
    KubeConfig plain = Watching.config(Watching.QUICK);
    watching =
        new Watching(
            kube,
            new KubeConfig(
                plain.namespace(),
                "epp",
                Optional.empty(),
                Optional.of(
                    new KubeConfig.PodSelection(Map.of("app", "vllm"), List.of(8000, 8001))),
                Optional.empty(),
                false,
                false,
                Optional.empty(),
                plain.timing()));
    kube.put(PODS, pod("a", 1, "vllm", true));
    kube.put(PODS, pod("b", 2, "other", true));
    kube.put(MODELS, model("chat", "llama", "chat-v1").replace("\"pool\"", "\"epp\""));
    watching.start();
    watching.eventually(
        watching::endpoints, List.of("a-rank-0@10.0.0.1:8000", "a-rank-1@10.0.0.1:8001"));
    watching.until(() -> watching.source.status().synced());
    watching.until(() -> watching.resources().models().size() == 1);
    assertThat(watching.resources().pool().orElseThrow().id())
        .isEqualTo(new PoolId(PoolId.GROUP, "llm", "epp"));
    assertThat(kube.requests()).noneMatch(request -> request.contains("inferencepools"));
    kube.put(PODS, pod("a", 1, "vllm", false));
    watching.eventually(watching::endpoints, List.of());
  }

  @Test
  void closingEndsEveryRequest() {
    kube.put(POOLS, pool("vllm"));
    watching.start();
    watching.until(() -> kube.openWatches("") == 9);
    watching.close();
    int requests = kube.requests().size();
    kube.endWatches();
    assertThat(kube.requests()).hasSize(requests);
  }

  /** A watch that was given up is not taken up again when the API server ends all. */
  private void oneWatchOfPodsIsLeft() {
    kube.endWatches();
    watching.until(() -> kube.openWatches("") == 9);
    assertThat(kube.openWatches("/pods")).isEqualTo(1);
  }

  private void restart() {
    try {
      kube.startAgain();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  static String pool(String app) {
    return """
    {"apiVersion": "inference.networking.k8s.io/v1", "kind": "InferencePool",
     "metadata": {"name": "pool"},
     "spec": {"selector": {"matchLabels": {"app": "%s"}}, "targetPorts": [{"number": 8000}],
              "endpointPickerRef": {"name": "epp", "port": {"number": 9002}}}}
    """
        .formatted(app);
  }

  static String pod(String name, int number, String app, boolean ready) {
    return """
    {"metadata": {"name": "%s", "labels": {"app": "%s"},
                  "managedFields": [{"manager": "kubelet"}]},
     "spec": {"containers": [{"name": "vllm"}]},
     "status": {"podIP": "%3$s", "podIPs": [{"ip": "%3$s"}],
                "conditions": [{"type": "Initialized", "status": "True"},
                               {"type": "Ready", "status": "%4$s"}]}}
    """
        .formatted(
            name, app, "10.0." + (number >> 8) + "." + (number & 255), ready ? "True" : "False");
  }

  static String model(String name, String modelName, String target) {
    return """
    {"apiVersion": "inference.networking.x-k8s.io/v1alpha2", "kind": "InferenceModel",
     "metadata": {"name": "%s"},
     "spec": {"modelName": "%s", "criticality": "Critical", "poolRef": {"name": "pool"},
              "targetModels": [{"name": "%s", "weight": 100}]}}
    """
        .formatted(name, modelName, target);
  }
}

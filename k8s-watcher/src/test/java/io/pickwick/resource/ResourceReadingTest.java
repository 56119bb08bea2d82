package io.pickwick.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pickwick.pool.Engine;
import io.pickwick.resource.InferenceModelRewrite.Rule;
import io.pickwick.resource.InferencePool.AppProtocol;
import io.pickwick.resource.PickerRef.FailureMode;
import io.pickwick.resource.PoolAnnotations.Family;
import io.pickwick.resource.PoolAnnotations.Listener;
import io.pickwick.resource.PoolAnnotations.Strategy;
import io.pickwick.schedule.spec.Spec;
import io.pickwick.schedule.spec.SpecException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ResourceReadingTest {
  private static final String POOL_V1 =
      """
      apiVersion: inference.networking.k8s.io/v1
      kind: InferencePool
      metadata:
        name: p
        namespace: team-a
        uid: 1234
        generation: 7
        creationTimestamp: "2026-11-21T08:00:00Z"
        labels: {tier: gold}
        managedFields: [{manager: kubectl}]
      spec:
        selector: {matchLabels: {app: vllm, role: leader}}
        targetPorts: [{number: 8000}, {number: 8002}, {number: 8001}]
        appProtocol: kubernetes.io/h2c
        endpointPickerRef:
          name: picker
          port: {number: 9100}
          failureMode: FailOpen
        somethingNew: [1]
      status: {parents: []}
      """;

  @Test
  void aPoolOfVersion1() {
    InferencePool pool = InferencePool.read(Documents.document(POOL_V1), "elsewhere");
    assertThat(pool.meta())
        .isEqualTo(
            new Meta(
                "inference.networking.k8s.io/v1",
                "InferencePool",
                "team-a",
                "p",
                "1234",
                7,
                Instant.parse("2026-11-21T08:00:00Z"),
                Map.of("tier", "gold"),
                Map.of()));
    assertThat(pool.id()).isEqualTo(new PoolId("inference.networking.k8s.io", "team-a", "p"));
    assertThat(pool.selector()).isEqualTo(Map.of("app", "vllm", "role", "leader"));
    assertThat(pool.targetPorts()).containsExactly(8000, 8002, 8001);
    assertThat(pool.protocol()).isEqualTo(AppProtocol.H2C);
    assertThat(pool.picker())
        .contains(new PickerRef("", "Service", "picker", 9100, FailureMode.FAIL_OPEN));
    assertThat(pool.annotations()).isEqualTo(PoolAnnotations.NONE);
  }

  @Test
  void aPoolAsTheApiServerGivesIt() {
    InferencePool pool =
        InferencePool.read(
            Documents.document(
                """
                {"apiVersion":"inference.networking.k8s.io/v1","kind":"InferencePool","metadata":\
                {"annotations":{"kubectl.kubernetes.io/last-applied-configuration":\
                "{\\"kind\\":\\"InferencePool\\",\\"metadata\\":{\\"name\\":\\"p\\"}}\\n"},\
                "creationTimestamp":"2026-11-21T08:00:00Z","generation":1,"name":"p",\
                "namespace":"ns","resourceVersion":"301","uid":"8d0c1a0e-2b7c-4a57-9d2e-5b9b"},\
                "spec":{"endpointPickerRef":{"failureMode":"FailClose","group":"","kind":"Service",\
                "name":"epp","port":{"number":9002}},"selector":{"matchLabels":{"app":"a"}},\
                "targetPorts":[{"number":8000}]}}
                """),
            "ns");
    assertThat(pool.selector()).containsExactly(Map.entry("app", "a"));
    assertThat(pool.protocol()).isEqualTo(AppProtocol.HTTP);
    assertThat(pool.annotations().mistakes()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1alpha1", "v1alpha2"})
  void aPoolOfTheOlderVersions(String version) {
    InferencePool pool =
        InferencePool.read(
            Documents.document(
                """
                apiVersion: inference.networking.x-k8s.io/%s
                kind: InferencePool
                metadata: {name: p}
                spec:
                  selector: {matchLabels: yes, app: vllm}
                  targetPortNumber: 8000
                  extensionRef: {name: picker, %s: 9100}
                """
                    .formatted(
                        version, version.equals("v1alpha1") ? "targetPortNumber" : "portNumber")),
            "ns");
    assertThat(pool.id()).isEqualTo(new PoolId("inference.networking.x-k8s.io", "ns", "p"));
    assertThat(pool.selector()).isEqualTo(Map.of("matchLabels", "yes", "app", "vllm"));
    assertThat(pool.targetPorts()).containsExactly(8000);
    assertThat(pool.picker())
        .contains(new PickerRef("", "Service", "picker", 9100, FailureMode.FAIL_CLOSE));
    assertThat(pool.meta().created()).isEqualTo(Instant.EPOCH);
    assertThat(pool.meta().uid()).isEmpty();
  }

  @Test
  void aPoolThatCannotBeServedIsRefusedWithPlaceAndMend() {
    refusedPool("selector: {app: a}\n", "", "\"spec\": \"targetPorts\" is missing, as in");
    refusedPool("targetPortNumber: 1", "", "f:5:3: \"spec\": \"selector\" is missing");
    refusedPool("selector: {}", "targetPortNumber: 1", "f:5:13: \"spec.selector\": at least one");
    refusedPool(
        "selector: {matchLabels: {}}", "targetPortNumber: 1", "\"spec.selector.matchLabels\": at");
    refusedPool(
        "selector: {matchLabels: {a: b}, matchExpressions: []}",
        "targetPortNumber: 1",
        "\"spec.selector.matchExpressions\": unknown key; known here: matchLabels");
    refusedPool("selector: {a: b}", "targetPorts: []", "at least one port is wanted");
    refusedPool("selector: {a: b}", "targetPorts: [{}]", "\"number\" is missing");
    refusedPool(
        "selector: {a: b}",
        "targetPorts: [{number: 8000}, {number: 8000}]",
        "\"spec.targetPorts[1].number\": port 8000 stands twice");
    refusedPool("selector: {a: b}", "targetPortNumber: 0", "0 is out of range");
    refusedPool("selector: {a: b}", "targetPortNumber: 65536", "65536 is out of range");
    refusedPool(
        "selector: {a: b}",
        "targetPortNumber: 1\n  appProtocol: h3",
        "\"h3\" is not known; known: http, kubernetes.io/h2c");
    refusedPool(
        "selector: {a: b}",
        "targetPortNumber: 1\n  extensionRef: {name: e, failureMode: Open}",
        "\"spec.extensionRef.failureMode\": \"Open\" is not known; known: FailOpen, FailClose");
  }

  @Test
  void aResourceWithoutANameOrWithAStrangeTimeIsRefused() {
    assertThatThrownBy(() -> Documents.pool("apiVersion: g/v1", "kind: InferencePool", "spec: {}"))
        .isInstanceOf(SpecException.class)
        .hasMessage("f:1:1: \"metadata\" is missing");
    assertThatThrownBy(() ->
            InferenceObjective.read(
                Documents.document(
                    """
                    apiVersion: g/v1
                    kind: InferenceObjective
                    metadata: {name: o, creationTimestamp: yesterday}
                    spec: {poolRef: {name: p}}
                    """),
                "ns"))
        .hasMessage(
            "f:3:40: \"metadata.creationTimestamp\": \"yesterday\" is no time; write it as in"
                + " 2026-11-21T08:00:00Z");
  }

  @Test
  void theAnnotationsOfAPool() {
    PoolAnnotations annotations =
        annotated(
            """
            inference.networking.x-k8s.io/routing-strategy: "PREFIX_CACHE"
            inference.networking.x-k8s.io/model-server-runtime: sglang
            inference-epp-env.networking.x-k8s.io/experimental-use-queueing: "true"
            inference-epp-env.networking.x-k8s.io/queue-threshold-critical: 5
            inference.networking.x-k8s.io/attach-to: "{name: gw, port: 8081}"
            inference.networking.x-k8s.io/ip-family: IPv6
            example.com/other: x
            """);
    assertThat(annotations)
        .isEqualTo(
            new PoolAnnotations(
                Optional.of(Strategy.PREFIX_CACHE),
                Optional.of(Engine.SGLANG),
                Map.of("EXPERIMENTAL_USE_QUEUEING", "true", "QUEUE_THRESHOLD_CRITICAL", "5"),
                Optional.of(new Listener("gw", 8081)),
                Optional.of(Family.IPV6),
                List.of()));
  }

  @Test
  void everyRuntimeHasAnEngine() {
    assertThat(runtime("vllm")).contains(Engine.VLLM);
    assertThat(runtime("sglang")).contains(Engine.SGLANG);
    assertThat(runtime("trt-llm")).contains(Engine.TRITON_TENSORRT_LLM);
    for (Engine engine : Engine.values()) {
      assertThat(runtime(engine.label())).contains(engine);
    }
  }

  @Test
  void annotationsThatAreNotUnderstoodAreToldAndCountAsAbsent() {
    PoolAnnotations annotations =
        annotated(
            """
            inference.networking.x-k8s.io/routing-strategy: prefix
            inference.networking.x-k8s.io/model-server-runtime: tgi
            inference.networking.x-k8s.io/attach-to: "{name: gw}"
            inference.networking.x-k8s.io/ip-family: ipv4
            """);
    assertThat(annotations.mistakes()).hasSize(4);
    assertThat(annotations.mistakes().get(0))
        .startsWith("f:6:")
        .endsWith("\"prefix\" is not known; known: DEFAULT, PREFIX_CACHE");
    assertThat(annotations.mistakes().get(1))
        .endsWith(
            "\"tgi\" is not known; known: trt-llm, vllm, sglang, trtllm-serve,"
                + " triton-tensorrt-llm, triton");
    assertThat(annotations.mistakes().get(2)).startsWith("f:8:").endsWith("\"port\" is missing");
    assertThat(annotations.mistakes().get(3)).endsWith("\"ipv4\" is not known; known: IPv4, IPv6");
    assertThat(annotations.strategy()).isEmpty();
    assertThat(annotations.engine()).isEmpty();
    assertThat(annotations.attachTo()).isEmpty();
    assertThat(annotations.family()).isEmpty();
  }

  @Test
  void aModelInFull() {
    InferenceModel model =
        model(
            """
            modelName: chat
            criticality: Sheddable
            targetModels: [{name: a, weight: 9}, {name: b, weight: 0}]
            poolRef: {name: p}
            """);
    assertThat(model.criticality()).isEqualTo(Criticality.SHEDDABLE);
    assertThat(model.targets())
        .containsExactly(
            new TargetModel("a", OptionalInt.of(9)), new TargetModel("b", OptionalInt.of(0)));
    assertThat(model.pool())
        .isEqualTo(new PoolRef(Optional.empty(), "InferencePool", "p", Optional.empty()));
    assertThat(model.meta().group()).isEqualTo("inference.networking.x-k8s.io");
  }

  @Test
  void aModelWithoutTargetsOrCriticality() {
    InferenceModel model = model("{modelName: chat, poolRef: {name: p}}");
    assertThat(model.criticality()).isEqualTo(Criticality.STANDARD);
    assertThat(model.targets()).isEmpty();
  }

  @Test
  void criticalitiesRankAsPriorities() {
    assertThat(Criticality.CRITICAL.priority()).isEqualTo(10);
    assertThat(Criticality.STANDARD.priority()).isZero();
    assertThat(Criticality.SHEDDABLE.priority()).isEqualTo(-10);
    assertThat(model("{modelName: m, poolRef: {name: p}, criticality: Default}").criticality())
        .isEqualTo(Criticality.STANDARD);
  }

  @Test
  void aModelThatWeWouldHaveToGuessAtIsRefused() {
    refused(ResourceReadingTest::model, "{poolRef: {name: p}}", "\"modelName\" is missing");
    refused(ResourceReadingTest::model, "{modelName: '', poolRef: {name: p}}", "not be empty");
    refused(ResourceReadingTest::model, "{modelName: m}", "\"poolRef\" is missing");
    refused(ResourceReadingTest::model, "{modelName: m, poolRef: {}}", "\"name\" is missing");
    refused(
        ResourceReadingTest::model,
        "{modelName: m, poolRef: {name: p}, criticality: Schedulable}",
        "\"Schedulable\" is not known; known: Critical, Standard, Sheddable");
    refused(
        ResourceReadingTest::model,
        "{modelName: m, poolRef: {name: p}, targetModels: [{name: a, weight: 1}, {name: b}]}",
        "\"spec.targetModels\": a weight is wanted for each of these or for none, not for 1 of 2");
    refused(
        ResourceReadingTest::model,
        "{modelName: m, poolRef: {name: p}, targetModels: [{name: a, weight: -1}]}",
        "-1 is out of range");
    refused(
        ResourceReadingTest::model,
        "{modelName: m, poolRef: {name: p}, targetModels: [{name: a, weight: 1000001}]}",
        "out of range; it must be from 0 to 1000000");
    refused(
        ResourceReadingTest::model,
        "{modelName: m, poolRef: {name: p}, targetModels: [{weight: 1}]}",
        "\"spec.targetModels[0]\": \"name\" is missing");
  }

  @Test
  void anObjective() {
    assertThat(objective("{priority: -7, poolRef: {name: p}}").priority()).isEqualTo(-7);
    assertThat(objective("{poolRef: {name: p}}").priority()).isZero();
    refused(
        ResourceReadingTest::objective,
        "{priority: 2147483648, poolRef: {name: p}}",
        "2147483648 is out of range");
    refused(ResourceReadingTest::objective, "{priority: high, poolRef: {name: p}}", "whole number");
  }

  @ParameterizedTest
  @ValueSource(strings = {"targets", "split"})
  void aRewrite(String targets) {
    InferenceModelRewrite rewrite =
        rewrite(
            """
            poolRef: {name: p, group: inference.networking.k8s.io}
            rules:
            - matches:
              - model: {type: Exact, value: a}
              - model: {value: b}
              - model: {value: a}
              %s: [{modelRewrite: x, weight: 3}, {modelRewrite: y}]
            - %s: [{modelRewrite: z}]
            """
                .formatted(targets, targets));
    assertThat(rewrite.rules())
        .containsExactly(
            new Rule(
                List.of("a", "b"),
                List.of(
                    new TargetModel("x", OptionalInt.of(3)),
                    new TargetModel("y", OptionalInt.empty()))),
            new Rule(List.of(), List.of(new TargetModel("z", OptionalInt.empty()))));
    assertThat(rewrite.pool().group()).contains("inference.networking.k8s.io");
  }

  @Test
  void aRewriteThatWeWouldHaveToGuessAtIsRefused() {
    refusedRule("{}", "\"spec.rules[0]\": \"targets\" is missing");
    refusedRule("{targets: []}", "at least one target is wanted");
    refusedRule("{targets: [{name: x}]}", "\"modelRewrite\" is missing");
    refusedRule("{matches: [{}], targets: [{modelRewrite: x}]}", "\"model\" is missing");
    refusedRule("{matches: [{model: {}}], targets: [{modelRewrite: x}]}", "\"value\" is missing");
    refusedRule(
        "{matches: [{model: {type: Prefix, value: x}}], targets: [{modelRewrite: x}]}",
        "\"Prefix\" is not known; known: Exact");
  }

  @Test
  void aPolicyNamesItsPoolOrEveryPoolOfItsNamespace() {
    PoolId pool = new PoolId(PoolId.GROUP, "ns", "p");
    assertThat(policy("{poolRef: {name: p}}").isFor(pool)).isTrue();
    assertThat(policy("{poolRef: {name: p, namespace: ns}}").isFor(pool)).isTrue();
    assertThat(policy("{profile: {}}").isFor(pool)).isTrue();
    assertThat(policy("{profile: {}}").isFor(new PoolId(PoolId.GROUP, "other", "p"))).isFalse();
    assertThat(policy("{poolRef: {name: q}}").isFor(pool)).isFalse();
    assertThat(policy("{poolRef: {name: p, namespace: other}}").isFor(pool)).isFalse();
  }

  @Test
  void whomAReferenceNames() {
    PoolId pool = new PoolId(PoolId.GROUP, "ns", "p");
    assertThat(named("{name: p}", pool, "ns")).isEqualTo("exactly");
    assertThat(named("{name: p, group: inference.networking.k8s.io}", pool, "ns"))
        .isEqualTo("exactly");
    assertThat(named("{name: p, group: inference.networking.x-k8s.io}", pool, "ns"))
        .isEqualTo("by any group");
    assertThat(named("{name: p, group: example.com}", pool, "ns")).isEqualTo("not");
    assertThat(named("{name: q}", pool, "ns")).isEqualTo("not");
    assertThat(named("{name: p}", pool, "other")).isEqualTo("not");
    assertThat(named("{name: p, kind: Service}", pool, "ns")).isEqualTo("not");
    PoolId nameless = new PoolId(PoolId.GROUP, "ns", "");
    assertThat(named("{name: anything}", nameless, "ns")).isEqualTo("exactly");
    PoolId own = new PoolId("example.com", "ns", "p");
    assertThat(named("{name: p, group: example.com}", own, "ns")).isEqualTo("exactly");
  }

  private static String named(String ref, PoolId pool, String from) {
    PoolRef read = PoolRef.read(Documents.document(ref));
    if (read.names(pool, from)) {
      assertThat(read.namesByAnyGroup(pool, from)).isTrue();
      return "exactly";
    }
    return read.namesByAnyGroup(pool, from) ? "by any group" : "not";
  }

  private static Optional<Engine> runtime(String name) {
    return annotated(PoolAnnotations.RUNTIME + ": " + name).engine();
  }

  private static PoolAnnotations annotated(String annotations) {
    return Documents.pool(
            "apiVersion: inference.networking.k8s.io/v1",
            "kind: InferencePool",
            "metadata:",
            "  name: p",
            "  annotations:",
            annotations.indent(4),
            "spec: {selector: {app: a}, targetPortNumber: 8000}")
        .annotations();
  }

  private static InferenceModel model(String spec) {
    return InferenceModel.read(
        resource("inference.networking.x-k8s.io/v1alpha2", "InferenceModel", spec), "ns");
  }

  private static InferenceObjective objective(String spec) {
    return InferenceObjective.read(resource("llm-d.ai/v1alpha2", "InferenceObjective", spec), "ns");
  }

  private static InferenceModelRewrite rewrite(String spec) {
    return InferenceModelRewrite.read(
        resource("llm-d.ai/v1alpha2", "InferenceModelRewrite", spec), "ns");
  }

  private static InferenceTrafficPolicy policy(String spec) {
    return InferenceTrafficPolicy.read(
        resource("inferenceextension.alibabacloud.com/v1alpha1", "InferenceTrafficPolicy", spec),
        "ns");
  }

  private static Spec resource(String apiVersion, String kind, String spec) {
    return Documents.document(
        """
        apiVersion: %s
        kind: %s
        metadata: {name: it}
        spec:
        %s
        """
            .formatted(apiVersion, kind, spec.indent(2)));
  }

  private static void refusedPool(String first, String second, String message) {
    assertThatThrownBy(() ->
            Documents.pool(
                "apiVersion: inference.networking.k8s.io/v1",
                "kind: InferencePool",
                "metadata: {name: p}",
                "spec:",
                "  " + first,
                "  " + second))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining(message);
  }

  private static void refusedRule(String rule, String message) {
    refused(ResourceReadingTest::rewrite, "{poolRef: {name: p}, rules: [" + rule + "]}", message);
  }

  private static void refused(Function<String, ?> reader, String spec, String message) {
    assertThatThrownBy(() -> reader.apply(spec))
        .isInstanceOf(SpecException.class)
        .hasMessageStartingWith("f:")
        .hasMessageContaining(message);
  }
}

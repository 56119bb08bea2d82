package io.pickwick.epp.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pickwick.epp.config.Flags;
import io.pickwick.epp.decide.EstimatedPrompts;
import io.pickwick.epp.decide.Policy;
import io.pickwick.epp.decide.PromptViews;
import io.pickwick.epp.prefix.PrecisePrompts;
import io.pickwick.model.Route;
import io.pickwick.pool.DeclaredEndpoint;
import io.pickwick.pool.Pool;
import io.pickwick.schedule.spec.Spec;
import io.pickwick.schedule.spec.SpecException;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class LiveTest {
  private final Pool pool = new Pool();
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private Live live = new Live(Flags.parse(), pool, System::nanoTime);

  @BeforeEach
  void onePod() {
    pool.apply(List.of(new DeclaredEndpoint("default", "a", "127.0.0.1", 1, Map.of())));
  }

  @AfterEach
  void close() {
    live.close();
  }

  private void start(String... flags) throws IOException {
    live = new Live(Flags.parse(flags), pool, System::nanoTime);
    live.start();
    live.register(registry);
  }

  @Test
  void whatIsSaidBeforeTheStartIsTheFirstGeneration() throws IOException {
    live.configure(config("queue-scorer"));
    live.start();
    assertThat(live.generation()).isEqualTo(1);
    assertThat(scorer(live.policy())).isEqualTo("queue-scorer");
  }

  @Test
  void aChangedConfigurationIsFollowedAndLeavesTheHistory() throws IOException {
    start();
    Policy before = live.policy();
    var history = live.policy().prompts();
    live.configure(config("queue-scorer"));
    assertThat(live.generation()).isEqualTo(2);
    assertThat(scorer(before)).isEqualTo("expected-ttft-scorer");
    assertThat(scorer(live.policy())).isEqualTo("queue-scorer");
    assertThat(history).isInstanceOf(EstimatedPrompts.class);
    assertThat(sample("pickwick_config_generation")).isEqualTo(2);
  }

  @Test
  void otherBlocksMeanAnotherHistory() throws IOException {
    start();
    live.configure(
        ConfigFile.parse(
            "config",
            """
            apiVersion: llm-d.ai/v1alpha1
            kind: EndpointPickerConfig
            plugins:
            - {type: prefix-cache-scorer, parameters: {blockSizeTokens: 64}}
            """,
            "default"));
    assertThat(scorer(live.policy())).isEqualTo("prefix-cache-scorer");
    assertThat(live.rememberedBlocks(pool.snapshot().endpoints().getFirst())).isZero();
  }

  @Test
  void aPolicySwitchesToTrackingAndBackWhilePortsAreGivenBack() throws IOException {
    int port = freePort();
    start();
    live.govern(Optional.of(tracking(port, "64")));
    assertThat(live.policy().prompts()).isInstanceOf(PrecisePrompts.class);
    assertThat(names()).contains("pickwick_kv_index_blocks");
    assertThat(live.notes(pool.snapshot().endpoints().getFirst()))
        .containsKeys("kvMatch", "kvFeed0");
    assertThat(live.prefix())
        .containsEntry("mode", "tracking")
        .containsEntry("blockSize", 64)
        .containsEntry("hashSeed", "42");

    live.govern(Optional.of(tracking(port, "32")));
    assertThat(live.policy().prompts()).isInstanceOf(PrecisePrompts.class);

    live.govern(Optional.empty());
    assertThat(live.policy().prompts()).isInstanceOf(EstimatedPrompts.class);
    assertThat(names()).doesNotContain("pickwick_kv_index_blocks");
    assertThat(live.prefix()).containsExactly(Map.entry("mode", "estimation"));
    assertThat(live.generation()).isEqualTo(4);
    try (ServerSocket given = new ServerSocket(port, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      assertThat(given.isBound()).isTrue();
    }
  }

  @Test
  void aChangeOfTheScheduleLeavesTheIndexAsItIs() throws IOException {
    start("--kv-events-port=" + freePort());
    var prompts = live.policy().prompts();
    live.configure(config("queue-scorer"));
    assertThat(live.policy().prompts()).isSameAs(prompts);
    assertThat(scorer(live.policy())).isEqualTo("queue-scorer");
  }

  @Test
  void aWrongPolicyIsRefusedWithItsPlaceAndTheOldOneStays() throws IOException {
    start();
    live.govern(Optional.of(tracking(freePort(), "64")));
    Policy before = live.policy();
    assertThatThrownBy(() -> live.govern(Optional.of(tracking(5557, "many"))))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("policy:")
        .hasMessageContaining("blockSize");
    assertThat(live.policy()).isSameAs(before);
    assertThat(live.generation()).isEqualTo(2);
    assertThat(sample("pickwick_config_refused_total")).isEqualTo(1);
    // A wrong file is read again and again until it is mended, and is one refusal all the same.
    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(() -> live.govern(Optional.of(tracking(5557, "many"))))
          .isInstanceOf(SpecException.class);
    }
    assertThat(sample("pickwick_config_refused_total")).isEqualTo(1);
    assertThatThrownBy(() -> live.govern(Optional.of(tracking(5557, "few"))))
        .isInstanceOf(SpecException.class);
    assertThat(sample("pickwick_config_refused_total")).isEqualTo(2);
    // What was refused leaves no trace in the next change.
    live.configure(config("queue-scorer"));
    assertThat(live.policy().prompts()).isSameAs(before.prompts());
  }

  @Test
  void aFileThatCantBeReadIsAChangeRefused() throws IOException {
    start();
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> live.read(() -> ConfigFile.parse("config", "plugins: [", "default")))
          .isInstanceOf(SpecException.class);
      assertThat(sample("pickwick_config_refused_total")).isEqualTo(1);
    }
    live.configure(live.read(() -> config("queue-scorer")));
    assertThat(sample("pickwick_config_refused_total")).isEqualTo(1);
    assertThat(live.generation()).isEqualTo(2);
  }

  @Test
  void whereASettingIsSaidChangesNothing() throws IOException {
    int port = freePort();
    start();
    live.govern(Optional.of(tracking(port, "64")));
    PromptViews before = live.policy().prompts();
    live.govern(Optional.of(tracking(port, "\"64\"")));
    assertThat(live.policy().prompts()).isSameAs(before);
  }

  @Test
  void aPortThatCantBeHadLeavesTheOldOneServing() throws IOException {
    int port = freePort();
    start();
    live.govern(Optional.of(tracking(port, "64")));
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      assertThatThrownBy(() -> live.govern(Optional.of(tracking(taken.getLocalPort(), "64"))))
          .isInstanceOf(SpecException.class)
          .hasMessageContaining(String.valueOf(taken.getLocalPort()));
    }
    assertThat(live.generation()).isEqualTo(2);
    assertThat(live.policy().prompts()).isInstanceOf(PrecisePrompts.class);
  }

  @Test
  void resourcesAfterTheConfigurationSteerModelsAndPrefixes() throws IOException {
    start("--pool-name=pool");
    live.configure(
        ConfigFile.parse(
            "config",
            """
            apiVersion: llm-d.ai/v1alpha1
            kind: EndpointPickerConfig
            plugins:
            - type: queue-scorer
            ---
            apiVersion: inference.networking.x-k8s.io/v1alpha2
            kind: InferenceModel
            metadata: {name: m}
            spec:
              modelName: food
              criticality: Critical
              poolRef: {name: pool}
              targetModels:
              - {name: food-v1, weight: 90}
              - {name: food-v2, weight: 10}
            ---
            apiVersion: inference.networking.k8s.io/v1
            kind: InferencePool
            metadata:
              name: pool
              annotations: {inference.networking.x-k8s.io/routing-strategy: DEFAULT}
            spec:
              selector: {matchLabels: {app: vllm}}
              targetPorts: [{number: 8000}]
              endpointPickerRef: {name: epp, port: {number: 9002}}
            """,
            "default"));
    Policy policy = live.policy();
    assertThat(scorer(policy)).isEqualTo("queue-scorer");
    assertThat(policy.prompts()).isInstanceOf(LoadAlone.class);
    Route route = policy.models().route("food", Optional.empty(), Optional.empty(), 0.95);
    assertThat(route.target()).isEqualTo("food-v2");
    assertThat(route.priority()).isPositive();
    live.configure(config("queue-scorer"));
    assertThat(live.policy().prompts()).isInstanceOf(EstimatedPrompts.class);
    assertThat(live.policy().models().route("food", Optional.empty(), Optional.empty(), 0).target())
        .isEqualTo("food");
  }

  private static ConfigFile config(String scorer) {
    return ConfigFile.parse(
        "config",
        """
        apiVersion: llm-d.ai/v1alpha1
        kind: EndpointPickerConfig
        plugins:
        - type: %s
        """
            .formatted(scorer),
        "default");
  }

  private static Spec tracking(int port, String blockSize) {
    return Spec.parse(
        "policy",
        """
        apiVersion: inferenceextension.alibabacloud.com/v1alpha1
        kind: InferenceTrafficPolicy
        metadata: {name: p}
        spec:
          poolRef: {name: pool}
          profile:
            single:
              trafficPolicy:
                prefixCache:
                  mode: tracking
                  trackingConfig:
                    kvEventsConfig: {zmqEndpoint: "tcp://127.0.0.1:%d"}
                    indexerConfig:
                      tokenProcessorConfig: {blockSize: %s, hashSeed: 42, model: m}
        """
            .formatted(port, blockSize));
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      return free.getLocalPort();
    }
  }

  private static String scorer(Policy policy) {
    return policy.scheduler().profile().scorers().getFirst().scorer().name();
  }

  private double sample(String name) {
    String base = name.replaceFirst("_total$", "");
    return registry.scrape().stream()
        .filter(it -> it.getMetadata().getName().equals(base))
        .map(it -> it.getDataPoints().getFirst())
        .mapToDouble(it ->
            switch (it) {
              case GaugeDataPointSnapshot g -> g.getValue();
              case CounterDataPointSnapshot c -> c.getValue();
              default -> Double.NaN;
            })
        .findFirst()
        .orElse(Double.NaN);
  }

  private List<String> names() {
    return registry.scrape().stream().map(it -> it.getMetadata().getName()).toList();
  }
}

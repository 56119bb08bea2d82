package io.pickwick.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.resource.PickerRef.FailureMode;
import io.pickwick.resource.PoolAnnotations.Listener;
import io.pickwick.schedule.spec.Spec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What is printed about the product that we re-create is read as it is printed. */
final class PrintedResourcesTest {
  @Test
  void theLeadersOfAMultiNodeDeployment() throws IOException {
    Resources resources = printed("multi-node.yaml");
    InferencePool pool = resources.pool().orElseThrow();
    assertThat(pool.id())
        .isEqualTo(new PoolId("inference.networking.x-k8s.io", "default", "reasoning-pool"));
    assertThat(pool.selector())
        .isEqualTo(
            Map.of("app", "distributed-serving", "release", "qwq-dist-v1", "role", "leader"));
    assertThat(pool.targetPorts()).containsExactly(8000);
    assertThat(pool.picker())
        .contains(
            new PickerRef(
                "", "Service", "inference-gateway-ext-proc", 9002, FailureMode.FAIL_CLOSE));
    assertThat(pool.annotations().attachTo()).contains(new Listener("inference-gateway", 8081));
    assertThat(pool.annotations().mistakes()).isEmpty();
    InferenceModel model = resources.models().getFirst();
    assertThat(model.modelName()).isEqualTo("qwq");
    assertThat(model.criticality()).isEqualTo(Criticality.CRITICAL);
    assertThat(model.targets()).containsExactly(new TargetModel("qwq", OptionalInt.of(100)));
    assertThat(model.pool().namesByAnyGroup(pool.id(), "default")).isTrue();
  }

  @Test
  void thePodsOfAMultiPodDeployment() throws IOException {
    Resources resources = printed("multi-pod.yaml");
    InferencePool pool = resources.pool().orElseThrow();
    assertThat(pool.selector()).containsExactly(Map.entry("app", "qwq-32b"));
    assertThat(pool.targetPorts()).containsExactly(8000);
    assertThat(pool.picker()).isEmpty();
    InferenceModel model = resources.models().getFirst();
    assertThat(model.targets()).containsExactly(new TargetModel("qwq-32b", OptionalInt.of(100)));
  }

  @Test
  void thePoolAndPolicyOfPreciseMode() throws IOException {
    Resources resources = printed("precise.yaml");
    InferencePool pool = resources.pool().orElseThrow();
    assertThat(pool.meta().apiVersion()).isEqualTo("inference.networking.x-k8s.io/v1alpha2");
    assertThat(pool.selector()).containsExactly(Map.entry("app", "qwen3"));
    InferenceTrafficPolicy policy = resources.policies().getFirst();
    assertThat(resources.policy(pool.id())).containsSame(policy);
    Spec tokens =
        List.of(
                "spec",
                "profile",
                "single",
                "trafficPolicy",
                "prefixCache",
                "trackingConfig",
                "indexerConfig",
                "tokenProcessorConfig")
            .stream()
            .reduce(policy.document(), Spec::need, (first, second) -> second);
    assertThat(tokens.need("hashSeed").text()).isEqualTo("42");
    assertThat(tokens.need("model").text()).isEqualTo("Qwen/Qwen3-32B");
  }

  @Test
  void everythingOfTheStoryBelongsToOnePool() throws IOException {
    for (String file : List.of("multi-node.yaml", "multi-pod.yaml", "precise.yaml")) {
      Resources resources = printed(file);
      PoolId pool = resources.pool().map(InferencePool::id).orElseThrow();
      assertThat(resources.models())
          .allMatch(model -> model.pool().namesByAnyGroup(pool, model.meta().namespace()));
      assertThat(resources.policies()).allMatch(policy -> policy.isFor(pool));
      assertThat(resources.pool().flatMap(read -> read.annotations().engine()))
          .isEqualTo(Optional.empty());
    }
  }

  private static Resources printed(String file) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            PrintedResourcesTest.class.getResourceAsStream("/resource/" + file))) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return ResourceFile.parse(file, text, "default");
    }
  }
}

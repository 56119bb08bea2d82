package io.pickwick.kube;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pickwick.kube.KubeConfig.Timing;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What InferenceModels are told in their status, through the whole source. */
final class StatusWriterTest {
  private static final String POOLS =
      "apis/inference.networking.k8s.io/v1/namespaces/llm/inferencepools";
  private static final String MODELS =
      "apis/inference.networking.x-k8s.io/v1alpha2/namespaces/llm/inferencemodels";

  private FakeKube kube;
  private Watching watching;

  @BeforeEach
  void setUp() throws IOException {
    kube = new FakeKube();
    kube.put(POOLS, KubeSourceTest.pool("vllm"));
    watching = new Watching(kube, config(Watching.QUICK));
  }

  @AfterEach
  void tearDown() {
    watching.close();
    kube.close();
  }

  @Test
  void theOldestOfANameIsAcceptedAndTheOthersAreTold() {
    kube.put(MODELS, at(KubeSourceTest.model("old", "llama", "v1"), "2026-11-20T08:00:00Z"));
    kube.put(MODELS, at(KubeSourceTest.model("new", "llama", "v2"), "2026-11-21T08:00:00Z"));
    kube.put(
        MODELS, KubeSourceTest.model("elsewhere", "qwen", "v1").replace("\"pool\"", "\"another\""));
    watching.start();
    watching.until(() -> accepted("old").equals("True Accepted 1"));
    watching.until(() -> accepted("new").equals("False ModelNameInUse 1"));
    assertThat(kube.object(MODELS, "elsewhere").has("status")).isFalse();
    kube.delete(MODELS, "old");
    watching.until(() -> accepted("new").startsWith("True Accepted"));
  }

  @Test
  void aWrongOneIsToldItsMistake() {
    kube.put(MODELS, KubeSourceTest.model("bad", "", "v1"));
    watching.start();
    watching.until(() -> accepted("bad").equals("False Invalid 1"));
    assertThat(condition("bad").path("message").asText())
        .isEqualTo("InferenceModel llm/bad: \"spec.modelName\": this must not be empty");
  }

  @Test
  void whatStandsThereAlreadyIsNotWritten() {
    kube.put(
        MODELS,
        KubeSourceTest.model("chat", "llama", "v1")
            .replace(
                "\"spec\"",
                """
                "status": {"conditions": [
                  {"type": "Ready", "status": "Unknown"},
                  {"type": "Accepted", "status": "True", "reason": "Accepted",
                   "message": "in force", "observedGeneration": 1}]}, "spec"\
                """));
    kube.put(MODELS, KubeSourceTest.model("other", "qwen", "v1"));
    watching.start();
    watching.until(() -> accepted("other").equals("True Accepted 1"));
    assertThat(patches()).isEqualTo(1);
  }

  @Test
  void otherConditionsStayAndTransitionsKeepTheirTime() {
    kube.put(
        MODELS,
        KubeSourceTest.model("chat", "llama", "v1")
            .replace(
                "\"spec\"",
                """
                "status": {"conditions": [
                  {"type": "Ready", "status": "Unknown"},
                  {"type": "Accepted", "status": "True", "reason": "Other", "message": "",
                   "observedGeneration": 1, "lastTransitionTime": "2026-01-01T00:00:00Z"}]},
                "spec"\
                """));
    watching.start();
    watching.until(() -> accepted("chat").equals("True Accepted 1"));
    assertThat(condition("chat").path("lastTransitionTime").asText())
        .isEqualTo("2026-01-01T00:00:00Z");
    assertThat(kube.object(MODELS, "chat").at("/status/conditions/0/type").asText())
        .isEqualTo("Ready");
  }

  @Test
  void aRightThatIsGrantedLaterIsUsed() {
    kube.put(MODELS, KubeSourceTest.model("chat", "llama", "v1"));
    kube.refuse("/status", 403);
    watching.start();
    watching.until(() -> patches() >= 1);
    kube.allow("/status");
    watching.until(() -> accepted("chat").startsWith("True Accepted"));
  }

  @Test
  void oneThatIsRefusedHoldsUpNoOther() {
    kube.put(MODELS, KubeSourceTest.model("aaa", "llama", "v1"));
    kube.put(MODELS, KubeSourceTest.model("other", "qwen", "v1"));
    kube.refuse("/aaa/status", 422);
    watching.start();
    watching.until(() -> accepted("other").equals("True Accepted 1"));
    assertThat(kube.object(MODELS, "aaa").has("status")).isFalse();
  }

  @Test
  void aConflictIsTriedAgain() {
    kube.put(MODELS, KubeSourceTest.model("chat", "llama", "v1"));
    kube.refuse("/status", 409);
    watching.start();
    watching.until(() -> patches() >= 2);
    kube.allow("/status");
    watching.until(() -> accepted("chat").startsWith("True Accepted"));
  }

  private long patches() {
    return kube.requests().stream().filter(request -> request.startsWith("PATCH")).count();
  }

  private String accepted(String name) {
    JsonNode condition = condition(name);
    return condition.path("status").asText()
        + " "
        + condition.path("reason").asText()
        + " "
        + condition.path("observedGeneration").asText();
  }

  private JsonNode condition(String name) {
    for (JsonNode condition : kube.object(MODELS, name).at("/status/conditions")) {
      if (condition.path("type").asText().equals("Accepted")) {
        return condition;
      }
    }
    return FakeKube.MAPPER.missingNode();
  }

  private static String at(String json, String created) {
    return json.replace(
        "\"metadata\": {", "\"metadata\": {\"creationTimestamp\": \"" + created + "\", ");
  }

  private static KubeConfig config(Timing timing) {
    return new KubeConfig(
        Optional.of("llm"),
        "pool",
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        true,
        false,
        Optional.empty(),
        timing);
  }
}

package io.pickwick.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pickwick.schedule.spec.SpecException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ResourceFileTest {
  private static final String STORY =
      """
      # everything of one pool
      apiVersion: inference.networking.x-k8s.io/v1alpha2
      kind: InferenceModel
      metadata: {name: m}
      spec: {modelName: chat, poolRef: {name: p}}
      ---
      apiVersion: inference.networking.x-k8s.io/v1alpha2
      kind: InferenceObjective
      metadata: {name: urgent}
      spec: {priority: 5, poolRef: {name: p}}
      ---
      apiVersion: llm-d.ai/v1alpha2
      kind: InferenceObjective
      metadata: {name: urgent, namespace: team-a}
      spec: {priority: 6, poolRef: {name: p}}
      ---
      apiVersion: llm-d.ai/v1alpha2
      kind: InferenceModelRewrite
      metadata: {name: r}
      spec: {poolRef: {name: p}, rules: [{targets: [{modelRewrite: x}]}]}
      ---
      apiVersion: inferenceextension.alibabacloud.com/v1alpha1
      kind: InferenceTrafficPolicy
      metadata: {name: t}
      spec: {poolRef: {name: p}}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: s}
      ---
      apiVersion: inference.networking.x-k8s.io/v1alpha1
      kind: EndpointPickerConfig
      """;

  @TempDir Path directory;

  @Test
  void readsEveryKindAndPassesOverTheOthers() {
    Resources resources = ResourceFile.parse("f", STORY, "ns");
    assertThat(resources.pool()).isEmpty();
    assertThat(resources.models()).extracting(InferenceModel::modelName).containsExactly("chat");
    assertThat(resources.objectives())
        .extracting(objective -> objective.meta().namespace() + objective.priority())
        .containsExactly("ns5", "team-a6");
    assertThat(resources.rewrites()).hasSize(1);
    assertThat(resources.policies()).hasSize(1);
  }

  @Test
  void anEmptyTextHasNoResources() {
    assertThat(ResourceFile.parse("f", "---\n# nothing\n", "ns")).isEqualTo(Resources.NONE);
  }

  @Test
  void oneMistakeRefusesTheWholeFile() {
    refused(STORY + "---\nkind: InferenceModel\n", ":1: \"apiVersion\" is missing");
    refused(STORY + "---\n- 1\n", "a mapping is wanted here, not a list");
    refused(STORY + "---\na: [\n", "not valid YAML");
    refused(
        "apiVersion: inference.networking.x-k8s.io/v1alpha2\nkind: InferenceModell\n",
        "f:2:7: \"kind\": \"InferenceModell\" is not known; known: InferencePool, InferenceModel,"
            + " InferenceObjective, InferenceModelRewrite, InferenceTrafficPolicy");
    refused(
        STORY + "---\n" + STORY,
        "InferenceModel ns/m stands twice, first at f:2:1; each may stand once");
  }

  @Test
  void aSecondPoolAndAnAnnotationThatIsNotUnderstoodAreMistakesHere() {
    String pool =
        """
        apiVersion: inference.networking.k8s.io/v1
        kind: InferencePool
        metadata:
          name: %s
          annotations: {inference.networking.x-k8s.io/routing-strategy: %s}
        spec: {selector: {matchLabels: {app: a}}, targetPorts: [{number: 8000}]}
        """;
    String good = pool.formatted("p", "DEFAULT");
    assertThat(ResourceFile.parse("f", good, "ns").pool()).isPresent();
    refused(good + "---\n" + pool.formatted("q", "DEFAULT"), "f:8:1: a second pool");
    refused(
        pool.formatted("p", "BEST"),
        "f:5:65: \"metadata.annotations.inference.networking.x-k8s.io/routing-strategy\": \"BEST\""
            + " is not known; known: DEFAULT, PREFIX_CACHE");
  }

  @Test
  void readsAFileAndRefusesOneThatIsMissingTooLargeOrNotText() throws IOException {
    Path file = directory.resolve("resources.yaml");
    assertThatThrownBy(() -> ResourceFile.read(file, "ns"))
        .isInstanceOf(SpecException.class)
        .hasMessageEndingWith("resources.yaml: the file is not there");
    Files.writeString(file, STORY);
    assertThat(ResourceFile.read(file, "ns").models()).hasSize(1);
    Files.write(file, new byte[] {(byte) 0xff});
    assertThatThrownBy(() -> ResourceFile.read(file, "ns")).hasMessageContaining("not UTF-8");
    Files.writeString(file, "#".repeat(ResourceFile.MAX_BYTES + 1));
    assertThatThrownBy(() -> ResourceFile.read(file, "ns"))
        .hasMessageContaining("larger than 1048576 bytes; keep fewer resources in it");
  }

  private static void refused(String text, String message) {
    assertThatThrownBy(() -> ResourceFile.parse("f", text, "ns"))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining(message);
  }
}

package io.pickwick.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.schedule.spec.Spec;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/** The definitions that we bring and what we read are about the same kinds and fields. */
final class CustomResourcesTest {
  private static final Path DEFINITIONS = definitions();

  @Test
  void everyKindThatWeReadIsDefinedInEveryVersion() throws IOException {
    Set<String> defined = new HashSet<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(DEFINITIONS, "*.yaml")) {
      for (Path file : files) {
        Spec spec = Spec.parse(file.toString(), Files.readString(file)).need("spec");
        String group = spec.need("group").text();
        String kind = spec.need("names").need("kind").text();
        for (Spec version : spec.need("versions").items()) {
          defined.add(group + "/" + version.need("name").text() + " " + kind);
        }
        assertThat(file.getFileName().toString())
            .isEqualTo(group + "_" + spec.need("names").need("plural").text() + ".yaml");
      }
    }
    assertThat(defined)
        .containsExactlyInAnyOrder(
            "inference.networking.k8s.io/v1 InferencePool",
            "inference.networking.x-k8s.io/v1alpha1 InferencePool",
            "inference.networking.x-k8s.io/v1alpha2 InferencePool",
            "inference.networking.x-k8s.io/v1alpha1 InferenceModel",
            "inference.networking.x-k8s.io/v1alpha2 InferenceModel",
            "inference.networking.x-k8s.io/v1alpha2 InferenceObjective",
            "inference.networking.x-k8s.io/v1alpha2 InferenceModelRewrite",
            "llm-d.ai/v1alpha2 InferenceObjective",
            "llm-d.ai/v1alpha2 InferenceModelRewrite",
            "inferenceextension.alibabacloud.com/v1alpha1 InferenceTrafficPolicy");
  }

  @Test
  void whatTheApiServerTakesIsRead() throws IOException {
    Path file = DEFINITIONS.resolve("check/accepted.yaml");
    List<Spec> documents = Spec.documents(file.toString(), Files.readString(file));
    assertThat(documents).hasSizeGreaterThan(10);
    for (Spec document : documents) {
      BiFunction<Spec, String, ?> reader =
          switch (document.need("kind").text()) {
            case InferencePool.KIND -> InferencePool::read;
            case InferenceModel.KIND -> InferenceModel::read;
            case InferenceObjective.KIND -> InferenceObjective::read;
            case InferenceModelRewrite.KIND -> InferenceModelRewrite::read;
            case InferenceTrafficPolicy.KIND -> InferenceTrafficPolicy::read;
            default -> throw document.mistake("a kind that is not ours");
          };
      assertThat(reader.apply(document, "default")).isNotNull();
    }
  }

  private static Path definitions() {
    Path here = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(here.resolve("deploy/crds"))) {
      here = here.getParent();
      assertThat(here).as("deploy/crds above %s", Path.of("").toAbsolutePath()).isNotNull();
    }
    return here.resolve("deploy/crds");
  }
}

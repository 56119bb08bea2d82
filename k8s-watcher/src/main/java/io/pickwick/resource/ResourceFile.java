package io.pickwick.resource;

import io.pickwick.pool.TextFile;
import io.pickwick.schedule.spec.Spec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * A file of the resources that steer an endpoint picker, for use without Kubernetes: what {@code
 * kubectl apply -f} would take, several documents in one file.
 *
 * <p>At most {@value #MAX_BYTES} bytes of UTF-8. Every mistake is a {@link
 * io.pickwick.schedule.spec.SpecException} with its place and its mend, and nothing of such a file
 * counts. Resources of other API groups are passed over, so that one file can hold a whole story.
 */
public final class ResourceFile {
  /** The largest file that is read. */
  public static final int MAX_BYTES = 1 << 20;

  private static final Set<String> GROUPS =
      Set.of(PoolId.GROUP, PoolId.OLD_GROUP, "llm-d.ai", "inferenceextension.alibabacloud.com");

  /** Kinds of these groups that steer something else. */
  private static final Set<String> OTHERS =
      Set.of("EndpointPickerConfig", "InferencePoolImport", "ACKTrafficFilter");

  private final String namespace;
  private final Map<String, String> places = new HashMap<>();
  private Optional<InferencePool> pool = Optional.empty();
  private final List<InferenceModel> models = new ArrayList<>();
  private final List<InferenceObjective> objectives = new ArrayList<>();
  private final List<InferenceModelRewrite> rewrites = new ArrayList<>();
  private final List<InferenceTrafficPolicy> policies = new ArrayList<>();

  private ResourceFile(String namespace) {
    this.namespace = namespace;
  }

  /**
   * Reads a file; one that is not there or cannot be read is a mistake like any other.
   *
   * @param namespace what a resource that names none belongs to
   */
  public static Resources read(Path file, String namespace) {
    return parse(
        file.toString(), TextFile.read(file, MAX_BYTES, "keep fewer resources in it"), namespace);
  }

  /**
   * Reads the text of a file.
   *
   * @param source what to call the text in messages
   * @param namespace what a resource that names none belongs to
   */
  public static Resources parse(String source, String text, String namespace) {
    return of(Spec.documents(source, text), namespace);
  }

  /**
   * Reads the documents of a file.
   *
   * @param namespace what a resource that names none belongs to
   */
  public static Resources of(List<Spec> documents, String namespace) {
    ResourceFile file = new ResourceFile(namespace);
    documents.forEach(file::take);
    return new Resources(file.pool, file.models, file.objectives, file.rewrites, file.policies);
  }

  private void take(Spec document) {
    String apiVersion = document.need("apiVersion").text();
    Spec kind = document.need("kind");
    int slash = apiVersion.indexOf('/');
    if (slash < 0 || !GROUPS.contains(apiVersion.substring(0, slash))) {
      return;
    }
    switch (kind.text()) {
      case InferencePool.KIND -> pool(document);
      case InferenceModel.KIND -> add(document, InferenceModel::read, InferenceModel::meta, models);
      case InferenceObjective.KIND ->
          add(document, InferenceObjective::read, InferenceObjective::meta, objectives);
      case InferenceModelRewrite.KIND ->
          add(document, InferenceModelRewrite::read, InferenceModelRewrite::meta, rewrites);
      case InferenceTrafficPolicy.KIND ->
          add(document, InferenceTrafficPolicy::read, InferenceTrafficPolicy::meta, policies);
      default -> {
        if (!OTHERS.contains(kind.text())) {
          throw kind.mistake(
              "\""
                  + kind.text()
                  + "\" is not known; known: "
                  + String.join(
                      ", ",
                      InferencePool.KIND,
                      InferenceModel.KIND,
                      InferenceObjective.KIND,
                      InferenceModelRewrite.KIND,
                      InferenceTrafficPolicy.KIND));
        }
      }
    }
  }

  private <T> void add(
      Spec document,
      BiFunction<Spec, String, T> reader,
      Function<T, Meta> meta,
      List<T> resources) {
    T read = reader.apply(document, namespace);
    claim(document, meta.apply(read));
    resources.add(read);
  }

  private void pool(Spec document) {
    InferencePool read = InferencePool.read(document, namespace);
    claim(document, read.meta());
    if (pool.isPresent()) {
      throw document.mistake(
          "a second pool, " + read.meta() + "; one endpoint picker serves one pool");
    }
    PoolAnnotations.check(document.need("metadata"));
    pool = Optional.of(read);
  }

  private void claim(Spec document, Meta meta) {
    String before = places.putIfAbsent(meta.group() + "/" + meta, document.place());
    if (before != null) {
      throw document.mistake(meta + " stands twice, first at " + before + "; each may stand once");
    }
  }
}

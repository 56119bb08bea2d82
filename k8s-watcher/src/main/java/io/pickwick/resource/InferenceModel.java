package io.pickwick.resource;

import io.pickwick.schedule.spec.Spec;
import java.util.List;

/**
 * InferenceModel, {@code inference.networking.x-k8s.io/v1alpha1} and {@code v1alpha2}: what becomes
 * of requests for a model name, and how much they matter.
 *
 * @param meta what it says of itself
 * @param modelName the name that clients ask for
 * @param criticality how much its requests matter, {@code STANDARD} when it is not said
 * @param targets what the requests are sent on as, all with a weight or all without; none leaves
 *     the name as it is
 * @param pool the pool that it is for
 */
public record InferenceModel(
    Meta meta, String modelName, Criticality criticality, List<TargetModel> targets, PoolRef pool) {
  /** The kind. */
  public static final String KIND = "InferenceModel";

  /** Keeps its own copy. */
  public InferenceModel {
    targets = List.copyOf(targets);
  }

  /**
   * Reads a whole resource.
   *
   * @param namespace what a resource that names none belongs to
   */
  public static InferenceModel read(Spec document, String namespace) {
    Spec spec = document.need("spec");
    Spec name = spec.need("modelName");
    if (name.text().isEmpty()) {
      throw name.mistake("this must not be empty");
    }
    return new InferenceModel(
        Meta.read(document, namespace),
        name.text(),
        spec.get("criticality").map(Criticality::read).orElse(Criticality.STANDARD),
        spec.get("targetModels").map(InferenceModel::targets).orElse(List.of()),
        PoolRef.read(spec.need("poolRef")));
  }

  private static List<TargetModel> targets(Spec spec) {
    List<TargetModel> targets = TargetModel.readAll(spec, "name");
    long weighted = targets.stream().filter(target -> target.weight().isPresent()).count();
    if (weighted != 0 && weighted != targets.size()) {
      throw spec.mistake(
          "a weight is wanted for each of these or for none, not for "
              + weighted
              + " of "
              + targets.size());
    }
    return targets;
  }
}

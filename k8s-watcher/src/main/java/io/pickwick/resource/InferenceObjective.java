package io.pickwick.resource;

import io.pickwick.schedule.spec.Spec;

/**
 * InferenceObjective, {@code inference.networking.x-k8s.io/v1alpha2} and {@code llm-d.ai/v1alpha2}:
 * the priority of requests that name it in a header.
 *
 * @param meta what it says of itself; the header names {@code meta.name()}
 * @param priority higher goes first, below zero may be shed; 0 when it is not said
 * @param pool the pool that it is for
 */
public record InferenceObjective(Meta meta, int priority, PoolRef pool) {
  /** The kind. */
  public static final String KIND = "InferenceObjective";

  /**
   * Reads a whole resource.
   *
   * @param namespace what a resource that names none belongs to
   */
  public static InferenceObjective read(Spec document, String namespace) {
    Spec spec = document.need("spec");
    return new InferenceObjective(
        Meta.read(document, namespace),
        spec.get("priority")
            .map(priority -> (int) priority.integer(Integer.MIN_VALUE, Integer.MAX_VALUE))
            .orElse(0),
        PoolRef.read(spec.need("poolRef")));
  }
}

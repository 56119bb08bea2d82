package io.pickwick.resource;

import io.pickwick.schedule.spec.Spec;
import java.util.Optional;

/**
 * InferenceTrafficPolicy, {@code inferenceextension.alibabacloud.com/v1alpha1}: how one pool's
 * requests find cached prefixes. Only whom it is for is read here.
 *
 * @param meta what it says of itself
 * @param pool the pool that it is for; absent, every pool of its namespace
 * @param document the whole resource, for the reader of its profile
 */
public record InferenceTrafficPolicy(Meta meta, Optional<PoolRef> pool, Spec document) {
  /** The kind. */
  public static final String KIND = "InferenceTrafficPolicy";

  /**
   * Reads a whole resource.
   *
   * @param namespace what a resource that names none belongs to
   */
  public static InferenceTrafficPolicy read(Spec document, String namespace) {
    return new InferenceTrafficPolicy(
        Meta.read(document, namespace),
        document.need("spec").get("poolRef").map(PoolRef::read),
        document);
  }

  /** Whether it is for that pool. */
  public boolean isFor(PoolId other) {
    return pool.map(ref -> ref.namesByAnyGroup(other, meta.namespace()))
        .orElse(meta.namespace().equals(other.namespace()));
  }
}

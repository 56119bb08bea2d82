package io.pickwick.resource;

import io.pickwick.schedule.spec.Spec;
import java.util.Optional;

/**
 * How a resource names the pool that it is for.
 *
 * @param group the pool's API group; absent when it is not said
 * @param kind what it names, {@code InferencePool} when it is not said
 * @param name the pool's name
 * @param namespace the pool's namespace; absent, it is that of the referring resource
 */
public record PoolRef(
    Optional<String> group, String kind, String name, Optional<String> namespace) {
  static PoolRef read(Spec spec) {
    return new PoolRef(
        spec.get("group").map(Spec::text),
        spec.get("kind").map(Spec::text).orElse(InferencePool.KIND),
        spec.need("name").text(),
        spec.get("namespace").map(Spec::text));
  }

  /** Whether a resource of this namespace names that pool, by its exact group where one is said. */
  public boolean names(PoolId pool, String from) {
    return namesSome(pool, from) && group.map(said -> said.equals(pool.group())).orElse(true);
  }

  /**
   * Whether a resource of this namespace names that pool, by either group of InferencePool: for
   * kinds that are older than InferencePool v1 and go on under it.
   */
  public boolean namesByAnyGroup(PoolId pool, String from) {
    return namesSome(pool, from)
        && group
            .map(said ->
                said.equals(PoolId.GROUP)
                    || said.equals(PoolId.OLD_GROUP)
                    || said.equals(pool.group()))
            .orElse(true);
  }

  private boolean namesSome(PoolId pool, String from) {
    return kind.equals(InferencePool.KIND)
        && from.equals(pool.namespace())
        && namespace.map(said -> said.equals(pool.namespace())).orElse(true)
        && (pool.name().isEmpty() || name.equals(pool.name()));
  }
}

package io.pickwick.resource;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * All resources that steer one endpoint picker, at one moment.
 *
 * @param pool the pool that it serves; absent where there is none, or none yet
 * @param models every InferenceModel in sight, whichever pool it is for, as are the others
 * @param objectives every InferenceObjective
 * @param rewrites every InferenceModelRewrite
 * @param policies every InferenceTrafficPolicy
 */
public record Resources(
    Optional<InferencePool> pool,
    List<InferenceModel> models,
    List<InferenceObjective> objectives,
    List<InferenceModelRewrite> rewrites,
    List<InferenceTrafficPolicy> policies) {
  /** Nothing at all. */
  public static final Resources NONE =
      new Resources(Optional.empty(), List.of(), List.of(), List.of(), List.of());

  /** Keeps its own copies. */
  public Resources {
    models = List.copyOf(models);
    objectives = List.copyOf(objectives);
    rewrites = List.copyOf(rewrites);
    policies = List.copyOf(policies);
  }

  /** These and others; of what there can be only one, the others' counts. */
  public Resources under(Resources others) {
    return new Resources(
        others.pool.or(() -> pool),
        joined(models, others.models),
        joined(objectives, others.objectives),
        joined(rewrites, others.rewrites),
        others.policies.isEmpty() ? policies : others.policies);
  }

  private static <T> List<T> joined(List<T> some, List<T> more) {
    return Stream.concat(some.stream(), more.stream()).toList();
  }

  /** The policy of a pool: of several, the oldest. */
  public Optional<InferenceTrafficPolicy> policy(PoolId of) {
    return policies.stream()
        .filter(policy -> policy.isFor(of))
        .min(Comparator.comparing(InferenceTrafficPolicy::meta, Meta.OLDEST));
  }
}

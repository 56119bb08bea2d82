package io.pickwick.resource;

/**
 * Which InferencePool an endpoint picker serves.
 *
 * @param group the API group that it is of
 * @param namespace where it lives, and where everything that refers to it must live
 * @param name its name; empty for a pool without one, such as that of an endpoints file, which
 *     every reference names
 */
public record PoolId(String group, String namespace, String name) {
  /** The group of InferencePool v1. */
  public static final String GROUP = "inference.networking.k8s.io";

  /** The group of InferencePool v1alpha1 and v1alpha2. */
  public static final String OLD_GROUP = "inference.networking.x-k8s.io";
}

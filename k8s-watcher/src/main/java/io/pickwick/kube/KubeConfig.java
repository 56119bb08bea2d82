package io.pickwick.kube;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an endpoint picker wants of a Kubernetes API server.
 *
 * @param namespace where the pool, its pods and all that refers to it live; absent, the namespace
 *     of our own pod or of the kubeconfig's context, and {@code default} where neither says one
 * @param pool the name of the InferencePool, or of what stands in its place
 * @param poolGroup the API group of the InferencePool; absent, {@code inference.networking.k8s.io}
 *     and, where that has no such pool, {@code inference.networking.x-k8s.io}
 * @param selection pods by label in the place of an InferencePool, of which then none is read
 * @param kubeconfig how to reach the API server; absent, {@code $KUBECONFIG}, our pod's service
 *     account or {@code ~/.kube/config}, the first that is there
 * @param writeStatus whether InferenceModels are told in their status if they are accepted
 * @param attachRoutes whether the HTTPRoute is kept that the pool's annotation {@code attach-to}
 *     asks for
 * @param election who of several replicas writes; absent, every one does
 * @param timing how patient to be
 */
public record KubeConfig(
    Optional<String> namespace,
    String pool,
    Optional<String> poolGroup,
    Optional<PodSelection> selection,
    Optional<Path> kubeconfig,
    boolean writeStatus,
    boolean attachRoutes,
    Optional<Election> election,
    Timing timing) {
  /** A pool of either group, reached by what the surroundings say; nothing is written. */
  public static KubeConfig of(String pool) {
    return new KubeConfig(
        Optional.empty(),
        pool,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        false,
        Optional.empty(),
        Timing.DEFAULT);
  }

  /**
   * All pods with some labels.
   *
   * @param labels what they have, at least one
   * @param ports of each of them; each is an endpoint of its own
   */
  public record PodSelection(Map<String, String> labels, List<Integer> ports) {
    /** Keeps its own copies. */
    public PodSelection {
      labels = Map.copyOf(labels);
      ports = List.copyOf(ports);
    }
  }

  /**
   * One of several replicas is the leader.
   *
   * @param lease the name of the Lease that they share, in the pool's namespace
   * @param identity what tells this replica from the others, such as its pod's name
   */
  public record Election(String lease, String identity) {}

  /**
   * How long to wait for what.
   *
   * @param coalesce how long changes are gathered before they are applied together; up to ten times
   *     as long while a large pool changes all the time
   * @param firstPause after a first failure; it doubles with each further one
   * @param longestPause the longest that it gets
   * @param request how long an answer may take to begin
   * @param silence how long a watch may say nothing before it is taken up anew; the API server
   *     sends a bookmark every minute
   * @param poolGone how long endpoints are kept after their pool was deleted: it may be replaced
   */
  public record Timing(
      Duration coalesce,
      Duration firstPause,
      Duration longestPause,
      Duration request,
      Duration silence,
      Duration poolGone) {
    /** For production. */
    public static final Timing DEFAULT =
        new Timing(
            Duration.ofMillis(20),
            Duration.ofSeconds(1),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofSeconds(100),
            Duration.ofSeconds(2));
  }
}

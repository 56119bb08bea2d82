package io.pickwick.resource;

import io.pickwick.schedule.spec.Spec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;

/**
 * InferencePool: which pods serve, and on which ports.
 *
 * <p>Read from {@code inference.networking.k8s.io/v1} and from {@code
 * inference.networking.x-k8s.io/v1alpha2} and {@code v1alpha1}, by their shape, not by their
 * version: {@code selector.matchLabels} or a plain {@code selector}, {@code targetPorts} or {@code
 * targetPortNumber}, {@code endpointPickerRef} or {@code extensionRef}.
 *
 * @param meta what it says of itself
 * @param selector the labels that a pod of the pool has, at least one
 * @param targetPorts the ports of every pod, in their order; each is an endpoint of its own
 * @param protocol what the pods speak
 * @param picker the endpoint picker that it wants, where it names one
 * @param annotations what its annotations ask for
 */
public record InferencePool(
    Meta meta,
    Map<String, String> selector,
    List<Integer> targetPorts,
    AppProtocol protocol,
    Optional<PickerRef> picker,
    PoolAnnotations annotations) {
  /** The kind. */
  public static final String KIND = "InferencePool";

  /** Keeps its own copies. */
  public InferencePool {
    selector = Map.copyOf(selector);
    targetPorts = List.copyOf(targetPorts);
  }

  /** What the pods of a pool speak. */
  public enum AppProtocol {
    /** HTTP/1.1. */
    HTTP,
    /** HTTP/2 in the clear, as for gRPC. */
    H2C
  }

  /** A pool that no resource describes: all pods with these labels, on these ports. */
  public static InferencePool of(
      String namespace, String name, Map<String, String> selector, List<Integer> targetPorts) {
    return new InferencePool(
        new Meta(
            PoolId.GROUP + "/v1", KIND, namespace, name, "", 0, Instant.EPOCH, Map.of(), Map.of()),
        selector,
        targetPorts,
        AppProtocol.HTTP,
        Optional.empty(),
        PoolAnnotations.NONE);
  }

  /**
   * Reads a whole resource.
   *
   * @param namespace what a resource that names none belongs to
   */
  public static InferencePool read(Spec document, String namespace) {
    Spec spec = document.need("spec");
    return new InferencePool(
        Meta.read(document, namespace),
        selector(spec.need("selector")),
        ports(spec),
        spec.get("appProtocol").map(InferencePool::protocol).orElse(AppProtocol.HTTP),
        spec.get("endpointPickerRef").or(() -> spec.get("extensionRef")).map(PickerRef::read),
        PoolAnnotations.read(document.need("metadata")));
  }

  /** The name under which others refer to it. */
  public PoolId id() {
    return new PoolId(meta.group(), meta.namespace(), meta.name());
  }

  /** Whether a pod with these labels is of the pool. */
  public boolean selects(Map<String, String> labels) {
    return labels.entrySet().containsAll(selector.entrySet());
  }

  private static Map<String, String> selector(Spec spec) {
    Spec labels = spec;
    Spec matchLabels = spec.entries().get("matchLabels");
    if (matchLabels != null && matchLabels.isMapping()) {
      // What else stands here would narrow the pool; without it, pods of others would be served.
      spec.only("matchLabels");
      labels = matchLabels;
    }
    Map<String, String> selector = Meta.texts(labels);
    if (selector.isEmpty()) {
      throw labels.mistake("at least one label is wanted; without one, every pod would be served");
    }
    return selector;
  }

  private static List<Integer> ports(Spec spec) {
    Optional<Spec> several = spec.get("targetPorts");
    if (several.isEmpty()) {
      return List.of(
          port(
              spec.get("targetPortNumber")
                  .orElseThrow(() ->
                      spec.mistake(
                          "\"targetPorts\" is missing, as in targetPorts: [{number: 8000}]"))));
    }
    SequencedSet<Integer> ports = new LinkedHashSet<>();
    for (Spec item : several.get().items()) {
      Spec number = item.need("number");
      if (!ports.add(port(number))) {
        throw number.mistake("port " + number.text() + " stands twice; each may stand once");
      }
    }
    if (ports.isEmpty()) {
      throw several.get().mistake("at least one port is wanted");
    }
    return new ArrayList<>(ports);
  }

  private static int port(Spec spec) {
    return (int) spec.integer(1, 65_535);
  }

  private static AppProtocol protocol(Spec spec) {
    return switch (spec.text()) {
      case "http" -> AppProtocol.HTTP;
      case "kubernetes.io/h2c" -> AppProtocol.H2C;
      default ->
          throw spec.mistake(
              "\"" + spec.text() + "\" is not known; known: http, kubernetes.io/h2c");
    };
  }
}

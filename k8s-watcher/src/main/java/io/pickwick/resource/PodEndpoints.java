package io.pickwick.resource;

import io.pickwick.pool.DeclaredEndpoint;
import io.pickwick.pool.Engine;
import io.pickwick.resource.PoolAnnotations.Family;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Which endpoints a pool has by the pods that there are. */
public final class PodEndpoints {
  // A pod is served when it is of the pool's namespace, has all labels of its selector, is Ready
  // and is not being deleted. Every target port of it is an endpoint of its own: so the ranks of
  // data-parallel engines are told apart. With one target port an endpoint is called what its
  // pod is called, with several <pod>-rank-<index of the port>, as GIE's endpoint picker has it,
  // so that a rank keeps its name when active-ports leaves out another.
  //
  // While an address passes to another pod, both may be seen with it for a moment. Only one can
  // answer there: the one that was created last.

  /** Which of the pool's ports a pod has in use, as in {@code 8000,8001}; absent, all. */
  public static final String ACTIVE_PORTS = "inference.networking.k8s.io/active-ports";

  private PodEndpoints() {}

  /** The endpoints, by the names of their pods, then by the order of the ports. */
  public static List<DeclaredEndpoint> of(InferencePool pool, Collection<PodFacts> pods) {
    int ports = pool.targetPorts().size();
    Map<Socket, Rank> ranks = HashMap.newHashMap(pods.size() * ports);
    for (PodFacts pod : pods) {
      Optional<String> address = isServed(pool, pod) ? address(pool, pod) : Optional.empty();
      if (address.isPresent()) {
        Predicate<Integer> active = activePorts(pod);
        for (int i = 0; i < ports; i++) {
          int port = pool.targetPorts().get(i);
          if (active.test(port)) {
            Socket socket = new Socket(address.get(), port);
            ranks.merge(socket, new Rank(pod, i, socket), Rank::younger);
          }
        }
      }
    }
    List<Rank> inOrder = new ArrayList<>(ranks.values());
    inOrder.sort(
        Comparator.comparing((Rank rank) -> rank.pod.meta().name()).thenComparingInt(Rank::index));
    List<DeclaredEndpoint> endpoints = new ArrayList<>(inOrder.size());
    inOrder.forEach(rank -> endpoints.add(endpoint(pool, rank)));
    return List.copyOf(endpoints);
  }

  private static boolean isServed(InferencePool pool, PodFacts pod) {
    return pod.ready()
        && !pod.terminating()
        && pod.meta().namespace().equals(pool.meta().namespace())
        && pool.selects(pod.meta().labels());
  }

  private static Optional<String> address(InferencePool pool, PodFacts pod) {
    Optional<Family> family = pool.annotations().family();
    for (String address : pod.addresses()) {
      if (family.isEmpty() || family.get() == family(address)) {
        return Optional.of(address);
      }
    }
    return Optional.empty();
  }

  private static Family family(String address) {
    return address.indexOf(':') < 0 ? Family.IPV4 : Family.IPV6;
  }

  private static Predicate<Integer> activePorts(PodFacts pod) {
    String listed = pod.meta().annotations().get(ACTIVE_PORTS);
    if (listed == null) {
      return port -> true;
    }
    Set<String> active = new HashSet<>();
    for (String port : listed.split(",", -1)) {
      active.add(port.strip());
    }
    return port -> active.contains(Integer.toString(port));
  }

  private static DeclaredEndpoint endpoint(InferencePool pool, Rank rank) {
    Meta pod = rank.pod().meta();
    return new DeclaredEndpoint(
        pod.namespace(),
        pool.targetPorts().size() == 1 ? pod.name() : pod.name() + "-rank-" + rank.index(),
        rank.socket().address(),
        rank.socket().port(),
        labels(pool, pod),
        pod.uid());
  }

  /** The pod's labels, with its engine as a label also where an annotation names it. */
  private static Map<String, String> labels(InferencePool pool, Meta pod) {
    if (pod.labels().containsKey(Engine.LABEL) || pod.labels().containsKey(Engine.OLD_LABEL)) {
      return pod.labels();
    }
    return Optional.ofNullable(pod.annotations().get(Engine.LABEL))
        .or(() -> Optional.ofNullable(pod.annotations().get(Engine.OLD_LABEL)))
        .or(() -> pool.annotations().engine().map(Engine::label))
        .map(engine -> {
          Map<String, String> labels = new HashMap<>(pod.labels());
          labels.put(Engine.LABEL, engine);
          return labels;
        })
        .orElse(pod.labels());
  }

  private record Socket(String address, int port) {}

  private record Rank(PodFacts pod, int index, Socket socket) {
    /**
     * Of two that claim one socket the one that was created last; of one age, the first by name.
     */
    static Rank younger(Rank one, Rank other) {
      int age = one.pod.meta().created().compareTo(other.pod.meta().created());
      int order = age == 0 ? other.pod.meta().name().compareTo(one.pod.meta().name()) : age;
      return order > 0 ? one : other;
    }
  }
}

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

/**
 * Which endpoints a pool has by the pods that there are.
 *
 * <p>Remembers what followed from each pod, so that a change of one among a thousand costs little.
 * For one thread at a time.
 */
public final class PodEndpoints {
  // A pod is served when it is of the pool's namespace, has all labels of its selector, is Ready
  // and is not being deleted. Every target port of it is an endpoint of its own: so the ranks of
  // data-parallel engines are told apart. With one target port an endpoint is called what its
  // pod is called, with several <pod>-rank-<index of the port>, as GIE's endpoint picker has it,
  // so that a rank keeps its name when active-ports leaves out another.
  //
  // While an address passes to another pod, both may be seen with it for a moment. Only one can
  // answer there: the one that was created last. How many pods claim a socket is counted as they
  // come and go; who is right is asked only while one is claimed twice.

  /** Which of the pool's ports a pod has in use, as in {@code 8000,8001}; absent, all. */
  public static final String ACTIVE_PORTS = "inference.networking.k8s.io/active-ports";

  private final Map<Socket, Integer> claims = new HashMap<>();
  private Optional<InferencePool> of = Optional.empty();
  private Map<String, Served> known = Map.of();
  private int contested;

  /** The endpoints, by the names of their pods, then by the order of the ports. */
  public static List<DeclaredEndpoint> of(InferencePool pool, Collection<PodFacts> pods) {
    return new PodEndpoints().now(pool, pods);
  }

  /**
   * The endpoints, by the names of their pods, then by the order of the ports. What is as it was
   * the last time is the same object.
   *
   * @param pods each of another name
   */
  public List<DeclaredEndpoint> now(InferencePool pool, Collection<PodFacts> pods) {
    if (of.isEmpty() || !of.get().equals(pool)) {
      of = Optional.of(pool);
      known = Map.of();
      claims.clear();
      contested = 0;
    }
    Map<String, Served> next = HashMap.newHashMap(pods.size());
    List<Served> inOrder = new ArrayList<>(pods.size());
    for (PodFacts pod : pods) {
      String name = pod.meta().name();
      Served before = known.get(name);
      Served served =
          before != null && before.pod().equals(pod) ? before : new Served(pod, ranks(pool, pod));
      next.put(name, served);
      inOrder.add(served);
    }
    count(next);
    known = next;
    inOrder.sort(Comparator.comparing(served -> served.pod().meta().name()));
    List<DeclaredEndpoint> endpoints = new ArrayList<>(inOrder.size());
    Predicate<Rank> wins = contested == 0 ? rank -> true : winners(inOrder);
    for (Served served : inOrder) {
      for (Rank rank : served.ranks()) {
        if (wins.test(rank)) {
          endpoints.add(rank.endpoint());
        }
      }
    }
    return endpoints;
  }

  private void count(Map<String, Served> next) {
    known.forEach((name, before) -> {
      if (!before.equals(next.get(name))) {
        before.ranks().forEach(rank -> claim(rank.socket(), -1));
      }
    });
    next.forEach((name, served) -> {
      if (!served.equals(known.get(name))) {
        served.ranks().forEach(rank -> claim(rank.socket(), 1));
      }
    });
  }

  private void claim(Socket socket, int by) {
    int before = claims.getOrDefault(socket, 0);
    int after = before + by;
    contested += (after > 1 ? 1 : 0) - (before > 1 ? 1 : 0);
    if (after == 0) {
      claims.remove(socket);
    } else {
      claims.put(socket, after);
    }
  }

  private static Predicate<Rank> winners(List<Served> all) {
    Map<Socket, Rank> winners = new HashMap<>();
    for (Served served : all) {
      for (Rank rank : served.ranks()) {
        winners.merge(rank.socket(), rank, Rank::younger);
      }
    }
    return rank -> rank.equals(winners.get(rank.socket()));
  }

  private static List<Rank> ranks(InferencePool pool, PodFacts pod) {
    Optional<String> address = isServed(pool, pod) ? address(pool, pod) : Optional.empty();
    if (address.isEmpty()) {
      return List.of();
    }
    Predicate<Integer> active = activePorts(pod);
    Map<String, String> labels = labels(pool, pod.meta());
    List<Rank> ranks = new ArrayList<>(pool.targetPorts().size());
    for (int i = 0; i < pool.targetPorts().size(); i++) {
      int port = pool.targetPorts().get(i);
      if (active.test(port)) {
        Socket socket = new Socket(address.get(), port);
        ranks.add(new Rank(pod, i, socket, endpoint(pool, pod.meta(), i, socket, labels)));
      }
    }
    return ranks;
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

  private static DeclaredEndpoint endpoint(
      InferencePool pool, Meta pod, int index, Socket socket, Map<String, String> labels) {
    return new DeclaredEndpoint(
        pod.namespace(),
        pool.targetPorts().size() == 1 ? pod.name() : pod.name() + "-rank-" + index,
        socket.address(),
        socket.port(),
        labels,
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

  /** What followed from a pod; nothing, unless it is served. */
  private record Served(PodFacts pod, List<Rank> ranks) {}

  private record Rank(PodFacts pod, int index, Socket socket, DeclaredEndpoint endpoint) {
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

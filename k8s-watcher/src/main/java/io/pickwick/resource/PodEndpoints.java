package io.pickwick.resource;

import io.pickwick.pool.DeclaredEndpoint;
import io.pickwick.pool.Engine;
import io.pickwick.pool.IpAddress;
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
  // and
  // is not being deleted. Every target port of it is an endpoint of its own: that is how the ranks
  // of
  // data-parallel engines are told apart. With one target port an endpoint is called what its pod
  // is
  // called, with several <pod>-rank-<index of the port>, as GIE's endpoint picker has it, so that a
  // rank keeps its name when active-ports leaves out another.
  //
  // While an address passes to another pod, both may be seen with it for a moment. Only one can
  // answer there: the one that was created last.

  /** Which of the pool's ports a pod has in use, as in {@code 8000,8001}; absent, all. */
  public static final String ACTIVE_PORTS = "inference.networking.k8s.io/active-ports";

  private static final Comparator<PodFacts> NEWEST_FIRST =
      Comparator.comparing((PodFacts pod) -> pod.meta().created())
          .reversed()
          .thenComparing(pod -> pod.meta().name());

  private PodEndpoints() {}

  /** The endpoints, by the names of their pods, then by the order of the ports. */
  public static List<DeclaredEndpoint> of(InferencePool pool, Collection<PodFacts> pods) {
    List<Rank> ranks = new ArrayList<>(pods.size() * pool.targetPorts().size());
    Set<Socket> taken = new HashSet<>();
    pods.stream()
        .filter(pod -> isServed(pool, pod))
        .sorted(NEWEST_FIRST)
        .forEach(pod ->
            address(pool, pod)
                .ifPresent(address -> {
                  Predicate<Integer> active = activePorts(pod);
                  for (int i = 0; i < pool.targetPorts().size(); i++) {
                    int port = pool.targetPorts().get(i);
                    if (active.test(port) && taken.add(new Socket(address, port))) {
                      ranks.add(new Rank(pod, i, address, port));
                    }
                  }
                }));
    ranks.sort(
        Comparator.comparing((Rank rank) -> rank.pod().meta().name())
            .thenComparingInt(Rank::index));
    return ranks.stream().map(rank -> endpoint(pool, rank)).toList();
  }

  private static boolean isServed(InferencePool pool, PodFacts pod) {
    return pod.ready()
        && !pod.terminating()
        && pod.meta().namespace().equals(pool.meta().namespace())
        && pool.selects(pod.meta().labels());
  }

  private static Optional<String> address(InferencePool pool, PodFacts pod) {
    Optional<Family> family = pool.annotations().family();
    return pod.addresses().stream()
        .flatMap(address -> IpAddress.canonical(address).stream())
        .filter(address -> family.map(wanted -> wanted == family(address)).orElse(true))
        .findFirst();
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
        rank.address(),
        rank.port(),
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

  private record Rank(PodFacts pod, int index, String address, int port) {}
}

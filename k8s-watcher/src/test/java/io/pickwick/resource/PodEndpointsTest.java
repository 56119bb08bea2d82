package io.pickwick.resource;

import static io.pickwick.resource.Documents.pod;
import static io.pickwick.resource.Documents.ready;
import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.pool.DeclaredEndpoint;
import io.pickwick.pool.Engine;
import io.pickwick.resource.InferencePool.AppProtocol;
import io.pickwick.resource.PoolAnnotations.Family;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

final class PodEndpointsTest {
  private static final Map<String, String> APP = Map.of("app", "vllm");

  private final InferencePool pool = pool(APP, List.of(8000), PoolAnnotations.NONE);

  @Test
  void aReadyPodIsAnEndpointUnderItsOwnName() {
    Map<String, String> labels = Map.of("app", "vllm", "zone", "a");
    assertThat(
            PodEndpoints.of(
                pool, List.of(ready(pod("p-0", "u0", 1, labels, Map.of()), "10.0.0.1"))))
        .containsExactly(new DeclaredEndpoint("ns", "p-0", "10.0.0.1", 8000, labels, "u0"));
  }

  @Test
  void onlyPodsThatAreReadyAndStayAreServed() {
    Meta meta = pod("p", "u", 1, APP, Map.of());
    assertThat(
            PodEndpoints.of(pool, List.of(new PodFacts(meta, List.of("10.0.0.1"), false, false))))
        .isEmpty();
    assertThat(PodEndpoints.of(pool, List.of(new PodFacts(meta, List.of("10.0.0.1"), true, true))))
        .isEmpty();
    assertThat(PodEndpoints.of(pool, List.of(ready(meta)))).isEmpty();
    assertThat(PodEndpoints.of(pool, List.of(ready(meta, "no-address")))).isEmpty();
    assertThat(PodEndpoints.of(pool, List.of(ready(meta, "10.0.0.1")))).hasSize(1);
  }

  @Test
  void onlyPodsOfTheNamespaceThatHaveAllLabelsAreServed() {
    InferencePool leaders =
        pool(Map.of("app", "vllm", "role", "leader"), List.of(8000), PoolAnnotations.NONE);
    Meta elsewhere =
        new Meta(
            "v1",
            "Pod",
            "other",
            "p",
            "u",
            0,
            Instant.EPOCH,
            Map.of("app", "vllm", "role", "leader"),
            Map.of());
    assertThat(
            PodEndpoints.of(
                leaders,
                List.of(
                    ready(
                        pod("lead", "1", 1, Map.of("app", "vllm", "role", "leader"), Map.of()),
                        "10.0.0.1"),
                    ready(
                        pod("work", "2", 1, Map.of("app", "vllm", "role", "worker"), Map.of()),
                        "10.0.0.2"),
                    ready(pod("bare", "3", 1, Map.of("role", "leader"), Map.of()), "10.0.0.3"),
                    ready(elsewhere, "10.0.0.4"))))
        .extracting(DeclaredEndpoint::name)
        .containsExactly("lead");
  }

  @Test
  void everyPortIsARankWithItsOwnName() {
    InferencePool ranks = pool(APP, List.of(8001, 8000), PoolAnnotations.NONE);
    assertThat(
            PodEndpoints.of(
                ranks,
                List.of(
                    ready(pod("b", "ub", 1, APP, Map.of()), "10.0.0.2"),
                    ready(pod("a", "ua", 2, APP, Map.of()), "10.0.0.1"))))
        .extracting(endpoint -> endpoint.name() + " " + endpoint.port() + " " + endpoint.uid())
        .containsExactly(
            "a-rank-0 8001 ua", "a-rank-1 8000 ua", "b-rank-0 8001 ub", "b-rank-1 8000 ub");
  }

  @Test
  void activePortsLeaveRanksOutAndTheOthersKeepTheirNames() {
    InferencePool ranks = pool(APP, List.of(8000, 8001, 8002), PoolAnnotations.NONE);
    assertThat(active(ranks, "8002, 8001")).containsExactly("p-rank-1", "p-rank-2");
    assertThat(active(ranks, "8000")).containsExactly("p-rank-0");
    assertThat(active(ranks, "9000,x,,8001x, 8002 ")).containsExactly("p-rank-2");
    assertThat(active(ranks, "")).isEmpty();
    assertThat(active(pool, "8000")).containsExactly("p");
    assertThat(active(pool, "8001")).isEmpty();
  }

  @Test
  void theFirstAddressCountsUnlessThePoolWantsAFamily() {
    PodFacts dual = ready(pod("p", "u", 1, APP, Map.of()), "10.0.0.1", "2001:DB8:0::1");
    PodFacts single = ready(pod("q", "v", 1, APP, Map.of()), "10.0.0.2");
    List<PodFacts> pods = List.of(dual, single);
    assertThat(PodEndpoints.of(pool, pods))
        .extracting(DeclaredEndpoint::address)
        .containsExactly("10.0.0.1", "10.0.0.2");
    assertThat(PodEndpoints.of(pool(APP, List.of(8000), wanting(Family.IPV6)), pods))
        .extracting(DeclaredEndpoint::address)
        .containsExactly("2001:db8::1");
    assertThat(PodEndpoints.of(pool(APP, List.of(8000), wanting(Family.IPV4)), pods))
        .extracting(DeclaredEndpoint::address)
        .containsExactly("10.0.0.1", "10.0.0.2");
  }

  @Test
  void anAddressThatPassesToAnotherPodIsTheNewPods() {
    PodFacts old = ready(pod("a", "old", 10, APP, Map.of()), "10.0.0.1");
    PodFacts young = ready(pod("b", "young", 11, APP, Map.of()), "10.0.0.1");
    assertThat(PodEndpoints.of(pool, List.of(old, young)))
        .extracting(DeclaredEndpoint::uid)
        .containsExactly("young");
    assertThat(PodEndpoints.of(pool, List.of(young, old)))
        .extracting(DeclaredEndpoint::uid)
        .containsExactly("young");
  }

  @Test
  void podsThatShareTheirNodesAddressAreToldApartByTheirPorts() {
    InferencePool ranks = pool(APP, List.of(8000, 8001), PoolAnnotations.NONE);
    Meta first = pod("a", "ua", 1, APP, Map.of(PodEndpoints.ACTIVE_PORTS, "8000"));
    Meta second = pod("b", "ub", 2, APP, Map.of(PodEndpoints.ACTIVE_PORTS, "8001"));
    assertThat(PodEndpoints.of(ranks, List.of(ready(first, "10.0.0.1"), ready(second, "10.0.0.1"))))
        .extracting(DeclaredEndpoint::name)
        .containsExactly("a-rank-0", "b-rank-1");
  }

  @Test
  void theEngineIsThePodsByLabelThenByAnnotationThenThePools() {
    Map<String, String> labelled = Map.of("app", "vllm", Engine.OLD_LABEL, "triton");
    Map<String, String> annotated = Map.of(Engine.OLD_LABEL, "trtllm-serve");
    InferencePool sglang =
        pool(
            APP,
            List.of(8000),
            new PoolAnnotations(
                Optional.empty(),
                Optional.of(Engine.SGLANG),
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                List.of()));
    List<PodFacts> pods =
        List.of(
            ready(pod("a", "1", 1, labelled, annotated), "10.0.0.1"),
            ready(pod("b", "2", 1, APP, annotated), "10.0.0.2"),
            ready(pod("c", "3", 1, APP, Map.of()), "10.0.0.3"));
    assertThat(PodEndpoints.of(sglang, pods))
        .extracting(endpoint -> Engine.of(endpoint.labels()))
        .containsExactly(Engine.TRITON, Engine.TRTLLM_SERVE, Engine.SGLANG);
    assertThat(PodEndpoints.of(pool, pods).getLast().labels()).isEqualTo(APP);
  }

  @Test
  void anyPodsInAnyOrderGiveWhatANaiveReadingGives() {
    long seed = RandomGenerator.getDefault().nextLong();
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    for (int round = 0; round < 2_000; round++) {
      List<Integer> ports =
          new ArrayList<>(List.of(8000, 8001, 8002)).subList(0, 1 + random.nextInt(3));
      InferencePool any = pool(APP, ports, PoolAnnotations.NONE);
      List<PodFacts> pods = new ArrayList<>();
      for (int i = random.nextInt(6); i > 0; i--) {
        pods.add(anyPod(i, random));
      }
      List<DeclaredEndpoint> endpoints = PodEndpoints.of(any, pods);
      assertThat(endpoints).as("seed %d round %d", seed, round).isEqualTo(naive(any, pods));
      Collections.reverse(pods);
      assertThat(PodEndpoints.of(any, pods))
          .as("reversed, seed %d round %d", seed, round)
          .isEqualTo(endpoints);
    }
  }

  @Test
  void oneThatRemembersSaysTheSameAsOneThatDoesNot() {
    long seed = System.nanoTime();
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    List<InferencePool> pools =
        List.of(pool, pool(APP, List.of(8000, 8001, 8002), PoolAnnotations.NONE));
    PodEndpoints remembering = new PodEndpoints();
    InferencePool current = pool;
    Map<Integer, PodFacts> pods = new HashMap<>();
    List<DeclaredEndpoint> last = List.of();
    for (int round = 0; round < 3000; round++) {
      if (random.nextInt(50) == 0) {
        current = pools.get(random.nextInt(2));
      }
      for (int changes = random.nextInt(3); changes > 0; changes--) {
        int name = random.nextInt(10);
        if (random.nextInt(4) == 0) {
          pods.remove(name);
        } else {
          pods.put(name, anyPod(name, random));
        }
      }
      List<PodFacts> there = new ArrayList<>(pods.values());
      Collections.shuffle(there, random);
      List<DeclaredEndpoint> now = remembering.now(current, there);
      assertThat(now).as("seed %d, round %d", seed, round).isEqualTo(naive(current, there));
      List<DeclaredEndpoint> again = remembering.now(current, there);
      assertThat(again).hasSameSizeAs(now);
      for (int i = 0; i < now.size(); i++) {
        assertThat(again.get(i)).as("seed %d", seed).isSameAs(now.get(i));
      }
      last = now;
    }
    assertThat(last).isEqualTo(PodEndpoints.of(current, pods.values()));
  }

  private static PodFacts anyPod(int name, RandomGenerator random) {
    Map<String, String> labels = random.nextInt(5) == 0 ? Map.of("app", "sglang") : APP;
    Map<String, String> notes = new HashMap<>();
    if (random.nextInt(3) == 0) {
      notes.put(
          PodEndpoints.ACTIVE_PORTS,
          List.of("8000", "8001,8002", "", "8002 , 8000", "1").get(random.nextInt(5)));
    }
    return new PodFacts(
        pod("p" + name, "u" + name, random.nextInt(4), labels, notes),
        random.nextInt(8) == 0 ? List.of() : List.of("10.0.0." + random.nextInt(4)),
        random.nextInt(4) != 0,
        random.nextInt(6) == 0);
  }

  /** Port by port and pod by pod, with a search through all pods for who has an address last. */
  private static List<DeclaredEndpoint> naive(InferencePool pool, List<PodFacts> pods) {
    List<DeclaredEndpoint> endpoints = new ArrayList<>();
    for (int name = 0; name < 10; name++) {
      for (int rank = 0; rank < pool.targetPorts().size(); rank++) {
        int port = pool.targetPorts().get(rank);
        for (PodFacts pod : pods) {
          if (!pod.meta().name().equals("p" + name) || !answers(pod, port)) {
            continue;
          }
          boolean outlived =
              pods.stream()
                  .anyMatch(other ->
                      answers(other, port)
                          && other.addresses().equals(pod.addresses())
                          && isLater(other.meta(), pod.meta()));
          if (!outlived) {
            endpoints.add(
                new DeclaredEndpoint(
                    "ns",
                    pool.targetPorts().size() == 1 ? "p" + name : "p" + name + "-rank-" + rank,
                    pod.addresses().getFirst(),
                    port,
                    APP,
                    "u" + name));
          }
        }
      }
    }
    return endpoints;
  }

  private static boolean isLater(Meta one, Meta other) {
    int age = one.created().compareTo(other.created());
    return age > 0 || (age == 0 && one.name().compareTo(other.name()) < 0);
  }

  private static boolean answers(PodFacts pod, int port) {
    String active = pod.meta().annotations().getOrDefault(PodEndpoints.ACTIVE_PORTS, "" + port);
    return pod.ready()
        && !pod.terminating()
        && !pod.addresses().isEmpty()
        && pod.meta().labels().equals(APP)
        && active.contains("" + port);
  }

  private static List<String> active(InferencePool pool, String ports) {
    Meta meta = pod("p", "u", 1, APP, Map.of(PodEndpoints.ACTIVE_PORTS, ports));
    return PodEndpoints.of(pool, List.of(ready(meta, "10.0.0.1"))).stream()
        .map(DeclaredEndpoint::name)
        .toList();
  }

  private static PoolAnnotations wanting(Family family) {
    return new PoolAnnotations(
        Optional.empty(),
        Optional.empty(),
        Map.of(),
        Optional.empty(),
        Optional.of(family),
        List.of());
  }

  private static InferencePool pool(
      Map<String, String> selector, List<Integer> ports, PoolAnnotations annotations) {
    Meta meta =
        new Meta(
            "inference.networking.k8s.io/v1",
            "InferencePool",
            "ns",
            "pool",
            "",
            1,
            Instant.EPOCH,
            Map.of(),
            Map.of());
    return new InferencePool(
        meta, selector, ports, AppProtocol.HTTP, Optional.empty(), annotations);
  }
}

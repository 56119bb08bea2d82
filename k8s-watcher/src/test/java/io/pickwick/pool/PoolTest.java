package io.pickwick.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.schedule.Endpoint;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

final class PoolTest {
  private final Pool pool = new Pool();
  private final List<String> told = new ArrayList<>();

  @Test
  void isUnknownBeforeTheFirstListAndSyncedByAnEmptyOne() {
    assertThat(pool.snapshot().synced()).isFalse();
    pool.apply(List.of());
    assertThat(pool.snapshot().synced()).isTrue();
    assertThat(pool.snapshot().slots()).isZero();
  }

  @Test
  void keepsTheObjectsOfUnchangedEndpointsInTheNewOrder() {
    pool.apply(List.of(declared("a"), declared("b")));
    List<Endpoint> before = pool.snapshot().endpoints();
    pool.apply(List.of(declared("b"), declared("c"), declared("a")));
    List<Endpoint> after = pool.snapshot().endpoints();
    assertThat(after.get(0)).isSameAs(before.get(1));
    assertThat(after.get(2)).isSameAs(before.get(0));
    assertThat(after).extracting(Endpoint::slot).containsExactly(1, 2, 0);
    assertThat(pool.snapshot().slots()).isEqualTo(3);
  }

  @Test
  void aRelabelledEndpointKeepsSlotAndLoad() {
    pool.apply(List.of(declared("a"), declared("b")));
    Endpoint before = pool.snapshot().endpoints().get(1);
    pool.listen(recorder());
    told.clear();
    pool.apply(
        List.of(declared("a"), new DeclaredEndpoint("ns", "b", "10.0.0.1", 2, Map.of("k", "v"))));
    Endpoint after = pool.snapshot().endpoints().get(1);
    assertThat(after).isNotSameAs(before);
    assertThat(after.slot()).isEqualTo(before.slot());
    assertThat(after.load()).isSameAs(before.load());
    assertThat(after.labels()).containsExactly(Map.entry("k", "v"));
    assertThat(told).containsExactly("relabelled b/1 to b/1 {k=v}");
  }

  @Test
  void aNewAddressUnderAnOldNameIsAnotherEndpoint() {
    pool.apply(List.of(declared("a")));
    Endpoint before = pool.snapshot().endpoints().getFirst();
    pool.apply(List.of(new DeclaredEndpoint("ns", "a", "10.0.0.9", 1, Map.of())));
    Endpoint after = pool.snapshot().endpoints().getFirst();
    assertThat(after.load()).isNotSameAs(before.load());
  }

  @Test
  void aNewUidUnderAnOldNameAndAddressIsAnotherEndpoint() {
    DeclaredEndpoint first = new DeclaredEndpoint("ns", "a", "10.0.0.1", 1, Map.of(), "u1");
    DeclaredEndpoint second = new DeclaredEndpoint("ns", "a", "10.0.0.1", 1, Map.of(), "u2");
    pool.apply(List.of(first));
    Endpoint before = pool.snapshot().endpoints().getFirst();
    pool.listen(recorder());
    told.clear();
    pool.apply(List.of(second));
    Endpoint after = pool.snapshot().endpoints().getFirst();
    assertThat(after.load()).isNotSameAs(before.load());
    assertThat(after.slot()).isNotEqualTo(before.slot());
    assertThat(told).containsExactly("removed a/0 among [a]", "added a/1 among [a]");
    pool.apply(List.of(second));
    assertThat(pool.snapshot().endpoints()).containsExactly(after);
  }

  @Test
  void aDeclarationThatStandsTwiceCountsOnce() {
    pool.apply(List.of(declared("a"), declared("b"), declared("a")));
    assertThat(pool.snapshot().endpoints()).extracting(Endpoint::name).containsExactly("a", "b");
    assertThat(pool.snapshot().slots()).isEqualTo(2);
  }

  @Test
  void listenersHearOfAdditionsBeforeRemovalsAndWithTheRightSnapshot() {
    pool.apply(List.of(declared("a"), declared("b")));
    pool.listen(recorder());
    assertThat(told).containsExactly("added a/0 among [a, b]", "added b/1 among [a, b]");
    told.clear();
    pool.apply(List.of(declared("b"), declared("c")));
    assertThat(told).containsExactly("added c/2 among [a, b]", "removed a/0 among [b, c]");
    assertThat(pool.snapshot().endpoints()).extracting(Endpoint::name).containsExactly("b", "c");
  }

  @Test
  void aPoolWhoseEndpointsAreAllReplacedIsNeverEmpty() {
    pool.apply(List.of(declared("a"), declared("b")));
    pool.listen(recorder());
    told.clear();
    pool.apply(List.of(declared("c"), declared("d")));
    assertThat(told)
        .containsExactly(
            "added c/2 among [a, b]",
            "added d/3 among [a, b]",
            "removed a/0 among [c, d]",
            "removed b/1 among [c, d]");
  }

  @Test
  void aNewcomerWhereOneLeavesComesAfterItAndTheOthersBefore() {
    DeclaredEndpoint before = new DeclaredEndpoint("ns", "a", "10.0.0.1", 1, Map.of());
    DeclaredEndpoint first = new DeclaredEndpoint("ns", "a-rank-0", "10.0.0.1", 1, Map.of());
    DeclaredEndpoint second = new DeclaredEndpoint("ns", "a-rank-1", "10.0.0.1", 2, Map.of());
    pool.apply(List.of(before));
    pool.listen(recorder());
    told.clear();
    pool.apply(List.of(first, second));
    assertThat(told)
        .containsExactly(
            "added a-rank-1/2 among [a]",
            "removed a/0 among [a-rank-1]",
            "added a-rank-0/1 among [a-rank-1]");
    assertThat(pool.snapshot().endpoints())
        .extracting(Endpoint::name)
        .containsExactly("a-rank-0", "a-rank-1");
  }

  @Test
  void slotsAreReusedLowestFirstFromTheNextChangeOn() {
    pool.apply(List.of(declared("a"), declared("b"), declared("c")));
    pool.apply(List.of(declared("c"), declared("d")));
    assertThat(pool.snapshot().endpoints()).extracting(Endpoint::slot).containsExactly(2, 3);
    pool.apply(List.of(declared("c"), declared("d"), declared("e"), declared("f"), declared("g")));
    assertThat(pool.snapshot().endpoints())
        .extracting(Endpoint::slot)
        .containsExactly(2, 3, 0, 1, 4);
  }

  @Test
  void aFailingListenerDoesNotStopTheOthers() {
    pool.listen(
        new PoolListener() {
          @Override
          public void added(Endpoint endpoint) {
            throw new IllegalStateException("as planned");
          }
        });
    pool.listen(recorder());
    pool.apply(List.of(declared("a")));
    assertThat(told).containsExactly("added a/0 among []");
    assertThat(pool.snapshot().endpoints()).hasSize(1);
  }

  @Test
  void manyChangesEndAsInANaivePool() {
    long seed = System.nanoTime();
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    Map<String, Endpoint> before = new LinkedHashMap<>();
    pool.apply(List.of());
    for (int round = 0; round < 3000; round++) {
      List<DeclaredEndpoint> next = new ArrayList<>();
      for (char name = 'a'; name < 'm'; name++) {
        if (random.nextInt(8) != 0) {
          Map<String, String> labels = Map.of("k", Integer.toString(random.nextInt(20) / 19));
          next.add(new DeclaredEndpoint("ns", "" + name, "10.0.0.1", 1, labels));
        }
      }
      if (random.nextInt(10) == 0) {
        Collections.shuffle(next, random);
      }
      if (random.nextInt(10) == 0 && !next.isEmpty()) {
        next.add(random.nextInt(next.size()), next.get(random.nextInt(next.size())));
      }
      pool.apply(next);
      before = compare(before, next, "seed " + seed + ", round " + round);
    }
  }

  /** What a pool must be after a change, found slot by slot. */
  private Map<String, Endpoint> compare(
      Map<String, Endpoint> before, List<DeclaredEndpoint> next, String place) {
    Set<Integer> taken = new HashSet<>();
    before.values().forEach(endpoint -> taken.add(endpoint.slot()));
    Map<String, DeclaredEndpoint> wanted = new LinkedHashMap<>();
    next.forEach(declaration -> wanted.putIfAbsent(declaration.name(), declaration));
    List<Endpoint> now = pool.snapshot().endpoints();
    assertThat(now).as(place).extracting(Endpoint::name).containsExactlyElementsOf(wanted.keySet());
    Map<String, Endpoint> after = new LinkedHashMap<>();
    for (Endpoint endpoint : now) {
      Endpoint old = before.get(endpoint.name());
      Map<String, String> labels = Objects.requireNonNull(wanted.get(endpoint.name())).labels();
      assertThat(endpoint.labels()).as(place).isEqualTo(labels);
      if (old == null) {
        int slot = 0;
        while (taken.contains(slot)) {
          slot++;
        }
        assertThat(endpoint.slot()).as(place).isEqualTo(slot);
        taken.add(slot);
      } else {
        assertThat(endpoint == old).as(place).isEqualTo(labels.equals(old.labels()));
        assertThat(endpoint.slot()).as(place).isEqualTo(old.slot());
        assertThat(endpoint.load()).as(place).isSameAs(old.load());
      }
      after.put(endpoint.name(), endpoint);
    }
    return after;
  }

  private PoolListener recorder() {
    return new PoolListener() {
      @Override
      public void added(Endpoint endpoint) {
        told.add("added " + text(endpoint) + " among " + names());
      }

      @Override
      public void removed(Endpoint endpoint) {
        told.add("removed " + text(endpoint) + " among " + names());
      }

      @Override
      public void relabelled(Endpoint before, Endpoint after) {
        told.add("relabelled " + text(before) + " to " + text(after) + " " + after.labels());
      }
    };
  }

  private List<String> names() {
    return pool.snapshot().endpoints().stream().map(Endpoint::name).toList();
  }

  private static String text(Endpoint endpoint) {
    return endpoint.name() + "/" + endpoint.slot();
  }

  private static DeclaredEndpoint declared(String name) {
    return new DeclaredEndpoint("ns", name, "10.0.0.1", name.charAt(0) - 'a' + 1, Map.of());
  }
}

package io.pickwick.kv.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.kv.event.Medium;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The index does what the naive one does, whatever happens. */
class KvIndexPropertyTest {
  private static final Medium[] MEDIA = Medium.values();

  /** One publisher, of both indexes. */
  private record Publisher(RankBlocks tested, RankBlocks naive) {}

  private final MediumWeights weights = MediumWeights.standard().with(Medium.OTHER, 0.3);
  private final NaiveIndex naive = new NaiveIndex(weights);
  private final List<Publisher> publishers = new ArrayList<>();
  private final List<long[]> paths = new ArrayList<>();
  private KvIndex index = new KvIndex(weights);

  @ParameterizedTest(
      name = "{index}: {0} publishers of {1} slots, paths of {2}, {3} tags, {4} steps")
  @CsvSource({
    "1, 1, 40, 1, 3000",
    "3, 2, 5, 1, 3000",
    "8, 5, 200, 2, 3000",
    "40, 30, 60, 3, 3000",
    "300, 250, 20, 1, 3000",
    "6, 4, 700, 1, 1500",
    "12, 12, 12, 4, 6000",
    "5, 5, 30, 40, 2000"
  })
  void doesWhatTheNaiveIndexDoes(int most, int slots, int longest, int tags, int steps) {
    long seed = 31L * most + longest;
    Random random = new Random(seed);
    index = new KvIndex(weights, Long.MAX_VALUE, seed);
    for (int step = 0; step < steps; step++) {
      act(random, most, slots, longest, tags);
      if (step % 3 == 0) {
        compare(random, slots, longest, tags, "seed %d, step %d".formatted(seed, step));
      }
    }
    publishers.forEach(publisher -> publisher.tested().close());
    publishers.forEach(publisher -> publisher.naive().close());
    compare(random, slots, longest, tags, "seed %d, closed".formatted(seed));
    while (index.sweep(1000)) {
      compare(random, slots, longest, tags, "seed %d, sweeping".formatted(seed));
    }
    assertThat(index.stats().blocks()).isZero();
    assertThat(index.stats().sets()).isZero();
  }

  private void act(Random random, int most, int slots, int longest, int tags) {
    if (publishers.isEmpty() || (publishers.size() < most && random.nextInt(4) == 0)) {
      int slot = random.nextInt(slots);
      int rank = random.nextInt(3);
      publishers.add(new Publisher(index.open(slot, rank), naive.open(slot, rank)));
    }
    Publisher publisher = publishers.get(random.nextInt(publishers.size()));
    Medium medium = MEDIA[random.nextInt(4) > 0 ? 0 : random.nextInt(MEDIA.length)];
    switch (random.nextInt(40)) {
      case 0 -> {
        publisher.tested().clear();
        publisher.naive().clear();
      }
      case 1 -> {
        publisher.tested().close();
        publisher.naive().close();
        publishers.remove(publisher);
      }
      case 2 -> index.sweep(random.nextInt(5000));
      case 19, 20, 21, 22, 23 -> write(random, publisher, longest, tags);
      case 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18 ->
          remove(random, publisher, medium);
      default -> store(random, publisher, medium, longest, tags);
    }
    assertThat(publisher.tested().blocks()).isEqualTo(publisher.naive().blocks());
  }

  private void store(Random random, Publisher to, Medium medium, int longest, int tags) {
    long[] path = Chains.path(random, longest);
    paths.add(path);
    int from = random.nextInt(3) > 0 ? 0 : random.nextInt(path.length);
    int count = random.nextInt(3) == 0 ? 1 : 1 + random.nextInt(path.length - from);
    long[] keys = new long[count + 3];
    System.arraycopy(path, from, keys, 0, count);
    long parent =
        switch (random.nextInt(8)) {
          case 0 -> 0;
          case 1 -> random.nextLong();
          case 2 -> path[random.nextInt(path.length)];
          default -> from == 0 ? 0 : path[from - 1];
        };
    int tag = random.nextInt(10) > 0 ? (int) (path[0] & 1) % tags : random.nextInt(tags);
    if (random.nextInt(4) == 0) {
      to.tested().report(parent, keys, count, medium, tag);
      to.naive().report(parent, keys, count, medium, tag);
    } else {
      to.tested().store(parent, keys, count, medium, tag);
      to.naive().store(parent, keys, count, medium, tag);
    }
  }

  private void write(Random random, Publisher to, int longest, int tags) {
    BlockChanges changes = new BlockChanges();
    int removals = 0;
    for (int left = 1 + random.nextInt(12); left > 0; left--) {
      long[] path =
          paths.isEmpty() || random.nextBoolean()
              ? Chains.path(random, longest)
              : paths.get(random.nextInt(paths.size()));
      paths.add(path);
      Medium medium = MEDIA[random.nextInt(4) > 0 ? 0 : random.nextInt(MEDIA.length)];
      int from = random.nextInt(path.length);
      long parent = random.nextInt(8) == 0 || from == 0 ? 0 : path[from - 1];
      long[] keys = Arrays.copyOfRange(path, from, path.length);
      int tag = random.nextInt(10) > 0 ? (int) (path[0] & 1) % tags : random.nextInt(tags);
      switch (random.nextInt(5)) {
        case 0 -> changes.report(parent, keys, keys.length, medium, tag);
        case 1, 2 -> changes.store(parent, keys, keys.length, medium, tag);
        default -> {
          for (long key : keys) {
            changes.remove(key, medium);
            removals++;
          }
        }
      }
    }
    int removed = to.naive().write(changes);
    assertThat(to.tested().write(changes)).isEqualTo(removed).isLessThanOrEqualTo(removals);
  }

  private void remove(Random random, Publisher from, Medium medium) {
    long[] path =
        paths.isEmpty() || random.nextInt(20) == 0
            ? Chains.path(random, 10)
            : paths.get(random.nextInt(paths.size()));
    int count = 1 + random.nextInt(path.length);
    boolean tailFirst = random.nextBoolean();
    for (int i = 0; i < count; i++) {
      long key = path[tailFirst ? path.length - 1 - i : random.nextInt(path.length)];
      assertThat(from.tested().remove(key, medium)).isEqualTo(from.naive().remove(key, medium));
    }
  }

  private void compare(Random random, int slots, int longest, int tags, String when) {
    PrefixMatch expected = new PrefixMatch();
    PrefixMatch actual = new PrefixMatch();
    for (int i = 0; i < 6; i++) {
      long[] path =
          i < 2 || paths.isEmpty()
              ? Chains.path(random, longest)
              : paths.get(random.nextInt(paths.size()));
      int asked = random.nextInt(5) == 0 ? Math.max(1, slots / 2) : slots;
      int tag = random.nextInt(tags);
      expected.reset(asked);
      naive.match(Chains.prompt(path), tag, expected);
      actual.reset(asked);
      index.match(Chains.prompt(path), tag, actual);
      for (int slot = 0; slot < asked; slot++) {
        String what = when + ", slot " + slot;
        assertThat(actual.tokens(slot)).as(what).isEqualTo(expected.tokens(slot));
        assertThat(actual.held(slot)).as(what).isEqualTo(expected.held(slot));
        assertThat(actual.rank(slot)).as(what).isEqualTo(expected.rank(slot));
      }
    }
    assertThat(index.stats().holderBlocks()).as(when).isEqualTo(naive.holderBlocks());
    if (index.stats().unswept() == 0) {
      assertThat(index.stats().blocks()).as(when).isEqualTo(naive.keys());
    }
  }
}

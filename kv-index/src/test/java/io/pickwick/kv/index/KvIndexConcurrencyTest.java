package io.pickwick.kv.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.kv.event.Medium;
import io.pickwick.kv.hash.PromptKeys;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

/** Readers beside writers: whatever is read must have been true at some moment of the call. */
class KvIndexConcurrencyTest {
  private static final int BLOCKS = 300;

  private record Publisher(RankBlocks rank, int family) {}

  private final KvIndex index = new KvIndex(MediumWeights.standard(), Long.MAX_VALUE);

  private static void run(List<Callable<Long>> tasks) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(tasks.size())) {
      List<Future<Long>> runs = new ArrayList<>();
      for (Callable<Long> task : tasks) {
        runs.add(threads.submit(task));
      }
      for (Future<Long> run : runs) {
        assertThat(run.get(60, TimeUnit.SECONDS)).isPositive();
      }
    }
  }

  private static PrefixMatch match(KvIndex index, int slots, PromptKeys prompt, PrefixMatch match) {
    match.reset(slots);
    index.match(prompt, match);
    return match;
  }

  /**
   * Each writer grows its own copy of one chain block by block and then shrinks it again from the
   * tail. What readers see lies between what was there before and after they looked; of one that
   * shrinks all the time they may see less.
   */
  @Test
  void readsLieBetweenWhatWasThereBeforeAndAfter() throws Exception {
    int writers = 3;
    int rounds = 60;
    long[] chain = Chains.chain(1, BLOCKS);
    PromptKeys prompt = Chains.prompt(chain);
    AtomicIntegerArray sure = new AtomicIntegerArray(writers);
    AtomicIntegerArray possible = new AtomicIntegerArray(writers);
    AtomicIntegerArray phase = new AtomicIntegerArray(writers);
    AtomicInteger writing = new AtomicInteger(writers);
    List<Callable<Long>> tasks = new ArrayList<>();
    for (int writer = 0; writer < writers; writer++) {
      int slot = writer;
      RankBlocks rank = index.open(slot, 0);
      tasks.add(() -> {
        try {
          for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < BLOCKS; i++) {
              possible.set(slot, i + 1);
              rank.store(i == 0 ? 0 : chain[i - 1], new long[] {chain[i]}, 1, Medium.GPU, 0);
              sure.set(slot, i + 1);
            }
            phase.incrementAndGet(slot);
            for (int i = BLOCKS - 1; i >= 0; i--) {
              sure.set(slot, i);
              assertThat(rank.remove(chain[i], Medium.GPU)).isTrue();
              possible.set(slot, i);
            }
            phase.incrementAndGet(slot);
          }
          return (long) rounds;
        } finally {
          writing.decrementAndGet();
        }
      });
    }
    for (int reader = 0; reader < 2; reader++) {
      tasks.add(() -> {
        PrefixMatch match = new PrefixMatch();
        int[] least = new int[writers];
        int[] phases = new int[writers];
        int[] most = new int[writers];
        long reads = 1;
        while (writing.get() > 0) {
          for (int slot = 0; slot < writers; slot++) {
            phases[slot] = phase.get(slot);
            least[slot] = sure.get(slot);
            most[slot] = possible.get(slot);
          }
          match(index, writers, prompt, match);
          for (int slot = 0; slot < writers; slot++) {
            int upper = Math.max(most[slot], possible.get(slot));
            int lower = Math.min(least[slot], sure.get(slot));
            boolean growing = phases[slot] % 2 == 0;
            if (phase.get(slot) == phases[slot]) {
              assertThat(match.held(slot) / 16)
                  .as("slot %d", slot)
                  .isBetween(growing ? lower : 0, upper);
            }
          }
          reads++;
        }
        return reads;
      });
    }
    run(tasks);
    assertThat(index.stats().blocks()).isZero();
  }

  /**
   * A writer holds one block of a chain at a time, or all but one, so that no two neighbours ever
   * are there together beyond the first gap.
   */
  @Test
  void blocksThatWereNeverThereTogetherAreNeverSeenTogether() throws Exception {
    long[] chain = Chains.chain(1, 8);
    PromptKeys prompt = Chains.prompt(chain);
    RankBlocks rank = index.open(0, 0);
    RankBlocks other = index.open(1, 0);
    other.store(0, chain, chain.length, Medium.GPU, 0);
    AtomicBoolean writing = new AtomicBoolean(true);
    Callable<Long> writer =
        () -> {
          try {
            for (int round = 0; round < 60_000; round++) {
              int at = round % chain.length;
              rank.store(0, new long[] {chain[at]}, 1, Medium.GPU, 0);
              assertThat(rank.remove(chain[at], Medium.GPU)).isTrue();
            }
            return 1L;
          } finally {
            writing.set(false);
          }
        };
    Callable<Long> reader =
        () -> {
          PrefixMatch match = new PrefixMatch();
          while (writing.get()) {
            match(index, 2, prompt, match);
            assertThat(match.held(0)).isLessThanOrEqualTo(16);
          }
          return 1L;
        };
    run(List.of(writer, reader, reader));
  }

  /** A clear takes everything at once, and nothing of before it is seen after it. */
  @Test
  void case14ClearIsAtomicForReaders() throws Exception {
    long[] always = Chains.chain(1, BLOCKS);
    AtomicInteger stage = new AtomicInteger();
    AtomicBoolean writing = new AtomicBoolean(true);
    int rounds = 3000;
    Callable<Long> writer =
        () -> {
          RankBlocks rank = index.open(0, 0);
          try {
            for (int round = 0; round < rounds; round++) {
              rank.store(0, Chains.chain(-round, 20), 20, Medium.GPU, 0);
              rank.store(0, always, BLOCKS, Medium.GPU, 0);
              stage.incrementAndGet();
              if (round % 2 == 0) {
                rank.clear();
              } else {
                rank.close();
                rank = index.open(0, 0);
              }
              stage.incrementAndGet();
            }
            return 1L;
          } finally {
            writing.set(false);
          }
        };
    Callable<Long> reader =
        () -> {
          PrefixMatch match = new PrefixMatch();
          while (writing.get()) {
            int now = stage.get();
            int gone = now / 2 - 1;
            if (gone >= 0) {
              match(index, 1, Chains.prompt(Chains.chain(-gone, 20)), match);
              assertThat(match.held(0)).isZero();
            }
            now = stage.get();
            match(index, 1, Chains.prompt(always), match);
            if (now % 2 == 1 && stage.get() == now) {
              assertThat(match.held(0)).isIn(0, BLOCKS * 16);
            }
          }
          return 1L;
        };
    run(List.of(writer, reader, reader));
  }

  /** Publishers come, store, remove, clear and go at random around one that rests. */
  @Test
  void case24WhatRestsIsNeverLostAndWhatIsGoneNeverSeen() throws Exception {
    Soak soak = new Soak();
    while (soak.goesOn()) {
      comeAndGo(soak.round());
    }
  }

  private void comeAndGo(int round) throws Exception {
    int writers = 3;
    int slots = 64;
    int families = 3;
    long[] resting = Chains.chain(-1, BLOCKS);
    PromptKeys restingPrompt = Chains.prompt(resting);
    RankBlocks rests = index.open(slots, 0);
    rests.store(0, resting, BLOCKS, Medium.GPU, 0);
    AtomicInteger writing = new AtomicInteger(writers);
    List<Callable<Long>> tasks = new ArrayList<>();
    for (int writer = 0; writer < writers; writer++) {
      int number = writer;
      tasks.add(() -> {
        Random random = new Random(31L * round + number);
        List<Publisher> ranks = new ArrayList<>();
        try {
          for (int step = 0; step < 8000; step++) {
            if (ranks.size() < 10) {
              int slot = random.nextInt(slots);
              ranks.add(new Publisher(index.open(slot, number), slot % families));
            }
            Publisher publisher = ranks.get(random.nextInt(ranks.size()));
            RankBlocks rank = publisher.rank();
            long[] keys = Chains.chain(publisher.family() + families * random.nextInt(30), 40);
            int kind = random.nextInt(100);
            if (kind < 2) {
              rank.close();
              ranks.remove(publisher);
            } else if (kind < 4) {
              rank.clear();
            } else if (kind < 50) {
              BlockChanges changes = new BlockChanges();
              for (int i = keys.length - 1; i >= random.nextInt(keys.length); i--) {
                changes.remove(keys[i], Medium.GPU);
              }
              rank.write(changes);
            } else if (kind < 60) {
              int count = 1 + random.nextInt(BLOCKS);
              RankBlocks passing = index.open(slots + 1 + number, 0);
              passing.store(0, resting, count, Medium.CPU, 0);
              passing.close();
            } else {
              rank.store(0, keys, 1 + random.nextInt(keys.length), Medium.GPU, 0);
            }
          }
          ranks.forEach(publisher -> publisher.rank().close());
          return 1L;
        } finally {
          writing.decrementAndGet();
        }
      });
    }
    for (int reader = 0; reader < 2; reader++) {
      Random random = new Random(31L * round + 100 + reader);
      tasks.add(() -> {
        PrefixMatch match = new PrefixMatch();
        long reads = 1;
        while (writing.get() > 0) {
          match(index, slots + 1, restingPrompt, match);
          for (int slot = 0; slot <= slots; slot++) {
            assertThat(match.held(slot)).isEqualTo(slot == slots ? BLOCKS * 16 : 0);
          }
          int name = random.nextInt(families * 30);
          match(index, slots + 1, Chains.prompt(Chains.chain(name, 40)), match);
          for (int slot = 0; slot <= slots; slot++) {
            if (slot % families != name % families || slot == slots) {
              assertThat(match.held(slot)).as("slot %d of %d", slot, name).isZero();
            }
          }
          reads++;
        }
        return reads;
      });
    }
    run(tasks);

    while (index.sweep(10_000)) {
      assertThat(index.stats().unswept()).isPositive();
    }
    assertThat(index.stats().blocks()).isEqualTo(BLOCKS);
    assertThat(index.stats().holderBlocks()).isEqualTo(BLOCKS);
    rests.close();
    while (index.sweep(10_000)) {
      assertThat(index.stats().unswept()).isPositive();
    }
    IndexStats after = index.stats();
    assertThat(after).isEqualTo(new IndexStats(0, 0, after.bytes(), 0, 0, 0));
    // The list of publishers does not shrink; nothing else is left, however many rounds there were.
    assertThat(after.bytes()).isLessThan(1 << 16);
  }
}

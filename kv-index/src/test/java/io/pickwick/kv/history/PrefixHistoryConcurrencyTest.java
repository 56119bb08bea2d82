package io.pickwick.kv.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.PrefixMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Readers beside writers: what they see must have been true. */
class PrefixHistoryConcurrencyTest {
  private static final int SLOTS = 96;
  private static final int PINNED = 41;
  private static final int FAMILIES = 3;
  private static final int WRITERS = 2;
  private static final int READERS = 2;
  private static final int WRITES = 30_000;

  private final PrefixHistory history = new PrefixHistory(16, 300);
  private final PromptKeys pinned = prompt(FAMILIES, 1, 60);

  /**
   * A slot only ever gets prompts of its own family, and one slot holds a prompt of which nothing
   * is ever evicted. Everything around them grows, shrinks and moves.
   */
  @Test
  void readersNeverSeeWhatNobodyRecordedNorMissWhatNobodyEvicted() throws Exception {
    history.record(PINNED, pinned);
    AtomicInteger writing = new AtomicInteger(WRITERS);
    List<Callable<Long>> tasks = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      Random random = new Random(i);
      tasks.add(() -> write(random, writing));
    }
    for (int i = 0; i < READERS; i++) {
      Random random = new Random(100 + i);
      tasks.add(() -> read(random, writing));
    }

    try (ExecutorService threads = Executors.newFixedThreadPool(tasks.size())) {
      List<Future<Long>> runs = new ArrayList<>();
      for (Callable<Long> task : tasks) {
        runs.add(threads.submit(task));
      }
      for (Future<Long> run : runs) {
        assertThat(run.get(60, TimeUnit.SECONDS)).isPositive();
      }
    }

    for (int slot = 0; slot < SLOTS; slot++) {
      history.forget(slot);
    }
    PrefixMatch match = new PrefixMatch();
    for (int name = 0; name < 40; name++) {
      for (int family = 0; family <= FAMILIES; family++) {
        match.reset(SLOTS);
        history.match(prompt(family, name, 60), match);
        for (int slot = 0; slot < SLOTS; slot++) {
          assertThat(match.tokens(slot)).isZero();
        }
      }
    }
    assertThat(history.bytes()).isZero();
  }

  private long write(Random random, AtomicInteger writing) {
    try {
      for (int i = 0; i < WRITES; i++) {
        int slot = random.nextInt(SLOTS);
        if (slot == PINNED) {
          history.record(PINNED, pinned);
        } else if (random.nextInt(50) == 0) {
          history.forget(slot);
        } else {
          history.record(slot, prompt(slot % FAMILIES, random.nextInt(40), 1 + random.nextInt(60)));
        }
      }
      return WRITES;
    } finally {
      writing.decrementAndGet();
    }
  }

  private long read(Random random, AtomicInteger writing) {
    PrefixMatch match = new PrefixMatch();
    long reads = 0;
    while (writing.get() > 0) {
      match.reset(SLOTS);
      history.match(pinned, match);
      for (int slot = 0; slot < SLOTS; slot++) {
        assertThat(match.tokens(slot)).isEqualTo(slot == PINNED ? pinned.tokensIn(60) : 0);
      }
      int family = random.nextInt(FAMILIES);
      PromptKeys prompt = prompt(family, random.nextInt(40), 60);
      match.reset(SLOTS);
      history.match(prompt, match);
      for (int slot = 0; slot < SLOTS; slot++) {
        if (slot % FAMILIES != family || slot == PINNED) {
          assertThat(match.tokens(slot)).as("slot %d, family %d", slot, family).isZero();
        }
      }
      reads++;
    }
    return reads;
  }

  /** All prompts of a family share their first blocks. */
  private static PromptKeys prompt(int family, int name, int blocks) {
    long[] keys = new long[blocks];
    long key = family;
    for (int i = 0; i < blocks; i++) {
      key = Prompts.next(key, i < 10 ? 1000 : name);
      keys[i] = key;
    }
    return Prompts.prompt(keys, blocks);
  }
}

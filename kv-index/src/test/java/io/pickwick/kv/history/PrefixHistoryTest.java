package io.pickwick.kv.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.PrefixMatch;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PrefixHistoryTest {
  private static final int BLOCK_TOKENS = 16;

  private final PrefixMatch match = new PrefixMatch();

  @Test
  void agreesWithTheNaiveHistoryUnderAnyOrderOfCalls() {
    for (long seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      int defaultCapacity = random.nextInt(200);
      Prompts prompts = new Prompts(2 + random.nextInt(2), 30 + random.nextInt(50), 8);
      int slots = 1 + random.nextInt(seed % 4 == 0 ? 200 : 6);
      compare(seed, random, prompts, slots, defaultCapacity, 200);
    }
  }

  @Test
  void agreesWithTheNaiveHistoryWhenItsTablesGrowAndShrink() {
    for (long seed = 1_000; seed < 1_006; seed++) {
      compare(seed, new Random(seed), new Prompts(1_000, 300, 200), 70, 3_000, 1_500);
    }
  }

  private void compare(
      long seed, Random random, Prompts prompts, int slots, int defaultCapacity, int calls) {
    PrefixHistory history = new PrefixHistory(BLOCK_TOKENS, defaultCapacity);
    NaiveHistory naive = new NaiveHistory(BLOCK_TOKENS, defaultCapacity);
    for (int call = 0; call < calls; call++) {
      int slot = random.nextInt(slots);
      switch (random.nextInt(20)) {
        case 0 -> {
          history.forget(slot);
          naive.forget(slot);
        }
        case 1 -> {
          int capacity = random.nextInt(2 * defaultCapacity + 1);
          history.capacity(slot, capacity);
          naive.capacity(slot, capacity);
        }
        default -> {
          PromptKeys prompt = prompts.any(random);
          history.record(slot, prompt);
          naive.record(slot, prompt);
        }
      }
      PromptKeys asked = prompts.any(random);
      int counted = random.nextInt(slots + 10);
      match.reset(counted);
      history.match(asked, match);
      for (int other = 0; other < counted; other++) {
        int expected = naive.match(other, asked);
        if (match.tokens(other) != expected) {
          assertThat(match.tokens(other))
              .as("seed %d, call %d, slot %d, %s", seed, call, other, asked)
              .isEqualTo(expected);
        }
      }
      assertThat(history.blocks(slot))
          .as("seed %d, call %d", seed, call)
          .isEqualTo(naive.blocks(slot));
    }
  }

  @Test
  void aFreshHistoryKnowsNothing() {
    PrefixHistory history = new PrefixHistory(BLOCK_TOKENS, PrefixHistory.DEFAULT_CAPACITY);
    match.reset(1_000);
    history.match(prompt(1, 10), match);

    assertThat(match.tokens(999)).isZero();
    assertThat(history.blocks(999)).isZero();
    assertThat(history.bytes()).isZero();
    history.forget(999);
    assertThat(history.bytes()).isZero();
  }

  @Test
  void anEmptyPromptLeavesNoTrace() {
    PrefixHistory history = new PrefixHistory(BLOCK_TOKENS, 100);
    history.record(5, PromptKeys.NONE);
    match.reset(6);
    history.match(PromptKeys.NONE, match);

    assertThat(match.tokens(5)).isZero();
    assertThat(history.blocks(5)).isZero();
  }

  @Test
  void ofAPromptLargerThanTheCapacityTheBeginningIsKept() {
    PrefixHistory history = new PrefixHistory(BLOCK_TOKENS, 7);
    history.record(0, prompt(1, 20));

    assertThat(matched(history, 0, prompt(1, 20))).isEqualTo(7 * BLOCK_TOKENS);
    assertThat(history.blocks(0)).isEqualTo(7);
  }

  @Test
  void theLeastRecentPromptLosesItsEndFirst() {
    PrefixHistory history = new PrefixHistory(BLOCK_TOKENS, 20);
    history.record(0, prompt(1, 8));
    history.record(0, prompt(2, 8));
    history.record(0, prompt(3, 10));

    assertThat(matched(history, 0, prompt(1, 8))).isEqualTo(2 * BLOCK_TOKENS);
    assertThat(matched(history, 0, prompt(2, 8))).isEqualTo(8 * BLOCK_TOKENS);
    assertThat(matched(history, 0, prompt(3, 10))).isEqualTo(10 * BLOCK_TOKENS);
  }

  @Test
  void aForgottenSlotStartsOverWithTheDefaultCapacity() {
    PrefixHistory history = new PrefixHistory(BLOCK_TOKENS, 10);
    history.capacity(3, 50);
    history.record(3, prompt(1, 40));
    history.record(4, prompt(1, 10));
    history.forget(3);

    assertThat(matched(history, 3, prompt(1, 40))).isZero();
    assertThat(matched(history, 4, prompt(1, 10))).isEqualTo(10 * BLOCK_TOKENS);
    history.record(3, prompt(1, 40));
    assertThat(history.blocks(3)).isEqualTo(10);
  }

  @Test
  void aCapacityOfZeroKeepsNothing() {
    PrefixHistory history = new PrefixHistory(BLOCK_TOKENS, 10);
    history.record(0, prompt(1, 5));
    history.capacity(0, 0);
    history.record(0, prompt(1, 5));

    assertThat(history.blocks(0)).isZero();
    assertThat(history.bytes()).isZero();
  }

  @Test
  void negativeCapacitiesAndEmptyBlocksAreRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> new PrefixHistory(0, 10));
    assertThatIllegalArgumentException().isThrownBy(() -> new PrefixHistory(16, -1));
    PrefixHistory history = new PrefixHistory(BLOCK_TOKENS, 10);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> history.capacity(0, -1))
        .withMessageContaining("-1");
  }

  @Test
  void memoryPerBlockIsBoundedAlsoWhereEndpointsShareNothing() {
    int endpoints = 64;
    int capacity = 5_000;
    PrefixHistory history = new PrefixHistory(BLOCK_TOKENS, capacity);
    for (int round = 0; round < 3; round++) {
      for (int slot = 0; slot < endpoints; slot++) {
        for (int part = 0; part < 10; part++) {
          history.record(slot, prompt(((slot * 10) + part) * 3 + round, 500));
        }
      }
    }

    long held = 0;
    for (int slot = 0; slot < endpoints; slot++) {
      held += history.blocks(slot);
    }
    assertThat(held).isEqualTo((long) endpoints * capacity);
    assertThat((double) history.bytes() / held).isLessThanOrEqualTo(60);
    for (int slot = 0; slot < endpoints; slot++) {
      history.forget(slot);
    }
    assertThat(history.bytes()).isZero();
  }

  @Test
  void keysThatBreakTheChainRuleDoNotBreakTheTables() {
    for (long seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      PrefixHistory history = new PrefixHistory(BLOCK_TOKENS, 40);
      for (int call = 0; call < 500; call++) {
        int count = 1 + random.nextInt(30);
        long[] keys = random.longs(count, 0, 60).toArray();
        history.record(random.nextInt(3), Prompts.prompt(keys, count));
        for (int slot = 0; slot < 3; slot++) {
          assertThat(history.blocks(slot)).as("seed %d", seed).isBetween(0, 40);
        }
      }
      for (int slot = 0; slot < 3; slot++) {
        history.forget(slot);
      }
      assertThat(history.bytes()).as("seed %d", seed).isZero();
    }
  }

  private int matched(PrefixHistory history, int slot, PromptKeys prompt) {
    match.reset(slot + 1);
    history.match(prompt, match);
    return match.tokens(slot);
  }

  private static PromptKeys prompt(long name, int blocks) {
    long[] keys = new long[blocks];
    long key = name;
    for (int i = 0; i < blocks; i++) {
      key = Prompts.next(key, 1);
      keys[i] = key;
    }
    return Prompts.prompt(keys, blocks);
  }
}

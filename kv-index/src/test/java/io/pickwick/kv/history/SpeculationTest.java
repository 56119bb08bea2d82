package io.pickwick.kv.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.PrefixMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpeculationTest {
  private static final long TTL = 2_000;
  private static final int BLOCK = 16;

  private long now;
  private final Speculation speculation = new Speculation(TTL, 1 << 20, () -> now);

  /** The first {@code blocks} blocks of a conversation that forks off another at some block. */
  private static PromptKeys prompt(long conversation, long parent, int fork, int blocks) {
    long[] keys = new long[blocks];
    int[] ends = new int[blocks];
    for (int i = 0; i < blocks; i++) {
      long of = i < fork ? parent : conversation + 1_000 * (fork + 1_000 * parent);
      keys[i] = PromptKeys.separated(of, i + 1);
      ends[i] = (i + 1) * BLOCK;
    }
    return new PromptKeys(keys, blocks, ends, blocks * BLOCK + 3);
  }

  private static PromptKeys prompt(long conversation, int blocks) {
    return prompt(conversation, 0, 0, blocks);
  }

  private int tokens(int slot, PromptKeys prompt) {
    PrefixMatch match = new PrefixMatch();
    match.reset(8);
    speculation.match(prompt, match);
    return match.tokens(slot);
  }

  @Test
  void aPromptCountsForItsEndpointAtOnceAndUntilItExpires() {
    speculation.record(3, prompt(1, 5));
    assertThat(tokens(3, prompt(1, 9))).isEqualTo(5 * BLOCK);
    assertThat(tokens(2, prompt(1, 9))).isZero();
    now += TTL - 1;
    assertThat(tokens(3, prompt(1, 9))).isEqualTo(5 * BLOCK);
    now++;
    assertThat(tokens(3, prompt(1, 9))).isZero();
    assertThat(speculation.size()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8, 100, 255, 256, 257, 262, 263, 264, 265, 4096})
  void aLongPromptMatchesNeverTooLongAndAtMostSevenBlocksShort(int blocks) {
    speculation.record(0, prompt(1, blocks));
    int matched = tokens(0, prompt(1, blocks + 50)) / BLOCK;
    assertThat(matched).isBetween(blocks - 7, blocks);
    assertThat(tokens(0, prompt(2, 1, Math.max(0, blocks / 2), blocks)) / BLOCK)
        .isLessThanOrEqualTo(blocks / 2);
  }

  @Test
  void overlappingPromptsExpireAlone() {
    speculation.record(1, prompt(1, 6));
    now += 1_000;
    Speculation.Sent second = speculation.record(1, prompt(1, 4));
    now += 1_000;
    assertThat(tokens(1, prompt(1, 6))).isEqualTo(4 * BLOCK);
    speculation.withdraw(second);
    speculation.withdraw(second);
    assertThat(tokens(1, prompt(1, 6))).isZero();
    assertThat(speculation.size()).isZero();
  }

  @Test
  void aSlotThatIsForgottenLeavesTheOthersAlone() {
    speculation.record(1, prompt(1, 30));
    speculation.record(2, prompt(1, 30));
    speculation.forget(1);
    assertThat(tokens(1, prompt(1, 30))).isZero();
    assertThat(tokens(2, prompt(1, 30))).isPositive();
  }

  @Test
  void moreThanItMayKeepDoesNotCount() {
    Speculation small = new Speculation(TTL, 4, () -> now);
    small.record(0, prompt(1, 6));
    Speculation.Sent refused = small.record(1, prompt(2, 6));
    small.withdraw(refused);
    PrefixMatch match = new PrefixMatch();
    match.reset(2);
    small.match(prompt(2, 6), match);
    assertThat(match.tokens(1)).isZero();
    assertThat(small.size()).isEqualTo(6);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void randomPromptsAreKnownAsANaiveListKnowsThem(long seed) {
    Random random = new Random(seed);
    record Known(int slot, PromptKeys prompt, long expires, Speculation.Sent sent) {}
    List<Known> known = new ArrayList<>();
    for (int step = 0; step < 4_000; step++) {
      now += random.nextInt(20);
      known.removeIf(one -> one.expires <= now);
      PromptKeys prompt =
          prompt(random.nextInt(30), random.nextInt(3), random.nextInt(40), random.nextInt(300));
      int slot = random.nextInt(8);
      switch (random.nextInt(10)) {
        case 0 -> {
          speculation.forget(slot);
          known.removeIf(one -> one.slot == slot);
        }
        case 1 -> {
          if (!known.isEmpty()) {
            speculation.withdraw(known.remove(random.nextInt(known.size())).sent);
          }
        }
        default -> known.add(new Known(slot, prompt, now + TTL, speculation.record(slot, prompt)));
      }
      PromptKeys asked =
          prompt(random.nextInt(30), random.nextInt(3), random.nextInt(40), random.nextInt(300));
      PrefixMatch match = new PrefixMatch();
      match.reset(8);
      speculation.match(asked, match);
      for (int i = 0; i < 8; i++) {
        int at = i;
        int longest =
            known.stream()
                .filter(one -> one.slot == at)
                .mapToInt(one -> shared(one.prompt, asked))
                .max()
                .orElse(0);
        int told = match.tokens(i) / BLOCK;
        assertThat(told).as("seed %d, step %d", seed, step).isBetween(longest - 7, longest);
        assertThat(Math.min(told, 256)).isEqualTo(Math.min(longest, 256));
      }
    }
  }

  private static int shared(PromptKeys one, PromptKeys other) {
    int blocks = 0;
    while (blocks < Math.min(one.count(), other.count()) && one.key(blocks) == other.key(blocks)) {
      blocks++;
    }
    return blocks;
  }
}

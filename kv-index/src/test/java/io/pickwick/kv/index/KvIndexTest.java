package io.pickwick.kv.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pickwick.kv.event.Medium;
import io.pickwick.kv.hash.PromptKeys;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the index must get right, by the names of the accidents that peers had. */
class KvIndexTest {
  private static final int TOKENS = 16;
  private static final int SLOTS = 8;

  private final KvIndex index = new KvIndex(MediumWeights.standard(), Long.MAX_VALUE, 1);
  private final long[] chain = Chains.chain(1, 40);

  private static void store(RankBlocks rank, long... keys) {
    store(rank, Medium.GPU, keys);
  }

  private static void store(RankBlocks rank, Medium medium, long... keys) {
    rank.store(0, keys, keys.length, medium, 0);
  }

  private PrefixMatch match(int slots, long tag, PromptKeys prompt) {
    PrefixMatch match = new PrefixMatch();
    match.reset(slots);
    index.match(prompt, tag, match);
    return match;
  }

  private int blocks(int slot, long... keys) {
    return match(SLOTS, 0, Chains.prompt(keys)).held(slot) / TOKENS;
  }

  /** Orders in which an engine may remove a chain. */
  enum Order {
    TAIL_FIRST,
    HEAD_FIRST,
    RANDOM;

    List<Integer> of(int count) {
      List<Integer> order = new ArrayList<>(IntStream.range(0, count).boxed().toList());
      switch (this) {
        case TAIL_FIRST -> Collections.reverse(order);
        case HEAD_FIRST -> {}
        case RANDOM -> Collections.shuffle(order, new Random(5));
      }
      return order;
    }
  }

  @Test
  void case4LongerPromptMatchesWhatIsStoredAndDivergingOneUpToThere() {
    store(index.open(0, 0), chain);
    RankBlocks other = index.open(1, 0);
    store(other, Chains.chain(2, 40));

    long[] longer = Arrays.copyOf(chain, 45);
    Arrays.setAll(longer, i -> i < 40 ? chain[i] : 1000 + i);
    assertThat(blocks(0, longer)).isEqualTo(40);
    assertThat(blocks(1, longer)).isZero();
    for (int at = 0; at < chain.length; at++) {
      long[] diverging = chain.clone();
      diverging[at] = 7;
      assertThat(blocks(0, diverging)).isEqualTo(at);
    }
    assertThat(blocks(0)).isZero();
  }

  @Test
  void case5RemovedBlockHidesItsDescendantsUntilItComesBack() {
    RankBlocks rank = index.open(0, 0);
    store(rank, chain);
    for (int at = 0; at < chain.length; at++) {
      assertThat(rank.remove(chain[at], Medium.GPU)).isTrue();
      assertThat(blocks(0, chain)).isEqualTo(at);
      rank.store(at == 0 ? 0 : chain[at - 1], new long[] {chain[at]}, 1, Medium.GPU, 0);
      assertThat(blocks(0, chain)).isEqualTo(40);
    }
  }

  @ParameterizedTest
  @EnumSource
  void case5RemovalOfAllIsExactAfterEveryStep(Order order) {
    RankBlocks rank = index.open(0, 0);
    store(rank, chain);
    boolean[] held = new boolean[chain.length];
    Arrays.fill(held, true);
    for (int at : order.of(chain.length)) {
      assertThat(rank.remove(chain[at], Medium.GPU)).isTrue();
      held[at] = false;
      int run = 0;
      while (run < held.length && held[run]) {
        run++;
      }
      assertThat(blocks(0, chain)).isEqualTo(run);
    }
    assertThat(index.stats().blocks()).isZero();
    assertThat(index.stats().sets()).isZero();
  }

  @Test
  void case6SecondCopyOutlivesTheRemovalOfOne() {
    RankBlocks rank = index.open(0, 0);
    store(rank, chain);
    store(rank, chain);
    assertThat(rank.blocks()).isEqualTo(40);
    assertThat(rank.remove(chain[3], Medium.GPU)).isTrue();
    assertThat(blocks(0, chain)).isEqualTo(40);
    assertThat(rank.remove(chain[3], Medium.GPU)).isTrue();
    assertThat(blocks(0, chain)).isEqualTo(3);
  }

  @Test
  void case6SurplusRemovalsAreNotRemembered() {
    RankBlocks rank = index.open(0, 0);
    store(rank, chain);
    assertThat(rank.remove(chain[3], Medium.GPU)).isTrue();
    assertThat(rank.remove(chain[3], Medium.GPU)).isFalse();
    assertThat(rank.remove(chain[3], Medium.GPU)).isFalse();
    store(rank, chain[3]);
    assertThat(blocks(0, chain)).isEqualTo(40);
    assertThat(rank.blocks()).isEqualTo(40);
  }

  @Test
  void reportOfWhatIsHeldAddsNoCopy() {
    RankBlocks rank = index.open(0, 0);
    store(rank, chain);
    rank.report(0, chain, chain.length, Medium.GPU, 0);
    assertThat(rank.remove(chain[3], Medium.GPU)).isTrue();
    assertThat(blocks(0, chain)).isEqualTo(3);
    rank.report(0, chain, chain.length, Medium.GPU, 0);
    assertThat(blocks(0, chain)).isEqualTo(40);
    assertThat(rank.remove(chain[3], Medium.GPU)).isTrue();
    assertThat(rank.remove(chain[3], Medium.GPU)).isFalse();
  }

  @Test
  void copiesOfOneHolderAreNotThoseOfAnother() {
    RankBlocks one = index.open(0, 0);
    RankBlocks other = index.open(1, 0);
    store(one, chain);
    store(one, chain);
    store(other, chain);
    assertThat(other.remove(chain[0], Medium.GPU)).isTrue();
    assertThat(blocks(1, chain)).isZero();
    one.clear();
    store(one, chain);
    assertThat(one.remove(chain[0], Medium.GPU)).isTrue();
    assertThat(blocks(0, chain)).isZero();
  }

  @Test
  void case7EachMediumHasItsWeightAndTheBestOneCounts() {
    RankBlocks rank = index.open(0, 0);
    store(rank, Medium.GPU, chain);
    store(rank, Medium.CPU, chain);
    PromptKeys prompt = Chains.prompt(chain);
    assertThat(match(SLOTS, 0, prompt).tokens(0)).isEqualTo(40 * TOKENS);
    for (int at = 0; at < 10; at++) {
      rank.remove(chain[at], Medium.GPU);
    }
    PrefixMatch match = match(SLOTS, 0, prompt);
    assertThat(match.tokens(0)).isEqualTo(30 * TOKENS + 8 * TOKENS);
    assertThat(match.held(0)).isEqualTo(40 * TOKENS);
    rank.remove(chain[4], Medium.CPU);
    assertThat(match(SLOTS, 0, prompt).held(0)).isEqualTo(4 * TOKENS);
    assertThat(match(SLOTS, 0, prompt).tokens(0)).isEqualTo(51);
  }

  @Test
  void case7UnknownMediumDoesNotCountAsTheEnginesOwn() {
    store(index.open(0, 0), Medium.OTHER, chain);
    PrefixMatch match = match(SLOTS, 0, Chains.prompt(chain));
    assertThat(match.tokens(0)).isEqualTo(40 * TOKENS / 2);
    assertThat(match.held(0)).isEqualTo(40 * TOKENS);
  }

  @Test
  void case8RemovalFromOneEndpointLeavesTheOther() {
    RankBlocks one = index.open(0, 0);
    RankBlocks other = index.open(1, 0);
    store(one, chain);
    store(other, chain);
    for (long key : chain) {
      one.remove(key, Medium.GPU);
    }
    assertThat(blocks(0, chain)).isZero();
    assertThat(blocks(1, chain)).isEqualTo(40);
    one.close();
    assertThat(blocks(1, chain)).isEqualTo(40);
  }

  @Test
  void case9ThousandHoldersAreAllTold() {
    List<RankBlocks> ranks = IntStream.range(0, 1000).mapToObj(i -> index.open(i, 0)).toList();
    ranks.forEach(rank -> store(rank, chain));
    PrefixMatch match = match(1000, 0, Chains.prompt(chain));
    for (int slot = 0; slot < 1000; slot++) {
      assertThat(match.tokens(slot)).isEqualTo(40 * TOKENS);
    }
    assertThat(index.stats().blocks()).isEqualTo(40);
    assertThat(index.stats().holderBlocks()).isEqualTo(40_000);
    assertThat(index.stats().sets()).isOne();
  }

  private int blocks(int slot, long tag, long[] keys) {
    return match(SLOTS, tag, Chains.prompt(keys)).held(slot) / TOKENS;
  }

  @Test
  void case10EqualKeysUnderTwoTagsAreEachHoldersOwn() {
    RankBlocks one = index.open(0, 0);
    RankBlocks other = index.open(1, 0);
    one.store(0, chain, chain.length, Medium.GPU, 1);
    other.store(0, chain, chain.length, Medium.GPU, 0);
    assertThat(blocks(0, 1, chain)).isEqualTo(40);
    assertThat(blocks(0, 0, chain)).isZero();
    assertThat(blocks(1, 0, chain)).isEqualTo(40);
    assertThat(blocks(1, 1, chain)).isZero();
    assertThat(match(SLOTS, 2, Chains.prompt(chain)).held(0)).isZero();

    other.remove(chain[5], Medium.GPU);
    assertThat(blocks(0, 1, chain)).isEqualTo(40);
    assertThat(blocks(1, 0, chain)).isEqualTo(5);
  }

  @Test
  void case10KeyThatItsHolderTellsUnderTwoTagsAnswersToNoneUntilGone() {
    RankBlocks rank = index.open(0, 0);
    rank.store(0, chain, chain.length, Medium.GPU, 1);
    rank.store(0, chain, chain.length, Medium.GPU, 1);
    rank.store(chain[4], new long[] {chain[5]}, 1, Medium.GPU, 2);
    rank.report(chain[6], new long[] {chain[7]}, 1, Medium.GPU, 2);
    assertThat(blocks(0, 1, chain)).isEqualTo(5);
    assertThat(blocks(0, 2, new long[] {chain[5]})).isZero();
    assertThat(rank.blocks()).isEqualTo(40);

    for (int copy = 0; copy < 3; copy++) {
      assertThat(blocks(0, 1, chain)).isEqualTo(5);
      assertThat(rank.remove(chain[5], Medium.GPU)).isTrue();
    }
    assertThat(rank.remove(chain[5], Medium.GPU)).isFalse();
    rank.store(chain[4], new long[] {chain[5]}, 1, Medium.GPU, 1);
    assertThat(blocks(0, 1, chain)).isEqualTo(7);
  }

  @Test
  void attackOfOneThatTellsAPopularPromptUnderAllNamesHarmsOnlyItself() {
    for (int slot = 1; slot < SLOTS; slot++) {
      store(index.open(slot, 0), chain);
    }
    RankBlocks liar = index.open(0, 0);
    for (long tag = 0; tag < 5; tag++) {
      liar.store(0, chain, chain.length, Medium.GPU, tag);
      for (int slot = 1; slot < SLOTS; slot++) {
        assertThat(blocks(slot, 0, chain)).isEqualTo(40);
      }
      assertThat(blocks(0, tag, chain)).isEqualTo(tag == 0 ? 40 : 0);
    }
    assertThat(blocks(0, 0, chain)).isZero();
  }

  @Test
  void attackOfOneThatInventsNamesUsesUpItsOwn() {
    RankBlocks liar = index.open(0, 0);
    RankBlocks honest = index.open(1, 0);
    long[] block = new long[1];
    for (int name = 1; name <= 2 * Labels.MOST; name++) {
      block[0] = name;
      liar.store(0, block, 1, Medium.GPU, name);
      assertThat(blocks(0, name, block)).isEqualTo(name <= Labels.MOST ? 1 : 0);
    }
    assertThat(index.stats().refused()).isEqualTo(Labels.MOST);
    store(liar, chain);
    assertThat(blocks(0, 0, chain)).isEqualTo(40);
    honest.store(0, chain, chain.length, Medium.GPU, Labels.MOST + 1);
    assertThat(blocks(1, Labels.MOST + 1, chain)).isEqualTo(40);
  }

  @Test
  void namesWithoutBlocksComeBack() {
    RankBlocks rank = index.open(0, 0);
    long before = 0;
    for (int name = 1; name <= 10 * Labels.MOST; name++) {
      rank.store(0, chain, chain.length, Medium.GPU, name);
      assertThat(blocks(0, name, chain)).isEqualTo(40);
      assertThat(blocks(0, name - 1, chain)).isZero();
      if (name == 1) {
        before = index.stats().bytes();
      }
      if (name % 3 == 0) {
        rank.clear();
        while (index.sweep(1000)) {
          assertThat(index.stats().unswept()).isPositive();
        }
      } else {
        for (long key : chain) {
          assertThat(rank.remove(key, Medium.GPU)).isTrue();
        }
      }
    }
    assertThat(index.stats().refused()).isZero();
    assertThat(index.stats().bytes()).isLessThanOrEqualTo(before);
  }

  @Test
  void case10TagOfThoseWhoWereClearedDoesNotHide() {
    RankBlocks one = index.open(0, 0);
    one.store(0, chain, chain.length, Medium.GPU, 1);
    one.clear();
    index.open(1, 0).store(0, chain, chain.length, Medium.GPU, 2);
    assertThat(match(SLOTS, 2, Chains.prompt(chain)).held(1)).isEqualTo(40 * TOKENS);
  }

  @Test
  void case12EachPromptCountsInItsOwnBlocksAndTokens() {
    store(index.open(0, 0), chain);
    long[] large = Chains.chain(9, 10);
    store(index.open(1, 0), large);
    assertThat(match(SLOTS, 0, Chains.prompt(16, chain)).tokens(0)).isEqualTo(640);
    assertThat(match(SLOTS, 0, Chains.prompt(16, chain)).tokens(1)).isZero();
    assertThat(match(SLOTS, 0, Chains.prompt(64, large)).tokens(1)).isEqualTo(640);
    assertThat(match(SLOTS, 0, Chains.prompt(64, large)).tokens(0)).isZero();
  }

  @Test
  void case13RanksOfAnEndpointAreApartAndTheBestCounts() {
    RankBlocks zero = index.open(3, 0);
    RankBlocks one = index.open(3, 1);
    store(zero, Arrays.copyOf(chain, 10));
    store(one, chain);
    PromptKeys prompt = Chains.prompt(chain);
    assertThat(match(SLOTS, 0, prompt).tokens(3)).isEqualTo(640);
    assertThat(match(SLOTS, 0, prompt).rank(3)).isOne();
    one.clear();
    assertThat(match(SLOTS, 0, prompt).tokens(3)).isEqualTo(160);
    assertThat(match(SLOTS, 0, prompt).rank(3)).isZero();
    zero.clear();
    assertThat(match(SLOTS, 0, prompt).rank(3)).isEqualTo(-1);
  }

  @Test
  void case13PrefixSpreadOverTwoRanksIsHeldByNeither() {
    store(index.open(3, 0), Arrays.copyOf(chain, 10));
    store(index.open(3, 1), Arrays.copyOfRange(chain, 10, 40));
    assertThat(blocks(3, chain)).isEqualTo(10);
  }

  @Test
  void case14OnlyWhatCameAfterTheClearRemains() {
    RankBlocks rank = index.open(0, 0);
    long[] second = Chains.chain(2, 40);
    store(rank, chain);
    rank.clear();
    store(rank, second);
    assertThat(blocks(0, chain)).isZero();
    assertThat(blocks(0, second)).isEqualTo(40);
    assertThat(rank.blocks()).isEqualTo(40);
    assertThat(rank.remove(chain[0], Medium.GPU)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE, Long.MAX_VALUE})
  void anyKeyIsLegal(long key) {
    RankBlocks rank = index.open(0, 0);
    store(rank, key, 5);
    assertThat(blocks(0, key, 5)).isEqualTo(2);
    assertThat(rank.remove(key, Medium.GPU)).isTrue();
    assertThat(blocks(0, key, 5)).isZero();
  }

  @Test
  void case23BlocksOfAnUnknownParentAreFoundOnceItIsThere() {
    RankBlocks rank = index.open(0, 0);
    rank.store(chain[9], Arrays.copyOfRange(chain, 10, 40), 30, Medium.GPU, 0);
    assertThat(blocks(0, chain)).isZero();
    store(rank, Arrays.copyOf(chain, 10));
    assertThat(blocks(0, chain)).isEqualTo(40);
  }

  @Test
  void chainThatGrowsByOneBlockIsFoundWhole() {
    RankBlocks rank = index.open(0, 0);
    long[] keys = Chains.chain(3, 1000);
    for (int i = 0; i < keys.length; i++) {
      rank.store(i == 0 ? 0 : keys[i - 1], new long[] {keys[i]}, 1, Medium.GPU, 0);
      assertThat(blocks(0, keys)).isEqualTo(i + 1);
    }
  }

  @Test
  void closedPublisherTakesNothingAndHasNothing() {
    RankBlocks rank = index.open(0, 0);
    store(rank, chain);
    rank.close();
    rank.close();
    store(rank, chain);
    rank.clear();
    assertThat(rank.remove(chain[0], Medium.GPU)).isFalse();
    assertThat(rank.blocks()).isZero();
    assertThat(blocks(0, chain)).isZero();
  }

  @Test
  void slotTakenOverByAnotherPublisherHasNothingOfTheFirst() {
    RankBlocks first = index.open(0, 0);
    store(first, chain);
    first.close();
    RankBlocks second = index.open(0, 0);
    assertThat(blocks(0, chain)).isZero();
    store(second, Arrays.copyOf(chain, 7));
    store(first, chain);
    assertThat(blocks(0, chain)).isEqualTo(7);
  }

  @Test
  void slotsNotAskedForAreLeftOut() {
    store(index.open(5, 0), chain);
    store(index.open(1, 0), chain);
    PrefixMatch match = match(2, 0, Chains.prompt(chain));
    assertThat(match.tokens(1)).isEqualTo(640);
    assertThat(match.tokens(5)).isZero();
  }

  @Test
  void publishersOutOfRangeAreRefused() {
    assertThatThrownBy(() -> index.open(-1, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> index.open(1 << 24, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> index.open(0, -1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> index.open(0, 1 << 12))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("rank 4096");
    RankBlocks last = index.open((1 << 24) - 1, (1 << 12) - 1);
    store(last, chain);
    PrefixMatch match = match(1 << 24, 0, Chains.prompt(chain));
    assertThat(match.tokens((1 << 24) - 1)).isEqualTo(640);
    assertThat(match.rank((1 << 24) - 1)).isEqualTo(4095);
  }
}

package io.pickwick.kv.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.kv.event.Medium;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What the index takes, gives back and refuses. */
class KvIndexMemoryTest {
  private static final long MANY = Long.MAX_VALUE;

  private static List<long[]> fill(RankBlocks rank, long name, int chains, int longest) {
    Random random = new Random(name);
    List<long[]> stored = new ArrayList<>();
    for (int i = 0; i < chains; i++) {
      long[] keys = Chains.chain(name + i, 1 + random.nextInt(longest));
      rank.store(0, keys, keys.length, Medium.GPU, 0);
      stored.add(keys);
    }
    return stored;
  }

  private static void sweep(KvIndex index) {
    while (index.sweep(10_000)) {
      assertThat(index.stats().unswept()).isPositive();
    }
  }

  private static int held(KvIndex index, int slot, long[] keys) {
    PrefixMatch match = new PrefixMatch();
    match.reset(slot + 1);
    index.match(Chains.prompt(keys), match);
    return match.held(slot) / 16;
  }

  @Test
  void everythingComesBackAfterClosing() {
    KvIndex index = new KvIndex(MediumWeights.standard(), MANY, 1);
    long before = index.stats().bytes();
    List<RankBlocks> ranks = new ArrayList<>();
    for (int slot = 0; slot < 50; slot++) {
      RankBlocks rank = index.open(slot, 0);
      fill(rank, slot * 7L, 300, 100);
      ranks.add(rank);
    }
    assertThat(index.stats().bytes()).isGreaterThan(before + 16 * 50 * 300);
    ranks.forEach(RankBlocks::close);
    sweep(index);
    assertThat(index.stats()).isEqualTo(new IndexStats(0, 0, before, 0, 0, 0));
  }

  @Test
  void everythingComesBackAfterRemovingBlockByBlock() {
    KvIndex index = new KvIndex(MediumWeights.standard(), MANY, 1);
    long before = index.stats().bytes();
    RankBlocks rank = index.open(0, 0);
    List<long[]> stored = fill(rank, 1, 2000, 100);
    stored.forEach(keys -> rank.store(0, keys, keys.length, Medium.GPU, 0));
    for (int copy = 0; copy < 2; copy++) {
      for (long[] keys : stored) {
        for (long key : keys) {
          assertThat(rank.remove(key, Medium.GPU)).isTrue();
        }
      }
    }
    assertThat(index.stats()).isEqualTo(new IndexStats(0, 0, before, 0, 0, 0));
  }

  @Test
  void copiesOfThoseWhoWereClearedComeBackToo() {
    KvIndex index = new KvIndex(MediumWeights.standard(), MANY, 1);
    long before = index.stats().bytes();
    try (RankBlocks stays = index.open(0, 0);
        RankBlocks goes = index.open(1, 0)) {
      fill(stays, 1, 100, 50);
      for (int copy = 0; copy < 5; copy++) {
        fill(goes, 1, 100, 50);
      }
      goes.clear();
      sweep(index);
      fill(goes, 1, 100, 50);
      for (long[] keys : fill(stays, 500, 0, 1)) {
        assertThat(held(index, 1, keys)).isEqualTo(keys.length);
      }
      long[] keys = Chains.chain(1, 1);
      assertThat(goes.remove(keys[0], Medium.GPU)).isTrue();
      assertThat(goes.remove(keys[0], Medium.GPU)).isFalse();
    }
    sweep(index);
    assertThat(index.stats().bytes()).isEqualTo(before);
  }

  @Test
  void writersSweepInPassing() {
    KvIndex index = new KvIndex(MediumWeights.standard(), MANY, 1);
    RankBlocks cleared = index.open(0, 0);
    fill(cleared, 1, 1000, 100);
    cleared.clear();
    assertThat(index.stats().unswept()).isOne();
    RankBlocks writer = index.open(1, 0);
    long[] keys = Chains.chain(5, 10);
    for (int i = 0; i < 10_000 && index.stats().unswept() > 0; i++) {
      writer.store(0, keys, keys.length, Medium.GPU, 0);
    }
    assertThat(index.stats().unswept()).isZero();
    assertThat(index.stats().blocks()).isEqualTo(10);
  }

  /** However much is cleared, nobody looks at more than a bounded number of places at a time. */
  @Test
  void aLargeClearIsWorkedOffInSmallSteps() {
    KvIndex index = new KvIndex(MediumWeights.standard(), MANY, 1);
    RankBlocks large = index.open(0, 0);
    List<long[]> stored = fill(large, 1, 4000, 100);
    RankBlocks other = index.open(1, 0);
    long[] keys = Chains.chain(-5, 10);
    long before = index.looked();
    large.clear();
    assertThat(index.looked() - before).isLessThanOrEqualTo(KvIndex.SWEPT_PER_CLEAR);
    assertThat(index.stats().blocks()).isGreaterThan(100_000);
    assertThat(large.blocks()).isZero();
    for (long[] gone : stored) {
      assertThat(held(index, 0, gone)).isZero();
    }

    BlockChanges changes = new BlockChanges();
    changes.store(0, keys, keys.length, Medium.GPU, 0);
    changes.remove(keys[9], Medium.GPU);
    int calls = 0;
    while (index.stats().unswept() > 0) {
      before = index.looked();
      switch (calls++ % 3) {
        case 0 -> other.store(0, keys, keys.length, Medium.GPU, 0);
        case 1 -> other.write(changes);
        default -> other.remove(keys[9], Medium.GPU);
      }
      assertThat(index.looked() - before)
          .isLessThanOrEqualTo(KvIndex.SWEPT_PER_CALL + KvIndex.SWEPT_PER_BLOCK * 11);
      assertThat(calls).isLessThan(100_000);
    }
    assertThat(index.stats().blocks()).isEqualTo(10);
  }

  @Test
  void aClearForEveryFewBlocksNeitherGrowsNorEnds() {
    KvIndex index = new KvIndex(MediumWeights.standard(), MANY, 1);
    RankBlocks rank = index.open(0, 0);
    long most = 0;
    for (int round = 0; round < 20_000; round++) {
      fill(rank, round, 1, 8);
      rank.clear();
      if (round == 1000) {
        most = index.stats().bytes();
      }
    }
    assertThat(index.stats().bytes()).isLessThanOrEqualTo(2 * most);
  }

  @Test
  void shortChainsOfRandomLengthTakeLittle() {
    KvIndex index = new KvIndex(MediumWeights.standard(), MANY, 1);
    RankBlocks rank = index.open(0, 0);
    fill(rank, 1, 30_000, 30);
    assertThat((double) index.stats().bytes() / index.stats().holderBlocks()).isLessThan(32);
  }

  @Test
  void blocksBeyondTheCapacityAreRefusedCountedAndNotThere() {
    KvIndex index = new KvIndex(MediumWeights.standard(), 2_000_000, 1);
    RankBlocks rank = index.open(0, 0);
    List<long[]> stored = fill(rank, 1, 4000, 100);
    IndexStats full = index.stats();
    assertThat(full.refused()).isPositive();
    assertThat(full.bytes()).isLessThan(2_100_000);
    long asked = stored.stream().mapToLong(keys -> keys.length).sum();
    assertThat(full.holderBlocks()).isEqualTo(rank.blocks()).isEqualTo(asked - full.refused());

    long removed = 0;
    for (long[] keys : stored) {
      int run = held(index, 0, keys);
      for (int i = 0; i < keys.length; i++) {
        boolean there = rank.remove(keys[i], Medium.GPU);
        assertThat(there || i >= run).isTrue();
        assertThat(there && i == run).isFalse();
        removed += there ? 1 : 0;
      }
    }
    assertThat(removed).isEqualTo(asked - full.refused());
    assertThat(index.stats().blocks()).isZero();
    assertThat(fill(rank, 9, 1, 50))
        .allSatisfy(keys -> assertThat(held(index, 0, keys)).isEqualTo(keys.length));
  }

  @Test
  void roomOfTheClearedIsGivenToOthers() {
    KvIndex index = new KvIndex(MediumWeights.standard(), 6_000_000, 1);
    for (int round = 0; round < 20; round++) {
      RankBlocks rank = index.open(round, 0);
      for (long[] keys : fill(rank, round * 1000L, 1500, 100)) {
        assertThat(held(index, round, keys)).isEqualTo(keys.length);
      }
      rank.close();
    }
    assertThat(index.stats().refused()).isZero();
  }

  @Test
  void manyHoldersInAllOrdersShareTheirSets() {
    KvIndex index = new KvIndex(MediumWeights.standard(), MANY, 1);
    List<RankBlocks> ranks = new ArrayList<>();
    long[] keys = Chains.chain(1, 100);
    for (int slot = 0; slot < 200; slot++) {
      RankBlocks rank = index.open(slot, 0);
      rank.store(0, keys, keys.length, Medium.GPU, 0);
      ranks.add(rank);
    }
    Random random = new Random(3);
    for (RankBlocks rank : ranks) {
      for (int i = keys.length; i > random.nextInt(keys.length); i--) {
        rank.remove(keys[i - 1], Medium.GPU);
      }
    }
    assertThat(index.stats().sets()).isLessThanOrEqualTo(100);
    ranks.forEach(RankBlocks::close);
    sweep(index);
    assertThat(index.stats().sets()).isZero();
  }
}

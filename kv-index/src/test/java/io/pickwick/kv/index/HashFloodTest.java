package io.pickwick.kv.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.kv.event.Medium;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Publishers that choose what they tell so that tables fill in one place, or without end. */
class HashFloodTest {
  private static final long SEED = 0x5DEECE66DL;
  private static final long ROOM = 32_000_000;
  private static final int PROBES = 64;

  private final KvIndex index = new KvIndex(MediumWeights.standard(), ROOM, SEED);

  private static boolean holds(KvIndex index, int slot, long key) {
    PrefixMatch match = new PrefixMatch();
    match.reset(slot + 1);
    index.match(Chains.prompt(new long[] {key}), 0, match);
    return match.tokens(slot) > 0;
  }

  private static void store(RankBlocks rank, long tag, Medium medium, long... keys) {
    rank.store(0, keys, keys.length, medium, tag);
  }

  /** The other publisher's blocks are stored, found and removed as ever. */
  private void assertOthersAreServed() {
    assertOthersAreServed(0);
  }

  /** The same but for a few blocks that have no room. */
  private void assertOthersAreServed(int unserved) {
    RankBlocks other = index.open(1, 0);
    long[] keys = new Random(7).longs(20_000).toArray();
    for (int i = 0; i < keys.length; i += 4) {
      other.store(0, new long[] {keys[i], keys[i + 1], keys[i + 2], keys[i + 3]}, 4, Medium.GPU, 0);
    }
    assertThat(other.blocks()).isBetween((long) keys.length - unserved, (long) keys.length);
    int served = 0;
    for (long key : keys) {
      boolean held = holds(index, 1, key);
      assertThat(other.remove(key, Medium.GPU)).isEqualTo(held);
      served += held ? 1 : 0;
    }
    assertThat(served).isGreaterThanOrEqualTo(keys.length - unserved);
    assertThat(index.stats().bytes()).isLessThan(ROOM + BlockArena.pageBytes());
  }

  /** The number whose hash this is, for one who has got to know the seed. */
  private static long unhash(long hash) {
    long key = (hash ^ (hash >>> 33)) * inverse(KeyTable.FACTOR);
    key = (key ^ (key >>> 33)) * inverse(KeyTable.factor(SEED));
    return key ^ (key >>> 33) ^ SEED;
  }

  private static long inverse(long odd) {
    long inverse = odd;
    for (int bits = 3; bits < Long.SIZE; bits *= 2) {
      inverse *= 2 - odd * inverse;
    }
    return inverse;
  }

  @Test
  void keysOfOneBucketTakeNoMoreRoomThanOthersEvenWhenTheSecretIsKnown() {
    RankBlocks flooding = index.open(0, 0);
    long[] flood = new long[20_000];
    for (int i = 0; i < flood.length; i++) {
      flood[i] = unhash(0xABCDEF0123L << 24 | i);
      store(flooding, 0, Medium.GPU, flood[i]);
    }
    IndexStats full = index.stats();
    assertThat(full.refused()).isPositive();
    assertThat(full.holderBlocks()).isEqualTo(flooding.blocks()).isPositive();
    assertThat(full.refused() + full.holderBlocks()).isEqualTo(flood.length);
    assertThat(full.bytes()).isLessThan(4_000_000);
    assertOthersAreServed(20);
    for (long key : flood) {
      boolean held = holds(index, 0, key);
      assertThat(flooding.remove(key, Medium.GPU)).isEqualTo(held);
    }
    assertThat(index.stats().blocks()).isZero();
  }

  @Test
  void hashesThatAreEqualInTheirLowBitsAreAsGoodAsOthers() {
    RankBlocks flooding = index.open(0, 0);
    for (int i = 0; i < 100_000; i++) {
      store(flooding, 0, Medium.GPU, (long) i << 40);
      store(flooding, 0, Medium.GPU, i + 1);
    }
    assertThat(index.stats().refused()).isZero();
    assertThat((double) index.stats().bytes() / index.stats().holderBlocks()).isLessThan(100);
    assertOthersAreServed();
  }

  @Test
  void oneThatTellsOfBlocksWithoutEndLeavesRoomToTheOthers() {
    RankBlocks flooding = index.open(0, 0);
    Random random = new Random(3);
    for (int i = 0; i < 40_000; i++) {
      store(flooding, 0, Medium.GPU, random.longs(64).toArray());
    }
    assertThat(index.stats().refused()).isPositive();
    assertThat(index.stats().bytes()).isLessThan(ROOM * 6 / 10);
    assertOthersAreServed();
  }

  @Test
  void adaptersWithoutEndTakeNoRoomOfOthers() {
    RankBlocks flooding = index.open(0, 0);
    Random random = new Random(4);
    for (int i = 0; i < 1_000_000; i++) {
      store(flooding, random.nextLong() | 1, Medium.GPU, random.nextLong());
    }
    assertThat(flooding.blocks()).isLessThanOrEqualTo(Labels.MOST);
    assertThat(index.stats().bytes()).isLessThan(2_000_000);
    assertOthersAreServed();
  }

  /** Sets of one holder's members that would meet if members had the hash that anybody computes. */
  @Test
  void setsThatWouldMeetUnderAKnownHashDoNot() {
    HolderSets sets = new HolderSets(new Holders());
    for (int gpu = 1; gpu < Labels.MIXED; gpu++) {
      for (int cpu = 1; cpu < Labels.MIXED; cpu++) {
        int one = HolderSet.member(0, gpu, 0);
        int two = HolderSet.member(0, cpu, 1);
        int sum = (known(one) + known(two)) * 0x9E3779B1;
        if (((sum ^ (sum >>> 16)) & (1 << 14) - 1) < 64) {
          sets.retain(sets.plus(sets.plus(HolderSet.NONE, one), two));
        }
      }
    }
    assertThat(sets.count()).isGreaterThan(500);
    assertThat(sets.reach()).isLessThan(PROBES);
  }

  private static int known(int member) {
    int mixed = member * 0x9E3779B1;
    return (mixed ^ (mixed >>> 15)) * 0x85EBCA77;
  }

  /** Places of one publisher's blocks, of which it tells those twice that would meet. */
  @Test
  void copiesThatWouldMeetUnderAKnownHashDoNot() {
    Copies copies = new Copies();
    int told = 0;
    for (int place = 0; told < 2000; place++) {
      long mixed = (((long) place << HolderSet.MEMBER_BITS) + 1) * 0x9E3779B97F4A7C15L;
      if ((mixed >>> 32 & (1 << 14) - 1) < 64) {
        copies.add(place, 0);
        told++;
      }
    }
    assertThat(copies.reach()).isLessThan(PROBES);
  }
}

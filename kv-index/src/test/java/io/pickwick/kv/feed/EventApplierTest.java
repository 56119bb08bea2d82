package io.pickwick.kv.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.kv.event.AdapterTag;
import io.pickwick.kv.event.BatchDecoder;
import io.pickwick.kv.event.BlockKeys;
import io.pickwick.kv.event.EngineKeys;
import io.pickwick.kv.event.Medium;
import io.pickwick.kv.event.MsgpackWriter;
import io.pickwick.kv.event.StoredBlocks;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.MediumWeights;
import io.pickwick.kv.index.NaiveIndex;
import io.pickwick.kv.index.PrefixMatch;
import io.pickwick.kv.index.RankBlocks;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EventApplierTest {
  private static final long SEPARATOR = PromptKeys.separator("tiny", "");
  private static final int BLOCK = 16;

  private final NaiveIndex index = new NaiveIndex(MediumWeights.standard());
  private final RankBlocks blocks = index.open(0, 0);
  private final List<Integer> heard = new ArrayList<>();
  private final EventApplier applier =
      new EventApplier(
          0,
          0,
          blocks,
          new EngineKeys(SEPARATOR),
          (slot, rank, stored) -> heard.add(stored.count()));
  private final BatchDecoder decoder = new BatchDecoder();

  private void apply(EventApplier to, Object... events) {
    byte[] payload = MsgpackWriter.write(List.of(1.5, List.of(events), 0));
    decoder.decode(payload, 0, payload.length, to);
  }

  private void apply(Object... events) {
    apply(applier, events);
  }

  /** How many blocks of a chain of engine hashes match. */
  private int matchedBy(long tag, long... hashes) {
    int[] ends = new int[hashes.length];
    for (int i = 0; i < ends.length; i++) {
      ends[i] = (i + 1) * BLOCK;
    }
    PrefixMatch match = new PrefixMatch();
    match.reset(1);
    int tokens = hashes.length * BLOCK + 1;
    index.match(
        new PromptKeys(hashes.clone(), hashes.length, ends, tokens).separated(SEPARATOR),
        tag,
        match);
    return match.tokens(0) / BLOCK;
  }

  private int matched(long... hashes) {
    return matchedBy(AdapterTag.BASE, hashes);
  }

  private static Map<String, Object> stored(Object... hashes) {
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("type", "BlockStored");
    event.put("block_hashes", List.of(hashes));
    event.put("block_size", BLOCK);
    return event;
  }

  private static Map<String, Object> with(Map<String, Object> event, String key, Object value) {
    event.put(key, value);
    return event;
  }

  private static Map<String, Object> group(Map<String, Object> event, int group, String kind) {
    return with(with(event, "group_idx", group), "kv_cache_spec_kind", kind);
  }

  private static Map<String, Object> removed(Object... hashes) {
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("type", "BlockRemoved");
    event.put("block_hashes", List.of(hashes));
    return event;
  }

  @Test
  void storesAndRemoves() {
    apply(stored(1, 2, 3), with(stored(4), "parent_block_hash", 3));
    assertThat(matched(1, 2, 3, 4, 5)).isEqualTo(4);
    apply(removed(2));
    assertThat(matched(1, 2, 3, 4, 5)).isEqualTo(1);
    apply(stored(2));
    assertThat(matched(1, 2, 3, 4, 5)).isEqualTo(4);
    assertThat(applier.storedBlocks()).isEqualTo(5);
    assertThat(applier.removedBlocks()).isEqualTo(1);
    assertThat(heard).containsExactly(3, 1, 1);
  }

  @Test
  void takesAnyHashFromZeroToTheLargest() {
    long large = 0xfedc_ba98_7654_3210L;
    apply(stored(0, new MsgpackWriter.Unsigned(large), -7));
    assertThat(matched(0, large, -7)).isEqualTo(3);
    apply(with(stored(9), "parent_block_hash", 0), removed(0));
    assertThat(matched(0)).isZero();
    assertThat(matched(9)).isEqualTo(1);
  }

  @Test
  void keepsABlockAsLongAsOneCopyIsThere() {
    apply(stored(1), stored(1), removed(1));
    assertThat(matched(1)).isEqualTo(1);
    apply(removed(1));
    assertThat(matched(1)).isZero();
    apply(removed(1), removed(1), stored(1));
    assertThat(matched(1)).isEqualTo(1);
    assertThat(applier.unknownBlocks()).isEqualTo(2);
  }

  @Test
  void addsNoCopyForAReport() {
    apply(stored(1, 2), with(stored(1, 2), "session_id", "s"), removed(2));
    assertThat(matched(1, 2)).isEqualTo(1);
    apply(with(stored(7, 8), "session_id", "s"), removed(8));
    assertThat(matched(7, 8)).isEqualTo(1);
  }

  @Test
  void countsACopyOfASessionThatFollowsABlock() {
    Map<String, Object> copy = with(with(stored(2), "session_id", "s"), "parent_block_hash", 1);
    apply(stored(1, 2), copy, removed(2));
    assertThat(matched(1, 2)).isEqualTo(2);
  }

  @Test
  void keepsMediaApart() {
    apply(stored(1), with(stored(1), "medium", "CPU"), with(removed(1), "medium", "GPU"));
    PrefixMatch match = new PrefixMatch();
    match.reset(1);
    index.match(
        new PromptKeys(new long[] {1}, 1, new int[] {100}, 101).separated(SEPARATOR), match);
    assertThat(match.tokens(0)).isEqualTo(80);
    apply(with(removed(1), "medium", "cpu"));
    assertThat(matched(1)).isZero();
  }

  @Test
  void keepsAdaptersApart() {
    apply(with(with(stored(1), "lora_name", "sql"), "lora_id", 4), stored(2));
    long sql = AdapterTag.of("sql");
    assertThat(matchedBy(sql, 1)).isEqualTo(1);
    assertThat(matched(1)).isZero();
    assertThat(matchedBy(sql, 2)).isZero();
    assertThat(matched(2)).isEqualTo(1);
    apply(removed(1));
    assertThat(matchedBy(sql, 1)).isZero();
  }

  @Test
  void storesNothingOfAnAdapterWithoutAName() {
    apply(with(stored(1), "lora_id", 4));
    assertThat(matched(1)).isZero();
    assertThat(blocks.blocks()).isZero();
    assertThat(applier.ignoredBlocks()).isEqualTo(1);
    apply(removed(1));
    assertThat(applier.unknownBlocks()).isEqualTo(1);
  }

  @Test
  void clearsBetweenTwoStoresOfABatch() {
    apply(stored(1, 2), Map.of("type", "AllBlocksCleared"), stored(3));
    assertThat(matched(1, 2)).isZero();
    assertThat(matched(3)).isEqualTo(1);
    assertThat(blocks.blocks()).isEqualTo(1);
  }

  @Test
  void indexesOnlyTheLowestGroupOfFullAttention() {
    apply(
        group(stored(1, 2), 0, "sliding_window"),
        group(stored(1), 1, "full_attention"),
        group(stored(1, 2, 3), 2, "full_attention"));
    assertThat(matched(1, 2, 3)).isEqualTo(1);
    apply(with(removed(1), "group_idx", 0), with(removed(1), "group_idx", 2));
    assertThat(matched(1)).isEqualTo(1);
    apply(with(removed(1), "group_idx", 1));
    assertThat(matched(1)).isZero();
    assertThat(heard).containsExactly(1);
  }

  @Test
  void movesToALowerGroupAndDropsTheHigherOne() {
    apply(group(stored(1, 2), 2, "mla_attention"), group(stored(1), 1, "full_attention"));
    assertThat(matched(1, 2)).isEqualTo(1);
    apply(group(stored(2), 2, "mla_attention"));
    assertThat(matched(1, 2)).isEqualTo(1);
    assertThat(blocks.blocks()).isEqualTo(1);
  }

  @Test
  void takesTheFirstGroupForFullUntilToldOtherwise() {
    apply(with(stored(1), "group_idx", 0), with(stored(1, 2), "group_idx", 1));
    assertThat(matched(1, 2)).isEqualTo(1);
    apply(group(stored(3), 0, "mamba"));
    assertThat(blocks.blocks()).isZero();
    apply(group(stored(1, 2), 1, "full_attention"), with(stored(4), "group_idx", 0));
    assertThat(matched(1, 2)).isEqualTo(2);
    assertThat(matched(4)).isZero();
    apply(with(with(stored(1), "group_idx", 1), "medium", "CPU"));
    assertThat(blocks.blocks()).isEqualTo(3);
  }

  @Test
  void believesAToldGroupOverAnAssumedOne() {
    apply(with(stored(1), "group_idx", 0), group(stored(1, 2), 1, "full_attention"));
    assertThat(matched(1, 2)).isEqualTo(2);
    assertThat(blocks.blocks()).isEqualTo(2);
  }

  @Test
  void ignoresTheFinerBlocksOfOtherGroups() {
    Map<String, Object> partial = with(group(stored(5), 1, "mamba"), "block_size", 4);
    apply(group(stored(1), 0, "full_attention"), partial);
    assertThat(blocks.blocks()).isEqualTo(1);
    assertThat(applier.ignoredBlocks()).isEqualTo(1);
  }

  @Test
  void doesNotShiftKeysWhenTokensSpanMoreThanTheBlocks() {
    apply(with(stored(1, 2), "token_ids", Collections.nCopies(99, 5)));
    assertThat(matched(1, 2)).isEqualTo(2);
  }

  @Test
  void saysWhenStateIsLostUntilItIsKnownAgain() {
    apply(stored("no hash"));
    assertThat(applier.stateLost()).isFalse();
    apply(removed("no hash"), stored(1));
    assertThat(applier.stateLost()).isTrue();
    assertThat(applier.unreadableEvents()).isEqualTo(2);
    assertThat(matched(1)).isEqualTo(1);
    apply(List.of("AllBlocksCleared"));
    assertThat(applier.stateLost()).isFalse();
    apply(List.of("BlockMoved"), stored(1));
    assertThat(applier.stateLost()).isTrue();
    applier.forget();
    assertThat(applier.stateLost()).isFalse();
    assertThat(blocks.blocks()).isZero();
  }

  @Test
  void storesOnlyTheBlocksWhoseKeysAreKnown() {
    BlockKeys first =
        new BlockKeys() {
          @Override
          public int stored(StoredBlocks blocks, long[] keys) {
            keys[0] = blocks.hash(0);
            return blocks.hasParent() ? 0 : 1;
          }

          @Override
          public long removed(long hash) {
            return hash;
          }
        };
    EventApplier some = new EventApplier(0, 0, blocks, first, FeedListener.NONE);
    apply(some, stored(1, 2), with(stored(3), "parent_block_hash", 2));
    assertThat(blocks.blocks()).isEqualTo(1);
    assertThat(some.storedBlocks()).isEqualTo(1);
    assertThat(some.ignoredBlocks()).isEqualTo(2);
  }

  @Test
  void hintsAtTheParentsKey() {
    List<Long> parents = new ArrayList<>();
    RankBlocks noting =
        new RankBlocks() {
          @Override
          public void store(long parent, long[] keys, int count, Medium medium, long tag) {
            parents.add(parent);
          }

          @Override
          public void report(long parent, long[] keys, int count, Medium medium, long tag) {}

          @Override
          public boolean remove(long key, Medium medium) {
            return false;
          }

          @Override
          public void clear() {}

          @Override
          public long blocks() {
            return 0;
          }

          @Override
          public void close() {}
        };
    EventApplier some =
        new EventApplier(0, 0, noting, new EngineKeys(SEPARATOR), FeedListener.NONE);
    apply(some, stored(1), with(stored(2), "parent_block_hash", 1), stored());
    assertThat(parents).containsExactly(0L, PromptKeys.separated(SEPARATOR, 1));
  }
}

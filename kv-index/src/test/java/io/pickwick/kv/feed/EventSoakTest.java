package io.pickwick.kv.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.kv.event.AdapterTag;
import io.pickwick.kv.event.BatchDecoder;
import io.pickwick.kv.event.EngineKeys;
import io.pickwick.kv.event.MsgpackWriter;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.BlockIndex;
import io.pickwick.kv.index.KvIndex;
import io.pickwick.kv.index.MediumWeights;
import io.pickwick.kv.index.NaiveIndex;
import io.pickwick.kv.index.PrefixMatch;
import io.pickwick.kv.index.RankBlocks;
import io.pickwick.kv.index.Soak;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/**
 * Random batches of random publishers, liars among them, read and applied to the index and to the
 * naive one; {@code -Dpickwick.soak=PT10M} goes on for ten minutes.
 */
class EventSoakTest {
  private static final long SEPARATOR = PromptKeys.separator("tiny", "");
  private static final int SLOTS = 12;
  private static final int STEPS = 400;
  private static final List<String> ADAPTERS = List.of("", "", "", "", "sql", "law", "tea");
  private static final List<String> MEDIA = List.of("GPU", "GPU", "GPU", "gpu", "CPU", "FS", "?");

  /** The same publisher in both indexes. */
  private static final class Publisher {
    private final RankBlocks[] blocks;
    private final EventApplier[] appliers = new EventApplier[2];

    Publisher(int slot, int rank, BlockIndex... indexes) {
      blocks = new RankBlocks[] {indexes[0].open(slot, rank), indexes[1].open(slot, rank)};
      for (int i = 0; i < 2; i++) {
        appliers[i] =
            new EventApplier(slot, rank, blocks[i], new EngineKeys(SEPARATOR), FeedListener.NONE);
      }
    }

    List<Long> counts(int which) {
      EventApplier applier = appliers[which];
      return List.of(
          applier.storedBlocks(),
          applier.removedBlocks(),
          applier.unknownBlocks(),
          applier.ignoredBlocks(),
          applier.unreadableEvents(),
          blocks[which].blocks());
    }
  }

  private final BatchDecoder decoder = new BatchDecoder();

  @Test
  void whatIsAppliedIsWhatTheNaiveIndexHolds() {
    Soak soak = new Soak();
    while (soak.goesOn()) {
      round(soak.round());
    }
  }

  private void round(long seed) {
    RandomGenerator random = new SplittableRandom(seed);
    KvIndex tested = new KvIndex(MediumWeights.standard());
    NaiveIndex naive = new NaiveIndex(MediumWeights.standard());
    List<Publisher> publishers = new ArrayList<>();
    int longest = 1 + random.nextInt(80);
    for (int step = 0; step < STEPS; step++) {
      String when = "seed %d, step %d".formatted(seed, step);
      if (publishers.isEmpty() || (publishers.size() < SLOTS && random.nextInt(10) == 0)) {
        publishers.add(new Publisher(random.nextInt(SLOTS), random.nextInt(2), tested, naive));
      }
      Publisher publisher = publishers.get(random.nextInt(publishers.size()));
      switch (random.nextInt(60)) {
        case 0 -> {
          Arrays.stream(publisher.blocks).forEach(RankBlocks::close);
          publishers.remove(publisher);
        }
        case 1 -> Arrays.stream(publisher.appliers).forEach(EventApplier::forget);
        case 2 -> tested.sweep(random.nextInt(20_000));
        default -> apply(publisher, batch(random, longest));
      }
      assertThat(publisher.counts(0)).as(when).isEqualTo(publisher.counts(1));
      compare(random, longest, tested, naive, when);
    }
  }

  private void apply(Publisher publisher, byte[] batch) {
    for (EventApplier applier : publisher.appliers) {
      decoder.decode(batch, 0, batch.length, applier);
    }
  }

  private static void compare(
      RandomGenerator random, int longest, KvIndex tested, NaiveIndex naive, String when) {
    PrefixMatch actual = new PrefixMatch();
    PrefixMatch expected = new PrefixMatch();
    for (int i = 0; i < 3; i++) {
      long[] path = path(random, longest);
      int[] ends = new int[path.length];
      Arrays.setAll(ends, block -> 16 * (block + 1));
      PromptKeys prompt =
          new PromptKeys(path, path.length, ends, 16 * path.length).separated(SEPARATOR);
      long tag = AdapterTag.of(ADAPTERS.get(random.nextInt(ADAPTERS.size())));
      actual.reset(SLOTS);
      tested.match(prompt, tag, actual);
      expected.reset(SLOTS);
      naive.match(prompt, tag, expected);
      for (int slot = 0; slot < SLOTS; slot++) {
        assertThat(actual.tokens(slot)).as(when).isEqualTo(expected.tokens(slot));
        assertThat(actual.rank(slot)).as(when).isEqualTo(expected.rank(slot));
      }
    }
    assertThat(tested.stats().holderBlocks()).as(when).isEqualTo(naive.holderBlocks());
  }

  /** A path in a tree of few branches, so that publishers meet. */
  private static long[] path(RandomGenerator random, int longest) {
    long[] hashes = new long[1 + random.nextInt(longest)];
    long hash = 1L + random.nextInt(3);
    for (int i = 0; i < hashes.length; i++) {
      hash = (hash + (random.nextInt(20) == 0 ? 1 : 0)) * 0x9E3779B97F4A7C15L;
      hash ^= hash >>> 31;
      hashes[i] = hash;
    }
    return hashes;
  }

  private static byte[] batch(RandomGenerator random, int longest) {
    List<Object> events = new ArrayList<>();
    for (int left = 1 + random.nextInt(random.nextInt(10) == 0 ? 60 : 6); left > 0; left--) {
      events.add(event(random, longest));
    }
    byte[] batch = MsgpackWriter.write(List.of(1.5, events, 0));
    if (random.nextInt(50) == 0) {
      return Arrays.copyOf(batch, random.nextInt(batch.length));
    }
    return batch;
  }

  private static Object event(RandomGenerator random, int longest) {
    int kind = random.nextInt(100);
    if (kind == 0) {
      return List.of("AllBlocksCleared");
    }
    if (kind == 1) {
      return List.of("BlockMoved", 7);
    }
    long[] path = path(random, longest);
    int from = kind < 30 ? random.nextInt(path.length) : 0;
    List<Object> hashes = new ArrayList<>();
    for (int i = from; i < path.length; i++) {
      hashes.add(new MsgpackWriter.Unsigned(path[i]));
    }
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("type", kind < 60 ? "BlockStored" : "BlockRemoved");
    event.put("medium", MEDIA.get(random.nextInt(MEDIA.size())));
    if (kind < 60) {
      if (from > 0) {
        event.put("parent_block_hash", new MsgpackWriter.Unsigned(path[from - 1]));
      }
      event.put("block_size", 16);
      event.put("lora_name", ADAPTERS.get(random.nextInt(ADAPTERS.size())));
      if (random.nextInt(10) == 0) {
        event.put("session_id", "s");
      }
    } else if (random.nextBoolean()) {
      hashes = List.of(hashes.getLast());
    }
    event.put("block_hashes", hashes);
    return event;
  }
}

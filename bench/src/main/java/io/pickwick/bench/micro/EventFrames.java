package io.pickwick.bench.micro;

import io.pickwick.bench.events.MsgpackWriter;
import java.util.Random;
import java.util.function.IntConsumer;

/** Batches of KV events as vLLM 0.22 (arrays) and 0.32 (maps) write them, for benchmarks. */
final class EventFrames {
  private final MsgpackWriter out = new MsgpackWriter();
  private final boolean maps;
  private final Random random;

  private EventFrames(boolean maps, Random random) {
    this.maps = maps;
    this.random = random;
  }

  /**
   * Events that store blocks of 16 tokens.
   *
   * @param perEvent how many of the hashes each event has
   */
  static byte[] stored(boolean maps, long[] hashes, int perEvent, Random random) {
    EventFrames frames = new EventFrames(maps, random);
    return frames.batch(
        hashes.length / perEvent, event -> frames.stored(hashes, event * perEvent, perEvent));
  }

  /** An event for each hash that removes its block. */
  static byte[] removed(boolean maps, long[] hashes) {
    EventFrames frames = new EventFrames(maps, new Random(1));
    return frames.batch(hashes.length, event -> frames.removed(hashes[event]));
  }

  private byte[] batch(int events, IntConsumer event) {
    out.array(3);
    out.float64(1.5);
    out.array(events);
    for (int i = 0; i < events; i++) {
      event.accept(i);
    }
    out.integer(0);
    return out.toByteArray();
  }

  private void stored(long[] hashes, int from, int count) {
    head(11, 12);
    key("type");
    out.text("BlockStored");
    key("block_hashes");
    out.array(count);
    for (int i = from; i < from + count; i++) {
      out.uint64(hashes[i]);
    }
    key("parent_block_hash");
    out.uint64(random.nextLong());
    key("token_ids");
    out.array(16 * count);
    for (int i = 0; i < 16 * count; i++) {
      out.integer(random.nextInt(150_000));
    }
    key("block_size");
    out.integer(16);
    key("lora_id");
    out.nil();
    key("medium");
    out.text("GPU");
    key("lora_name");
    out.nil();
    key("extra_keys");
    out.array(count);
    for (int i = 0; i < count; i++) {
      out.nil();
    }
    key("group_idx");
    out.integer(0);
    key("kv_cache_spec_kind");
    out.text("full_attention");
    if (!maps) {
      out.nil();
    }
  }

  private void removed(long hash) {
    head(4, 4);
    key("type");
    out.text("BlockRemoved");
    key("block_hashes");
    out.array(1);
    out.uint64(hash);
    key("medium");
    out.text("GPU");
    key("group_idx");
    out.integer(0);
  }

  private void head(int entries, int elements) {
    if (maps) {
      out.map(entries);
    } else {
      out.array(elements);
    }
  }

  private void key(String name) {
    if (maps) {
      out.text(name);
    }
  }
}

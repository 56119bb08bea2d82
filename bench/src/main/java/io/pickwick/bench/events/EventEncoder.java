package io.pickwick.bench.events;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Writes batches of events in the MessagePack encoding of one version of vLLM.
 *
 * <p>A batch is an array {@code [time, events, rank]}. An event is an array that begins with its
 * class and has every field of the version, or, from 0.24 on, a map with the class under {@code
 * type} and without the fields that have their default. Integers take as few bytes as they can.
 * Hashes are unsigned 64-bit integers, or byte strings. Not thread-safe.
 */
final class EventEncoder {
  private static final int DIGEST_BYTES = 32;

  private final EngineVersion version;
  private final boolean byteHashes;
  private final MsgpackWriter out = new MsgpackWriter();

  /**
   * An encoder of that version.
   *
   * @param byteHashes whether hashes are byte strings, of which only the last eight bytes are those
   *     of vLLM
   */
  EventEncoder(EngineVersion version, boolean byteHashes) {
    this.version = version;
    this.byteHashes = byteHashes;
  }

  /** A batch of a data-parallel rank, at a time in seconds since the epoch. */
  byte[] batch(double seconds, List<CacheEvent> events, int rank) {
    out.clear();
    boolean ranked = version.batchesTellTheRank();
    out.array(ranked ? 3 : 2);
    out.float64(seconds);
    out.array(events.size());
    for (CacheEvent event : events) {
      switch (event) {
        case CacheEvent.Stored stored -> stored(stored);
        case CacheEvent.Removed removed -> removed(removed);
        case CacheEvent.Cleared _ -> {
          head("AllBlocksCleared", 0);
        }
      }
    }
    if (ranked) {
      out.integer(rank);
    }
    return out.toByteArray();
  }

  private void stored(CacheEvent.Stored event) {
    boolean session = version.tellsSession() && !event.session().isEmpty();
    int fields = 5;
    fields += version.tellsMedium() ? 1 : 0;
    fields += version.tellsLoraName() ? 1 : 0;
    fields += version.tellsExtraKeys() ? 1 : 0;
    fields += version.tellsGroup() ? 1 : 0;
    if (version.tellsGroupKind()) {
      // The sliding window is nil, its default, which a map leaves out.
      fields += version.writesMaps() ? 1 : 2;
    }
    fields += session ? 1 : 0;
    head("BlockStored", fields);
    key("block_hashes");
    out.array(event.hashes().length);
    for (long hash : event.hashes()) {
      hash(hash);
    }
    key("parent_block_hash");
    if (event.hasParent()) {
      hash(event.parent());
    } else {
      out.nil();
    }
    key("token_ids");
    out.array(event.tokens().length);
    for (int token : event.tokens()) {
      out.integer(token);
    }
    key("block_size");
    out.integer(event.blockSize());
    key("lora_id");
    if (event.loraName().isEmpty()) {
      out.nil();
    } else {
      out.integer(event.loraId());
    }
    if (version.tellsMedium()) {
      key("medium");
      out.text("GPU");
    }
    if (version.tellsLoraName()) {
      key("lora_name");
      if (event.loraName().isEmpty()) {
        out.nil();
      } else {
        out.text(event.loraName());
      }
    }
    if (version.tellsExtraKeys()) {
      key("extra_keys");
      extraKeys(event.extraKeys());
    }
    if (version.tellsGroup()) {
      key("group_idx");
      out.integer(0);
    }
    if (version.tellsGroupKind()) {
      key("kv_cache_spec_kind");
      out.text("full_attention");
      if (!version.writesMaps()) {
        out.nil();
      }
    }
    if (session) {
      key("session_id");
      out.text(event.session());
    }
  }

  private void extraKeys(List<List<String>> blocks) {
    out.array(blocks.size());
    for (List<String> keys : blocks) {
      if (keys.isEmpty()) {
        out.nil();
      } else {
        out.array(keys.size());
        keys.forEach(out::text);
      }
    }
  }

  private void removed(CacheEvent.Removed event) {
    int fields = 1 + (version.tellsMedium() ? 1 : 0) + (version.tellsGroup() ? 1 : 0);
    head("BlockRemoved", fields);
    key("block_hashes");
    out.array(1);
    hash(event.hash());
    if (version.tellsMedium()) {
      key("medium");
      out.text("GPU");
    }
    if (version.tellsGroup()) {
      key("group_idx");
      out.integer(0);
    }
  }

  private void head(String type, int fields) {
    if (version.writesMaps()) {
      out.map(fields + 1);
      out.text("type");
    } else {
      out.array(fields + 1);
    }
    out.text(type);
  }

  private void key(String name) {
    if (version.writesMaps()) {
      out.text(name);
    }
  }

  private void hash(long low) {
    if (!byteHashes) {
      out.integer(low);
      return;
    }
    ByteBuffer digest = ByteBuffer.allocate(DIGEST_BYTES);
    for (int at = DIGEST_BYTES - 8; at > 0; at -= 8) {
      digest.putLong(low * 0x9E3779B97F4A7C15L + at);
    }
    out.binary(digest.putLong(low).array());
  }
}

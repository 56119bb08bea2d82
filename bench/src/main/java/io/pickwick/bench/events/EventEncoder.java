package io.pickwick.bench.events;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
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
  private byte[] out = new byte[1024];
  private int length;

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
    length = 0;
    boolean ranked = version.batchesTellTheRank();
    array(ranked ? 3 : 2);
    one(0xcb);
    bytes(Double.doubleToRawLongBits(seconds), 8);
    array(events.size());
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
      number(rank);
    }
    return Arrays.copyOf(out, length);
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
    array(event.hashes().length);
    for (long hash : event.hashes()) {
      hash(hash);
    }
    key("parent_block_hash");
    if (event.hasParent()) {
      hash(event.parent());
    } else {
      nil();
    }
    key("token_ids");
    array(event.tokens().length);
    for (int token : event.tokens()) {
      number(token);
    }
    key("block_size");
    number(event.blockSize());
    key("lora_id");
    if (event.loraName().isEmpty()) {
      nil();
    } else {
      number(event.loraId());
    }
    if (version.tellsMedium()) {
      key("medium");
      text("GPU");
    }
    if (version.tellsLoraName()) {
      key("lora_name");
      if (event.loraName().isEmpty()) {
        nil();
      } else {
        text(event.loraName());
      }
    }
    if (version.tellsExtraKeys()) {
      key("extra_keys");
      extraKeys(event.extraKeys());
    }
    if (version.tellsGroup()) {
      key("group_idx");
      number(0);
    }
    if (version.tellsGroupKind()) {
      key("kv_cache_spec_kind");
      text("full_attention");
      if (!version.writesMaps()) {
        nil();
      }
    }
    if (session) {
      key("session_id");
      text(event.session());
    }
  }

  private void extraKeys(List<List<String>> blocks) {
    array(blocks.size());
    for (List<String> keys : blocks) {
      if (keys.isEmpty()) {
        nil();
      } else {
        array(keys.size());
        keys.forEach(this::text);
      }
    }
  }

  private void removed(CacheEvent.Removed event) {
    int fields = 1 + (version.tellsMedium() ? 1 : 0) + (version.tellsGroup() ? 1 : 0);
    head("BlockRemoved", fields);
    key("block_hashes");
    array(1);
    hash(event.hash());
    if (version.tellsMedium()) {
      key("medium");
      text("GPU");
    }
    if (version.tellsGroup()) {
      key("group_idx");
      number(0);
    }
  }

  private void head(String type, int fields) {
    if (version.writesMaps()) {
      map(fields + 1);
      text("type");
    } else {
      array(fields + 1);
    }
    text(type);
  }

  private void key(String name) {
    if (version.writesMaps()) {
      text(name);
    }
  }

  private void hash(long low) {
    if (!byteHashes) {
      unsigned(low);
      return;
    }
    one(0xc4);
    one(DIGEST_BYTES);
    for (int at = DIGEST_BYTES - 8; at > 0; at -= 8) {
      bytes(low * 0x9E3779B97F4A7C15L + at, 8);
    }
    bytes(low, 8);
  }

  private void number(int value) {
    unsigned(value);
  }

  private void unsigned(long value) {
    if (value >= 0 && value < 0x80) {
      one((int) value);
    } else if (value >= 0 && value <= 0xff) {
      one(0xcc);
      bytes(value, 1);
    } else if (value >= 0 && value <= 0xffff) {
      one(0xcd);
      bytes(value, 2);
    } else if (value >= 0 && value <= 0xffff_ffffL) {
      one(0xce);
      bytes(value, 4);
    } else {
      one(0xcf);
      bytes(value, 8);
    }
  }

  private void nil() {
    one(0xc0);
  }

  private void text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    if (utf8.length < 32) {
      one(0xa0 | utf8.length);
    } else if (utf8.length <= 0xff) {
      one(0xd9);
      bytes(utf8.length, 1);
    } else if (utf8.length <= 0xffff) {
      one(0xda);
      bytes(utf8.length, 2);
    } else {
      one(0xdb);
      bytes(utf8.length, 4);
    }
    room(utf8.length);
    System.arraycopy(utf8, 0, out, length, utf8.length);
    length += utf8.length;
  }

  private void array(int size) {
    if (size < 16) {
      one(0x90 | size);
    } else if (size <= 0xffff) {
      one(0xdc);
      bytes(size, 2);
    } else {
      one(0xdd);
      bytes(size, 4);
    }
  }

  private void map(int size) {
    // No event has more than fifteen fields.
    one(0x80 | size);
  }

  private void one(int value) {
    room(1);
    out[length++] = (byte) value;
  }

  private void bytes(long value, int count) {
    room(count);
    for (int shift = 8 * (count - 1); shift >= 0; shift -= 8) {
      out[length++] = (byte) (value >>> shift);
    }
  }

  private void room(int more) {
    if (length + more > out.length) {
      out = Arrays.copyOf(out, Math.max(2 * out.length, length + more));
    }
  }
}

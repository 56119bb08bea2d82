package io.pickwick.bench.micro;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Batches of KV events as vLLM 0.22 (arrays) and 0.32 (maps) write them, for benchmarks. */
final class EventFrames {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final DataOutputStream out = new DataOutputStream(bytes);
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

  private interface Part {
    void write(int event) throws IOException;
  }

  private byte[] batch(int events, Part part) {
    try {
      out.writeByte(0x93);
      out.writeByte(0xcb);
      out.writeDouble(1.5);
      array(events);
      for (int i = 0; i < events; i++) {
        part.write(i);
      }
      out.writeByte(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private void stored(long[] hashes, int from, int count) throws IOException {
    out.writeByte(maps ? 0x8b : 0x9c);
    key("type");
    text("BlockStored");
    key("block_hashes");
    array(count);
    for (int i = from; i < from + count; i++) {
      hash(hashes[i]);
    }
    key("parent_block_hash");
    hash(random.nextLong());
    key("token_ids");
    array(16 * count);
    for (int i = 0; i < 16 * count; i++) {
      token(random.nextInt(150_000));
    }
    key("block_size");
    out.writeByte(16);
    key("lora_id");
    nil();
    key("medium");
    text("GPU");
    key("lora_name");
    nil();
    key("extra_keys");
    array(count);
    for (int i = 0; i < count; i++) {
      nil();
    }
    key("group_idx");
    out.writeByte(0);
    key("kv_cache_spec_kind");
    text("full_attention");
    if (!maps) {
      nil();
    }
  }

  private void removed(long hash) throws IOException {
    out.writeByte(maps ? 0x84 : 0x94);
    key("type");
    text("BlockRemoved");
    key("block_hashes");
    array(1);
    hash(hash);
    key("medium");
    text("GPU");
    key("group_idx");
    out.writeByte(0);
  }

  private void key(String name) throws IOException {
    if (maps) {
      text(name);
    }
  }

  private void nil() throws IOException {
    out.writeByte(0xc0);
  }

  private void text(String text) throws IOException {
    out.writeByte(0xa0 | text.length());
    out.write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private void array(int size) throws IOException {
    if (size < 16) {
      out.writeByte(0x90 | size);
    } else {
      out.writeByte(0xdc);
      out.writeShort(size);
    }
  }

  private void hash(long hash) throws IOException {
    out.writeByte(0xcf);
    out.writeLong(hash);
  }

  private void token(int token) throws IOException {
    if (token < 0x80) {
      out.writeByte(token);
    } else if (token < 0x100) {
      out.writeByte(0xcc);
      out.writeByte(token);
    } else if (token < 0x1_0000) {
      out.writeByte(0xcd);
      out.writeShort(token);
    } else {
      out.writeByte(0xce);
      out.writeInt(token);
    }
  }
}

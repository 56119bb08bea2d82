package io.pickwick.kv.feed;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Writes batches as vLLM's array encoding has them, with few events and without tokens. */
final class Batches {
  private Batches() {}

  /** One event. */
  sealed interface Event {}

  record Stored(List<Long> hashes) implements Event {}

  record Removed(long hash) implements Event {}

  record Cleared() implements Event {}

  /** Of a type that nobody knows. */
  record Odd() implements Event {}

  static byte[] of(double ts, int rank, List<Event> events) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(rank < 0 ? 0x92 : 0x93);
      out.writeByte(0xcb);
      out.writeDouble(ts);
      array(out, events.size());
      for (Event event : events) {
        write(out, event);
      }
      if (rank >= 0) {
        integer(out, rank);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void write(DataOutputStream out, Event event) throws IOException {
    switch (event) {
      case Stored stored -> {
        array(out, 7);
        text(out, "BlockStored");
        array(out, stored.hashes().size());
        for (long hash : stored.hashes()) {
          integer(out, hash);
        }
        out.writeByte(0xc0);
        array(out, 0);
        integer(out, 16);
        out.writeByte(0xc0);
        text(out, "GPU");
      }
      case Removed removed -> {
        array(out, 3);
        text(out, "BlockRemoved");
        array(out, 1);
        integer(out, removed.hash());
        text(out, "GPU");
      }
      case Cleared _ -> {
        array(out, 1);
        text(out, "AllBlocksCleared");
      }
      case Odd _ -> {
        array(out, 1);
        text(out, "BlocksPainted");
      }
    }
  }

  private static void array(DataOutputStream out, int size) throws IOException {
    out.writeByte(0xdc);
    out.writeShort(size);
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeByte(0xd9);
    out.writeByte(bytes.length);
    out.write(bytes);
  }

  private static void integer(DataOutputStream out, long value) throws IOException {
    out.writeByte(0xcf);
    out.writeLong(value);
  }

  /** A run of hashes. */
  static Stored stored(long... hashes) {
    List<Long> all = new ArrayList<>();
    for (long hash : hashes) {
      all.add(hash);
    }
    return new Stored(all);
  }
}

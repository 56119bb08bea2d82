package io.pickwick.bench.events;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes the MessagePack values that batches of KV events are made of. Not thread-safe. */
public final class MsgpackWriter {
  private byte[] out = new byte[1024];
  private int length;

  /** Begins anew. */
  public void clear() {
    length = 0;
  }

  /** How many bytes were written. */
  public int length() {
    return length;
  }

  /** What was written. */
  public byte[] toByteArray() {
    return Arrays.copyOf(out, length);
  }

  /** Nothing. */
  public void nil() {
    one(0xc0);
  }

  /** An unsigned integer of 64 bits, in as few bytes as it takes. */
  public void integer(long value) {
    if (value >= 0 && value < 0x80) {
      one((int) value);
    } else if (value >= 0 && value <= 0xff) {
      one(0xcc);
      bytes(value, 1);
    } else if (value >= 0 && value <= 0xffff) {
      one(0xcd);
      bytes(value, 2);
    } else if (value >= 0 && value <= 0xffff_ffffL) {
      uint32((int) value);
    } else {
      uint64(value);
    }
  }

  /** An unsigned integer in the five bytes that any of 32 bits may take, to be filled in later. */
  public void uint32(int value) {
    one(0xce);
    bytes(value, 4);
  }

  /** An unsigned integer in the nine bytes that any of 64 bits may take, to be filled in later. */
  public void uint64(long value) {
    one(0xcf);
    bytes(value, 8);
  }

  /** A number of double precision. */
  public void float64(double value) {
    one(0xcb);
    bytes(Double.doubleToRawLongBits(value), 8);
  }

  /** Text. */
  public void text(String text) {
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
    copy(utf8);
  }

  /** A byte string of at most 255 bytes. */
  public void binary(byte[] value) {
    one(0xc4);
    one(value.length);
    copy(value);
  }

  /** The head of an array, whose elements follow. */
  public void array(int size) {
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

  /** The head of a map of at most fifteen entries, whose keys and values follow. */
  public void map(int size) {
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

  private void copy(byte[] bytes) {
    room(bytes.length);
    System.arraycopy(bytes, 0, out, length, bytes.length);
    length += bytes.length;
  }

  private void room(int more) {
    if (length + more > out.length) {
      out = Arrays.copyOf(out, Math.max(2 * out.length, length + more));
    }
  }
}

package io.pickwick.epp.extproc.wire;

/**
 * Reads protobuf fields from a range of an array.
 *
 * <p>Every step checks the range and throws {@link Malformed}; the caller loops {@code while
 * (next())} and takes or skips each field.
 */
final class Cursor {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH = 2;
  private static final int GROUP_START = 3;
  private static final int GROUP_END = 4;
  private static final int FIXED32 = 5;
  private static final int MAX_GROUP_DEPTH = 32;

  private final byte[] bytes;
  private int at;
  private final int end;
  private int tag;
  private int offset;
  private int length;

  Cursor(byte[] bytes, int offset, int end) {
    this.bytes = bytes;
    this.at = offset;
    this.end = end;
  }

  /** Moves to the next field; false at the range's end. */
  boolean next() throws Malformed {
    if (at == end) {
      return false;
    }
    tag = (int) readVarint();
    if (tag >>> 3 == 0) {
      throw new Malformed();
    }
    if ((tag & 7) == LENGTH) {
      long n = readVarint();
      if (n < 0 || n > end - at) {
        throw new Malformed();
      }
      offset = at;
      length = (int) n;
    }
    return true;
  }

  /** The field's number and wire type as they stand on the wire: {@code number << 3 | type}. */
  int tag() {
    return tag;
  }

  /** Takes a length-delimited field: its bytes are {@link #offset()} and {@link #length()}. */
  void take() {
    at = offset + length;
  }

  int offset() {
    return offset;
  }

  int length() {
    return length;
  }

  /** Takes a length-delimited field as a message. */
  Cursor message() {
    take();
    return new Cursor(bytes, offset, offset + length);
  }

  /** Takes a varint field. */
  long varint() throws Malformed {
    return readVarint();
  }

  void skip() throws Malformed {
    skip(0);
  }

  private void skip(int depth) throws Malformed {
    switch (tag & 7) {
      case VARINT -> readVarint();
      case FIXED64 -> advance(8);
      case LENGTH -> take();
      case FIXED32 -> advance(4);
      case GROUP_START -> skipGroup(depth + 1);
      default -> throw new Malformed();
    }
  }

  private void skipGroup(int depth) throws Malformed {
    if (depth > MAX_GROUP_DEPTH) {
      throw new Malformed();
    }
    int number = tag >>> 3;
    while (next()) {
      if ((tag & 7) == GROUP_END) {
        if (tag >>> 3 != number) {
          throw new Malformed();
        }
        return;
      }
      skip(depth);
    }
    throw new Malformed();
  }

  private void advance(int count) throws Malformed {
    if (count > end - at) {
      throw new Malformed();
    }
    at += count;
  }

  private long readVarint() throws Malformed {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at == end) {
        throw new Malformed();
      }
      byte b = bytes[at++];
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw new Malformed();
  }

  /** The bytes are no protobuf message; without a stack trace, for anyone may send such bytes. */
  static final class Malformed extends Exception {
    private Malformed() {
      super("malformed protobuf", null, false, false);
    }
  }
}

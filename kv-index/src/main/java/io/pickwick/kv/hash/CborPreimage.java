package io.pickwick.kv.hash;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Canonical CBOR (RFC 8949, section 4.2.1: definite lengths, shortest integers), as {@code
 * cbor2.dumps(…, canonical=True)} writes tuples, integers, texts, byte strings and None.
 */
final class CborPreimage extends Preimage {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final int UNSIGNED = 0x00;
  private static final int NEGATIVE = 0x20;
  private static final int BYTES = 0x40;
  private static final int TEXT = 0x60;
  private static final int ARRAY = 0x80;
  private static final int NULL = 0xF6;

  private final boolean numericParent;

  /**
   * @param numericParent whether the parent is the number in its last eight bytes instead of a byte
   *     string
   */
  CborPreimage(boolean numericParent) {
    this.numericParent = numericParent;
  }

  @Override
  void root(String text) {
    length = 0;
    text(text);
  }

  @Override
  void begin(byte[] parent, int parentLength, int[] tokens, int from, int count) {
    length = 0;
    ensure(parentLength + 5 * count);
    put(ARRAY | 3);
    if (numericParent) {
      head(UNSIGNED, (long) LONG.get(parent, parentLength - Long.BYTES));
    } else {
      head(BYTES, parentLength);
      put(parent, 0, parentLength);
    }
    head(ARRAY, count);
    byte[] target = bytes;
    int at = length;
    for (int i = from; i < from + count; i++) {
      int token = tokens[i];
      if (token < 24) {
        target[at++] = (byte) token;
      } else if (token < 0x100) {
        target[at] = UNSIGNED | 24;
        target[at + 1] = (byte) token;
        at += 2;
      } else if (token < 0x10000) {
        target[at] = UNSIGNED | 25;
        SHORT.set(target, at + 1, (short) token);
        at += 3;
      } else {
        target[at] = UNSIGNED | 26;
        INT.set(target, at + 1, token);
        at += 5;
      }
    }
    length = at;
  }

  @Override
  void none() {
    put(NULL);
  }

  @Override
  void open(int items) {
    ensure(0);
    head(ARRAY, items);
  }

  @Override
  void close(int items) {}

  @Override
  void tag(String word) {
    text(word);
  }

  @Override
  void text(String text) {
    int size = utf8Length(text);
    ensure(size);
    head(TEXT, size);
    putUtf8(text);
  }

  @Override
  void number(int number) {
    ensure(0);
    if (number >= 0) {
      head(UNSIGNED, number);
    } else {
      head(NEGATIVE, ~number);
    }
  }

  @Override
  void bytes(byte[] source, int from, int count) {
    ensure(count);
    head(BYTES, count);
    put(source, from, count);
  }

  @Override
  void end() {}

  private void head(int type, long value) {
    if (value >>> 32 != 0) {
      put(type | 27);
      LONG.set(bytes, length, value);
      length += 8;
    } else if (value >= 0x10000) {
      put(type | 26);
      INT.set(bytes, length, (int) value);
      length += 4;
    } else if (value >= 0x100) {
      put(type | 25);
      SHORT.set(bytes, length, (short) value);
      length += 2;
    } else if (value >= 24) {
      put(type | 24);
      put((int) value);
    } else {
      put(type | (int) value);
    }
  }
}

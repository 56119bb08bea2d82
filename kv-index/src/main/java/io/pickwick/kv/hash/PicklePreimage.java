package io.pickwick.kv.hash;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Python's pickle, protocol 5, byte for byte as CPython's {@code pickle.dumps} writes tuples,
 * integers, strings, byte strings and None.
 *
 * <p>Source: {@code Modules/_pickle.c} of CPython 3.8 to 3.14 and PEP 3154 (framing).
 */
final class PicklePreimage extends Preimage {
  /*
   * Three things make the bytes depend on more than the value.
   *
   * Frames. After the protocol's two bytes, the opcodes are put into frames, each behind its length.
   * Before an object is written, a frame that has reached 64 KiB is closed; a string that is that
   * long by itself is written outside of any frame. A frame of less than four bytes has no header.
   *
   * The memo. Every string, byte string and tuple gets a number, one after the other, and an object
   * that occurs again is written as a reference to it. Same is the object, not the value: a string
   * that came in a request is a new object each time, except for the empty one and those of one
   * character below U+0100, which CPython keeps once; vLLM's own words are one object each.
   *
   * Token ids are never in the memo.
   */
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int PROTO = 0x80;
  private static final int FRAME = 0x95;
  private static final int STOP = '.';
  private static final int NONE = 'N';
  private static final int MARK = '(';
  private static final int TUPLE = 't';
  private static final int TUPLE1 = 0x85;
  private static final int MEMOIZE = 0x94;
  private static final int BINGET = 'h';
  private static final int LONG_BINGET = 'j';
  private static final int BININT1 = 'K';
  private static final int BININT2 = 'M';
  private static final int BININT = 'J';
  private static final int SHORT_BINBYTES = 'C';
  private static final int BINBYTES = 'B';
  private static final int SHORT_BINUNICODE = 0x8C;
  private static final int BINUNICODE = 'X';

  private static final int FRAME_HEAD = 1 + Long.BYTES;
  private static final int SMALLEST_FRAME = 4;
  private static final int FULL_FRAME = 64 * 1024;
  private static final int NO_FRAME = -1;
  private static final int SHORT_TUPLE = 3;
  private static final int SINGLES = 0x100;
  private static final int EMPTY = SINGLES;

  private int frame = NO_FRAME;
  private int memoized;
  private final String[] tags = new String[8];
  private final int[] tagMemo = new int[8];
  private int tagCount;
  private final int[] singleMemo = new int[SINGLES + 1];
  private boolean anySingle;

  PicklePreimage() {
    Arrays.fill(singleMemo, -1);
  }

  @Override
  void root(String text) {
    start();
    text(text);
    stop();
  }

  @Override
  void begin(byte[] parent, int parentLength, int[] tokens, int from, int count) {
    start();
    bytes(parent, 0, parentLength);
    open(count);
    numbers(tokens, from, count);
    close(count);
  }

  @Override
  void none() {
    enter();
    put(NONE);
  }

  @Override
  void open(int items) {
    enter();
    if (items > SHORT_TUPLE) {
      put(MARK);
    }
  }

  @Override
  void close(int items) {
    ensure(FRAME_HEAD);
    inFrame();
    put(items > SHORT_TUPLE ? TUPLE : TUPLE1 + items - 1);
    memoize();
  }

  @Override
  void tag(String word) {
    for (int i = 0; i < tagCount; i++) {
      if (tags[i].equals(word)) {
        refer(tagMemo[i]);
        return;
      }
    }
    tags[tagCount] = word;
    tagMemo[tagCount++] = memoized;
    write(word);
  }

  @Override
  void text(String text) {
    int single = single(text);
    if (single >= 0) {
      if (singleMemo[single] >= 0) {
        refer(singleMemo[single]);
        return;
      }
      singleMemo[single] = memoized;
      anySingle = true;
    }
    write(text);
  }

  @Override
  void number(int number) {
    enter();
    length = putNumber(bytes, length, number);
  }

  @Override
  void bytes(byte[] source, int from, int count) {
    openString(SHORT_BINBYTES, BINBYTES, count);
    put(source, from, count);
    memoize();
  }

  @Override
  void end() {
    close(SHORT_TUPLE);
    stop();
  }

  private void start() {
    length = 0;
    frame = NO_FRAME;
    memoized = 0;
    tagCount = 0;
    if (anySingle) {
      Arrays.fill(singleMemo, -1);
      anySingle = false;
    }
    put(PROTO);
    put(5);
  }

  private void stop() {
    ensure(FRAME_HEAD);
    inFrame();
    put(STOP);
    commit();
  }

  private void write(String text) {
    int size = utf8Length(text);
    openString(SHORT_BINUNICODE, BINUNICODE, size);
    putUtf8(text);
    memoize();
  }

  private void openString(int shortOpcode, int opcode, int size) {
    boundary();
    ensure(size);
    if (size >= FULL_FRAME) {
      commit();
    } else {
      inFrame();
    }
    if (size < 0x100) {
      put(shortOpcode);
      put(size);
    } else {
      put(opcode);
      INT.set(bytes, length, size);
      length += Integer.BYTES;
    }
  }

  private void refer(int memo) {
    enter();
    if (memo < 0x100) {
      put(BINGET);
      put(memo);
    } else {
      put(LONG_BINGET);
      INT.set(bytes, length, memo);
      length += Integer.BYTES;
    }
  }

  private void memoize() {
    inFrame();
    put(MEMOIZE);
    memoized++;
  }

  private void numbers(int[] tokens, int from, int count) {
    ensure(5 * count);
    if (length + 5 * count - frame < FULL_FRAME) {
      byte[] target = bytes;
      int at = length;
      for (int i = from; i < from + count; i++) {
        at = putNumber(target, at, tokens[i]);
      }
      length = at;
      return;
    }
    for (int i = from; i < from + count; i++) {
      number(tokens[i]);
    }
  }

  private static int putNumber(byte[] target, int at, int number) {
    if (number >>> 8 == 0) {
      target[at] = BININT1;
      target[at + 1] = (byte) number;
      return at + 2;
    }
    if (number >>> 16 == 0) {
      target[at] = BININT2;
      SHORT.set(target, at + 1, (short) number);
      return at + 3;
    }
    target[at] = BININT;
    INT.set(target, at + 1, number);
    return at + 5;
  }

  /** Before an object: room for a short one, in a frame that is not full. */
  private void enter() {
    boundary();
    inFrame();
  }

  private void boundary() {
    ensure(FRAME_HEAD);
    if (frame != NO_FRAME && length - frame - FRAME_HEAD >= FULL_FRAME) {
      commit();
    }
  }

  private void inFrame() {
    if (frame == NO_FRAME) {
      frame = length;
      length += FRAME_HEAD;
    }
  }

  private void commit() {
    if (frame == NO_FRAME) {
      return;
    }
    int body = frame + FRAME_HEAD;
    int size = length - body;
    if (size >= SMALLEST_FRAME) {
      bytes[frame] = (byte) FRAME;
      LONG.set(bytes, frame + 1, (long) size);
    } else {
      System.arraycopy(bytes, body, bytes, frame, size);
      length = frame + size;
    }
    frame = NO_FRAME;
  }

  private static int single(String text) {
    if (text.isEmpty()) {
      return EMPTY;
    }
    return text.length() == 1 && text.charAt(0) < SINGLES ? text.charAt(0) : -1;
  }
}

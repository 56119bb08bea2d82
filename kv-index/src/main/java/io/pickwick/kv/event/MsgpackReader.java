package io.pickwick.kv.event;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A place in msgpack bytes, moved on by reading values; each method throws {@link
 * MalformedException} when something else lies there, and then the place is undefined.
 *
 * <p>Layout: <a href="https://github.com/msgpack/msgpack/blob/master/spec.md">the msgpack
 * specification</a>.
 */
final class MsgpackReader {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);

  private static final int NIL = 0xc0;

  /** What a lead byte says: the whole value's bytes, or one of the negatives below. */
  private static final byte[] WIDTHS = new byte[256];

  private static final byte CONTAINER = -1;
  private static final byte SIZED_8 = -2;
  private static final byte SIZED_16 = -3;
  private static final byte SIZED_32 = -4;
  private static final byte UNUSED = -5;

  static {
    for (int lead = 0; lead < 256; lead++) {
      WIDTHS[lead] = width(lead);
    }
  }

  private byte[] bytes = new byte[0];
  private int at;
  private int end;

  private static byte width(int lead) {
    if (lead <= 0x7f || lead >= 0xe0) {
      return 1;
    }
    if (lead <= 0x9f) {
      return CONTAINER;
    }
    if (lead <= 0xbf) {
      return (byte) (1 + (lead & 0x1f));
    }
    return switch (lead) {
      case NIL, 0xc2, 0xc3 -> 1;
      case 0xc4, 0xc7, 0xd9 -> SIZED_8;
      case 0xc5, 0xc8, 0xda -> SIZED_16;
      case 0xc6, 0xc9, 0xdb -> SIZED_32;
      case 0xca, 0xce, 0xd2 -> 5;
      case 0xcb, 0xcf, 0xd3 -> 9;
      case 0xcc, 0xd0 -> 2;
      case 0xcd, 0xd1, 0xd4 -> 3;
      case 0xd5 -> 4;
      case 0xd6 -> 6;
      case 0xd7 -> 10;
      case 0xd8 -> 18;
      case 0xdc, 0xdd, 0xde, 0xdf -> CONTAINER;
      default -> UNUSED;
    };
  }

  /** Starts reading somewhere. */
  void over(byte[] payload, int off, int len) {
    bytes = payload;
    at = off;
    end = off + len;
  }

  /** Where the next value starts. */
  int at() {
    return at;
  }

  /** Goes to where a value starts. */
  void to(int position) {
    at = position;
  }

  /** How many bytes are left. */
  int left() {
    return end - at;
  }

  /** The bytes that are read. */
  byte[] bytes() {
    return bytes;
  }

  private int lead() {
    if (at >= end) {
      throw MalformedException.TRUNCATED;
    }
    return bytes[at] & 0xff;
  }

  private void need(int count) {
    if (count > end - at) {
      throw MalformedException.TRUNCATED;
    }
  }

  /** Whether the next value is an array; stays there. */
  boolean isArray() {
    int lead = lead();
    return (lead & 0xf0) == 0x90 || lead == 0xdc || lead == 0xdd;
  }

  /** Whether the next value is a map; stays there. */
  boolean isMap() {
    int lead = lead();
    return (lead & 0xf0) == 0x80 || lead == 0xde || lead == 0xdf;
  }

  /** Whether the next value is a string; stays there. */
  boolean isText() {
    int lead = lead();
    return (lead & 0xe0) == 0xa0 || (lead >= 0xd9 && lead <= 0xdb);
  }

  /** Goes over a nil, if it is one. */
  boolean nil() {
    if (lead() == NIL) {
      at++;
      return true;
    }
    return false;
  }

  /** Goes to the first element of an array; how many there are to be, as an unsigned int. */
  long array() {
    int lead = lead();
    if ((lead & 0xf0) == 0x90) {
      at++;
      return lead & 0x0f;
    }
    return switch (lead) {
      case 0xdc -> size16();
      case 0xdd -> size32();
      default -> throw MalformedException.TYPE;
    };
  }

  /** Goes to the first key of a map; how many there are to be, as an unsigned int. */
  long map() {
    int lead = lead();
    if ((lead & 0xf0) == 0x80) {
      at++;
      return lead & 0x0f;
    }
    return switch (lead) {
      case 0xde -> size16();
      case 0xdf -> size32();
      default -> throw MalformedException.TYPE;
    };
  }

  private int size8() {
    need(2);
    int size = bytes[at + 1] & 0xff;
    at += 2;
    return size;
  }

  private int size16() {
    need(3);
    int size = (short) SHORTS.get(bytes, at + 1) & 0xffff;
    at += 3;
    return size;
  }

  private long size32() {
    need(5);
    long size = (int) INTS.get(bytes, at + 1) & 0xffff_ffffL;
    at += 5;
    return size;
  }

  /** Goes to the first byte of a string; how many bytes it has, all of them there. */
  int text() {
    int lead = lead();
    if ((lead & 0xe0) == 0xa0) {
      at++;
      return whole(lead & 0x1f);
    }
    return switch (lead) {
      case 0xd9 -> whole(size8());
      case 0xda -> whole(size16());
      case 0xdb -> whole(size32());
      default -> throw MalformedException.TYPE;
    };
  }

  private int whole(long size) {
    if (size > end - at) {
      throw MalformedException.TRUNCATED;
    }
    return (int) size;
  }

  /**
   * Whether the bytes of the string that starts here are these; goes over it only then. They are
   * compared eight at a time; the last eight overlap those before.
   */
  boolean is(int length, byte[] expected) {
    if (length != expected.length) {
      return false;
    }
    if (length >= Long.BYTES) {
      int last = length - Long.BYTES;
      for (int i = 0; i < last; i += Long.BYTES) {
        if ((long) LONGS.get(bytes, at + i) != (long) LONGS.get(expected, i)) {
          return false;
        }
      }
      if ((long) LONGS.get(bytes, at + last) != (long) LONGS.get(expected, last)) {
        return false;
      }
    } else {
      for (int i = 0; i < length; i++) {
        if (bytes[at + i] != expected[i]) {
          return false;
        }
      }
    }
    at += length;
    return true;
  }

  /** Reads an integer of any width; the upper half of the unsigned ones comes as negatives. */
  long integer() {
    int lead = lead();
    if (lead <= 0x7f) {
      at++;
      return lead;
    }
    if (lead >= 0xe0) {
      return bytes[at++];
    }
    if (lead < 0xcc || lead > 0xd3) {
      throw MalformedException.TYPE;
    }
    int width = WIDTHS[lead];
    need(width);
    int from = at + 1;
    at += width;
    return switch (lead) {
      case 0xcc -> bytes[from] & 0xffL;
      case 0xcd -> (short) SHORTS.get(bytes, from) & 0xffffL;
      case 0xce -> (int) INTS.get(bytes, from) & 0xffff_ffffL;
      case 0xd0 -> bytes[from];
      case 0xd1 -> (short) SHORTS.get(bytes, from);
      case 0xd2 -> (int) INTS.get(bytes, from);
      default -> (long) LONGS.get(bytes, from);
    };
  }

  /** Reads a block's hash: an integer, or the last eight bytes of a longer digest. */
  long hash() {
    if (at + 9 <= end && bytes[at] == (byte) 0xcf) {
      long hash = (long) LONGS.get(bytes, at + 1);
      at += 9;
      return hash;
    }
    int size =
        switch (lead()) {
          case 0xc4 -> whole(size8());
          case 0xc5 -> whole(size16());
          case 0xc6 -> whole(size32());
          default -> -1;
        };
    if (size < 0) {
      return integer();
    }
    if (size < Long.BYTES) {
      throw MalformedException.RANGE;
    }
    at += size;
    return (long) LONGS.get(bytes, at - Long.BYTES);
  }

  /** Goes over integers. */
  void integers(int count) {
    for (int i = 0; i < count; i++) {
      int lead = lead();
      if (lead > 0x7f && lead < 0xe0 && (lead < 0xcc || lead > 0xd3)) {
        throw MalformedException.TYPE;
      }
      int width = WIDTHS[lead];
      need(width);
      at += width;
    }
  }

  /*
   * How a value is skipped. What is still to come is one number: a container adds its elements to
   * it, everything else takes one off. So no nesting, however deep, needs a stack; and as each value
   * takes a byte at least, a container that promises more than there are bytes is found out at once.
   */

  /** Goes over one value with all that is in it. */
  void skip() {
    long toCome = 1;
    while (toCome > 0) {
      if (toCome > end - at) {
        throw MalformedException.TRUNCATED;
      }
      int width = WIDTHS[bytes[at] & 0xff];
      toCome--;
      if (width > 0) {
        need(width);
        at += width;
      } else {
        toCome += skipSized(width);
      }
    }
  }

  private long skipSized(int width) {
    if (width == CONTAINER) {
      return isArray() ? array() : 2 * map();
    }
    if (width == UNUSED) {
      throw MalformedException.RESERVED;
    }
    int lead = lead();
    long size =
        switch (width) {
          case SIZED_8 -> size8();
          case SIZED_16 -> size16();
          default -> size32();
        };
    // An extension's type is one byte more.
    at += whole(lead >= 0xc7 && lead <= 0xc9 ? size + 1 : size);
    return 0;
  }
}

package io.pickwick.kv.event;

import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A plain recursive reader of msgpack, the oracle of {@link MsgpackReader}. Values come as {@link
 * BigInteger}, {@link Double}, {@link Boolean}, {@link String}, {@code byte[]}, {@link List},
 * {@link Pairs}, {@link Nil} or {@link Extension}; bytes that break off are a {@link
 * BufferUnderflowException}, a byte that no value has is an {@link IllegalStateException}.
 */
final class MsgpackTree {
  record Nil() {}

  record Extension(int type, int length) {}

  /** A map as it was written, with its order and its doubles. */
  record Pairs(List<Map.Entry<Object, Object>> entries) {}

  private MsgpackTree() {}

  static Object read(ByteBuffer in) {
    int lead = in.get() & 0xff;
    if (lead <= 0x7f) {
      return BigInteger.valueOf(lead);
    }
    if (lead >= 0xe0) {
      return BigInteger.valueOf((byte) lead);
    }
    if (lead <= 0x8f) {
      return pairs(in, lead & 0x0f);
    }
    if (lead <= 0x9f) {
      return list(in, lead & 0x0f);
    }
    if (lead <= 0xbf) {
      return text(in, lead & 0x1f);
    }
    return switch (lead) {
      case 0xc0 -> new Nil();
      case 0xc2 -> false;
      case 0xc3 -> true;
      case 0xc4 -> bytes(in, length(in, 1));
      case 0xc5 -> bytes(in, length(in, 2));
      case 0xc6 -> bytes(in, length(in, 4));
      case 0xc7 -> extension(in, length(in, 1));
      case 0xc8 -> extension(in, length(in, 2));
      case 0xc9 -> extension(in, length(in, 4));
      case 0xca -> (double) in.getFloat();
      case 0xcb -> in.getDouble();
      case 0xcc -> new BigInteger(1, bytes(in, 1));
      case 0xcd -> new BigInteger(1, bytes(in, 2));
      case 0xce -> new BigInteger(1, bytes(in, 4));
      case 0xcf -> new BigInteger(1, bytes(in, 8));
      case 0xd0 -> new BigInteger(bytes(in, 1));
      case 0xd1 -> new BigInteger(bytes(in, 2));
      case 0xd2 -> new BigInteger(bytes(in, 4));
      case 0xd3 -> new BigInteger(bytes(in, 8));
      case 0xd4 -> extension(in, 1);
      case 0xd5 -> extension(in, 2);
      case 0xd6 -> extension(in, 4);
      case 0xd7 -> extension(in, 8);
      case 0xd8 -> extension(in, 16);
      case 0xd9 -> text(in, length(in, 1));
      case 0xda -> text(in, length(in, 2));
      case 0xdb -> text(in, length(in, 4));
      case 0xdc -> list(in, length(in, 2));
      case 0xdd -> list(in, length(in, 4));
      case 0xde -> pairs(in, length(in, 2));
      case 0xdf -> pairs(in, length(in, 4));
      default -> throw new IllegalStateException("byte " + lead);
    };
  }

  /** An array's or a map's elements, one by one as they are asked for. */
  static long header(ByteBuffer in, boolean map) {
    int lead = in.get() & 0xff;
    int fixed = map ? 0x80 : 0x90;
    if ((lead & 0xf0) == fixed) {
      return lead & 0x0f;
    }
    if (lead == (map ? 0xde : 0xdc)) {
      return length(in, 2);
    }
    if (lead == (map ? 0xdf : 0xdd)) {
      return length(in, 4);
    }
    throw new IllegalStateException("no container");
  }

  static boolean isMap(ByteBuffer in) {
    int lead = in.get(in.position()) & 0xff;
    return (lead & 0xf0) == 0x80 || lead == 0xde || lead == 0xdf;
  }

  private static long length(ByteBuffer in, int width) {
    return new BigInteger(1, bytes(in, width)).longValueExact();
  }

  private static byte[] bytes(ByteBuffer in, long length) {
    if (length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[(int) length];
    in.get(bytes);
    return bytes;
  }

  private static String text(ByteBuffer in, long length) {
    return new String(bytes(in, length), StandardCharsets.UTF_8);
  }

  private static Extension extension(ByteBuffer in, long length) {
    int type = in.get();
    return new Extension(type, bytes(in, length).length);
  }

  private static List<Object> list(ByteBuffer in, long length) {
    List<Object> list = new ArrayList<>();
    for (long i = 0; i < length; i++) {
      list.add(read(in));
    }
    return list;
  }

  private static Pairs pairs(ByteBuffer in, long length) {
    List<Map.Entry<Object, Object>> entries = new ArrayList<>();
    for (long i = 0; i < length; i++) {
      Object key = read(in);
      entries.add(Map.entry(key, read(in)));
    }
    return new Pairs(entries);
  }
}

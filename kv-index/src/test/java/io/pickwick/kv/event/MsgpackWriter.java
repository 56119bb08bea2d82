package io.pickwick.kv.event;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Writes trees as msgpack, every value in any of the forms it may have: {@code null}-free trees of
 * {@link Long} (whose negatives may also be written as the upper half of the unsigned ones, see
 * {@link Unsigned}), {@link Double}, {@link Boolean}, {@link String}, {@code byte[]}, {@link List},
 * {@link Map}, {@link MsgpackTree.Nil} and {@link Raw}.
 */
public final class MsgpackWriter {
  /** A number of 64 bits without a sign. */
  public record Unsigned(long bits) {}

  /** Bytes as they are. */
  public record Raw(String hex) {}

  /** Nothing. */
  public static final Object NIL = new MsgpackTree.Nil();

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final DataOutputStream out = new DataOutputStream(bytes);
  private final RandomGenerator random;
  private final boolean shortest;

  private MsgpackWriter(RandomGenerator random, boolean shortest) {
    this.random = random;
    this.shortest = shortest;
  }

  /** In the shortest form. */
  public static byte[] write(Object tree) {
    MsgpackWriter writer = new MsgpackWriter(RandomGenerator.getDefault(), true);
    return writer.all(tree);
  }

  /** In any form. */
  static byte[] write(Object tree, RandomGenerator random) {
    return new MsgpackWriter(random, false).all(tree);
  }

  private byte[] all(Object tree) {
    try {
      put(tree);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Whether to take the first form that fits; at least one later form fits always. */
  private boolean take() {
    return shortest || random.nextInt(4) != 0;
  }

  private void put(Object value) throws IOException {
    switch (value) {
      case MsgpackTree.Nil _ -> out.writeByte(0xc0);
      case Boolean truth -> out.writeByte(truth ? 0xc3 : 0xc2);
      case Double number -> {
        out.writeByte(0xcb);
        out.writeDouble(number);
      }
      case Integer number -> integer(number);
      case Long number -> integer(number);
      case Unsigned number -> {
        out.writeByte(0xcf);
        out.writeLong(number.bits());
      }
      case String text -> {
        byte[] utf = text.getBytes(StandardCharsets.UTF_8);
        if (utf.length < 32 && take()) {
          out.writeByte(0xa0 | utf.length);
        } else {
          sized(0xd9, utf.length);
        }
        out.write(utf);
      }
      case byte[] digest -> {
        sized(0xc4, digest.length);
        out.write(digest);
      }
      case List<?> list -> {
        container(0x90, 0xdc, list.size());
        for (Object element : list) {
          put(element);
        }
      }
      case Map<?, ?> map -> {
        container(0x80, 0xde, map.size());
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          put(entry.getKey());
          put(entry.getValue());
        }
      }
      case Raw raw -> out.write(HexFormat.of().parseHex(raw.hex()));
      default -> throw new IllegalArgumentException("can't write " + value);
    }
  }

  private void sized(int lead, int size) throws IOException {
    if (size < 0x100 && take()) {
      out.writeByte(lead);
      out.writeByte(size);
    } else if (size < 0x1_0000 && take()) {
      out.writeByte(lead + 1);
      out.writeShort(size);
    } else {
      out.writeByte(lead + 2);
      out.writeInt(size);
    }
  }

  private void container(int fixed, int lead, int size) throws IOException {
    if (size < 16 && take()) {
      out.writeByte(fixed | size);
    } else if (size < 0x1_0000 && take()) {
      out.writeByte(lead);
      out.writeShort(size);
    } else {
      out.writeByte(lead + 1);
      out.writeInt(size);
    }
  }

  private void integer(long number) throws IOException {
    if (number >= -32 && number < 128 && take()) {
      out.writeByte((int) number);
    } else if (number >= 0 && (shortest || random.nextBoolean())) {
      unsigned(number);
    } else {
      signed(number);
    }
  }

  private void unsigned(long number) throws IOException {
    if (number < 0x100 && take()) {
      out.writeByte(0xcc);
      out.writeByte((int) number);
    } else if (number < 0x1_0000 && take()) {
      out.writeByte(0xcd);
      out.writeShort((int) number);
    } else if (number < 0x1_0000_0000L && take()) {
      out.writeByte(0xce);
      out.writeInt((int) number);
    } else {
      out.writeByte(0xcf);
      out.writeLong(number);
    }
  }

  private void signed(long number) throws IOException {
    if (number == (byte) number && take()) {
      out.writeByte(0xd0);
      out.writeByte((int) number);
    } else if (number == (short) number && take()) {
      out.writeByte(0xd1);
      out.writeShort((int) number);
    } else if (number == (int) number && take()) {
      out.writeByte(0xd2);
      out.writeInt((int) number);
    } else {
      out.writeByte(0xd3);
      out.writeLong(number);
    }
  }
}

package io.pickwick.kv.zmtp;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What the ends say of themselves: names of one length byte, values of four, big-endian. */
final class Properties {
  private Properties() {}

  /** Ours. */
  static byte[] of(Settings settings) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    put(out, "Socket-Type", settings.socketType());
    if (settings.socketType().equals("DEALER")) {
      put(out, "Identity", "");
    }
    return out.toByteArray();
  }

  private static void put(ByteArrayOutputStream out, String name, String value) {
    out.write(name.length());
    out.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
    byte[] bytes = value.getBytes(StandardCharsets.US_ASCII);
    out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
    out.writeBytes(bytes);
  }

  /** Reads theirs, which must name a socket type that fits ours; the others are passed over. */
  static void check(Settings settings, ByteBuffer in) throws ProtocolException {
    boolean fits = false;
    while (in.hasRemaining()) {
      String name = text(in, in.get() & 0xff);
      String value = text(in, in.remaining() < Integer.BYTES ? -1 : in.getInt());
      if (name.equalsIgnoreCase("Socket-Type")) {
        fits = settings.fits(value);
      }
    }
    if (!fits) {
      throw new ProtocolException("a socket of a type that does not fit " + settings.socketType());
    }
  }

  private static String text(ByteBuffer in, int length) throws ProtocolException {
    if (length < 0 || length > in.remaining()) {
      throw new ProtocolException("properties that are cut off");
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}

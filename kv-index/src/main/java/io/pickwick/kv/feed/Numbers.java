package io.pickwick.kv.feed;

/** The numbers of messages, as eight bytes, big-endian. */
final class Numbers {
  private Numbers() {}

  /** A number; negative when it is too large or when there are not eight bytes. */
  static long of(byte[] frame) {
    if (frame.length != Long.BYTES) {
      return Long.MIN_VALUE;
    }
    long number = 0;
    for (byte one : frame) {
      number = (number << 8) | (one & 0xff);
    }
    return number;
  }

  static byte[] bytes(long number) {
    byte[] bytes = new byte[Long.BYTES];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (number >>> (8 * (bytes.length - 1 - i)));
    }
    return bytes;
  }
}

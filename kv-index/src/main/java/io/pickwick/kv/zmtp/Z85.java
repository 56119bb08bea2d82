package io.pickwick.kv.zmtp;

/** Bytes as printable text, five characters for four bytes (RFC 32). */
final class Z85 {
  private static final String DIGITS =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
  private static final int BASE = 85;

  private Z85() {}

  /**
   * Reads a text.
   *
   * @throws IllegalArgumentException if it is none; the message does not repeat it
   */
  static byte[] decode(String text) {
    if (text.length() % 5 != 0) {
      throw new IllegalArgumentException("Z85 has a multiple of five characters");
    }
    byte[] bytes = new byte[text.length() / 5 * 4];
    long group = 0;
    for (int i = 0; i < text.length(); i++) {
      int digit = DIGITS.indexOf(text.charAt(i));
      if (digit < 0) {
        throw new IllegalArgumentException("not a character of Z85");
      }
      group = group * BASE + digit;
      if (i % 5 == 4) {
        for (int j = 0; j < 4; j++) {
          bytes[i / 5 * 4 + j] = (byte) (group >>> (24 - 8 * j));
        }
        group = 0;
      }
    }
    return bytes;
  }
}

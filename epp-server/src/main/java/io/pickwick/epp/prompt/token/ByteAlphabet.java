package io.pickwick.epp.prompt.token;

import java.util.Arrays;

/**
 * The printable characters that byte-level vocabularies write bytes with, GPT-2's {@code
 * bytes_to_unicode}: a printable byte is itself, the others follow from U+0100 in order.
 */
final class ByteAlphabet {
  private static final char[] CHARACTERS = new char[256];
  private static final int[] BYTES = new int[0x200];

  static {
    Arrays.fill(BYTES, -1);
    char next = 0x100;
    for (int value = 0; value < 256; value++) {
      boolean printable =
          (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xAC) || value >= 0xAE;
      CHARACTERS[value] = printable ? (char) value : next++;
      BYTES[CHARACTERS[value]] = value;
    }
  }

  private ByteAlphabet() {}

  static char character(int value) {
    return CHARACTERS[value];
  }

  /** The bytes that a vocabulary entry stands for; empty if it is not written in the alphabet. */
  static byte[] bytes(String entry) {
    byte[] bytes = new byte[entry.length()];
    for (int i = 0; i < bytes.length; i++) {
      char character = entry.charAt(i);
      int value = character < BYTES.length ? BYTES[character] : -1;
      if (value < 0) {
        return new byte[0];
      }
      bytes[i] = (byte) value;
    }
    return bytes;
  }
}

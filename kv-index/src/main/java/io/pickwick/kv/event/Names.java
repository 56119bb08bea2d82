package io.pickwick.kv.event;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Strings of bytes that were seen before, so that a name that comes with every event is not made
 * anew each time. It keeps a fixed number of them; a name that falls on another's place replaces
 * it.
 */
final class Names {
  /** Longer ones are no names. */
  static final int LONGEST = 4096;

  private static final int PLACES = 256;

  private final byte[][] bytes = new byte[PLACES][];
  private final String[] names = new String[PLACES];

  Names() {
    Arrays.fill(bytes, new byte[0]);
    Arrays.fill(names, "");
  }

  /** The UTF-8 string in a range of bytes. */
  String of(byte[] source, int from, int length) {
    if (length == 0) {
      return "";
    }
    if (length > LONGEST) {
      throw MalformedException.RANGE;
    }
    int hash = length;
    for (int i = from; i < from + length; i++) {
      hash = 31 * hash + source[i];
    }
    int place = (hash ^ hash >>> 15) & PLACES - 1;
    byte[] known = bytes[place];
    if (Arrays.equals(known, 0, known.length, source, from, from + length)) {
      return names[place];
    }
    bytes[place] = Arrays.copyOfRange(source, from, from + length);
    names[place] = new String(source, from, length, StandardCharsets.UTF_8);
    return names[place];
  }
}

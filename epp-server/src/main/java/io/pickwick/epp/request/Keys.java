package io.pickwick.epp.request;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/** Finds the slot that a key's bytes stand for, without making a string of them. */
final class Keys {
  private final byte[][] names;
  private final Slot[] slots;
  private final Slot unknown;
  private final int mask;

  Keys(Map<String, Slot> known, Slot unknown) {
    // An open-addressing table that is at most a quarter full ends every search soon.
    int size = Integer.highestOneBit(known.size()) * 8;
    this.names = new byte[size][];
    Arrays.fill(names, new byte[0]);
    this.slots = new Slot[size];
    this.unknown = unknown;
    this.mask = size - 1;
    known.forEach((name, slot) -> {
      byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
      int at = hash(bytes, bytes.length) & mask;
      while (names[at].length != 0) {
        at = at + 1 & mask;
      }
      names[at] = bytes;
      slots[at] = slot;
    });
  }

  Slot find(byte[] bytes, int length) {
    if (length == 0) {
      return unknown;
    }
    int at = hash(bytes, length) & mask;
    while (names[at].length != 0) {
      if (Arrays.equals(names[at], 0, names[at].length, bytes, 0, length)) {
        return slots[at];
      }
      at = at + 1 & mask;
    }
    return unknown;
  }

  private static int hash(byte[] bytes, int length) {
    int hash = length * 0x9e3779b9 + bytes[0] * 0x85ebca6b + bytes[length >> 1] * 0xc2b2ae35;
    hash += bytes[length - 1] * 0x27d4eb2f;
    return hash ^ hash >>> 15;
  }
}

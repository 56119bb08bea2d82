package io.pickwick.kv.event;

import java.util.Objects;

/** Block hashes of one event; grows to the longest one. */
final class HashList {
  private long[] hashes = new long[64];
  private int count;

  void clear() {
    count = 0;
  }

  int count() {
    return count;
  }

  long get(int block) {
    return hashes[Objects.checkIndex(block, count)];
  }

  /** Reads an array of hashes. */
  void read(MsgpackReader in) {
    long size = in.array();
    // Each hash takes a byte at least, so an event can't make this larger than itself eightfold.
    if (size > in.left()) {
      throw MalformedException.TRUNCATED;
    }
    if (hashes.length < size) {
      hashes = new long[(int) Math.max(size, 2L * hashes.length)];
    }
    count = 0;
    for (int i = 0; i < (int) size; i++) {
      hashes[i] = in.hash();
    }
    count = (int) size;
  }
}

package io.pickwick.kv.feed;

import io.pickwick.kv.event.BatchDecoder;

/** A batch of events as it came, with what is asked of it before it is decoded. */
final class Batch {
  private static final int UNREAD = -2;

  // An array of two or three, then a float of eight bytes.
  private static final int TIME_END = 10;
  private static final byte FLOAT = (byte) 0xcb;

  private final byte[] payload;
  private final double time;

  /** Read when first asked for, as that goes over the whole batch; handed on with the batch. */
  private int rank = UNREAD;

  Batch(byte[] payload) {
    this.payload = payload;
    this.time = time(payload);
  }

  byte[] payload() {
    return payload;
  }

  int bytes() {
    return payload.length;
  }

  /** When it was made, by its publisher's clock; not a number when it does not say. */
  double time() {
    return time;
  }

  /** Its data-parallel rank; -1 when it tells none. */
  int rank() {
    if (rank == UNREAD) {
      rank = BatchDecoder.rankOf(payload, 0, payload.length);
    }
    return rank;
  }

  private static double time(byte[] payload) {
    if (payload.length < TIME_END || (payload[0] & 0xf0) != 0x90 || payload[1] != FLOAT) {
      return Double.NaN;
    }
    long bits = 0;
    for (int i = 2; i < TIME_END; i++) {
      bits = (bits << 8) | (payload[i] & 0xff);
    }
    return Double.longBitsToDouble(bits);
  }
}

package io.pickwick.kv.zmtp;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Reads frames from bytes as they come.
 *
 * <p>A frame is a byte of flags, its size in one byte or, with {@link #LARGE}, in eight, big-endian
 * and unsigned, and its body. Room is made for what has come, never for what is only announced.
 */
final class FrameReader {
  static final int MORE = 1;
  static final int LARGE = 2;
  static final int COMMAND = 4;

  private static final int ALL_FLAGS = MORE | LARGE | COMMAND;
  private static final int FIRST_ROOM = 4096;
  private static final int SHORT_HEADER = 2;
  private static final int LONG_HEADER = 9;
  private static final byte[] NONE = {};

  private final byte[] header = new byte[LONG_HEADER];
  private Budget budget;
  private long most;
  private int headerFilled;
  private int size = -1;
  private byte[] body = NONE;
  private int filled;
  private int charged;
  private boolean ended;

  /** Takes frames. */
  interface Sink {
    /** A frame is whole; the body is the taker's. */
    void frame(int flags, byte[] body) throws ProtocolException;
  }

  /**
   * A reader at the begin of a frame.
   *
   * @param most the largest body
   * @param budget what bodies that are not complete are charged to
   */
  FrameReader(long most, Budget budget) {
    this.most = most;
    this.budget = budget;
  }

  /** Sets the largest body from the next frame on. */
  void limit(long most) {
    this.most = most;
  }

  /** Charges another budget from now on; what is charged moves there. */
  void charge(Budget to) throws ProtocolException {
    if (!to.take(charged)) {
      throw overBudget();
    }
    budget.give(charged);
    budget = to;
  }

  /** Whether a frame has begun that is not whole. */
  boolean midway() {
    return headerFilled > 0;
  }

  /** Reads all of the bytes, unless the sink ends it. */
  void read(ByteBuffer in, Sink sink) throws ProtocolException {
    while (!ended && (size >= 0 || in.hasRemaining())) {
      if ((size < 0 && !header(in)) || !body(in)) {
        return;
      }
      byte[] whole = body;
      release();
      sink.frame(header[0], whole);
    }
  }

  private boolean header(ByteBuffer in) throws ProtocolException {
    while (in.hasRemaining()) {
      header[headerFilled++] = in.get();
      if ((header[0] & ~ALL_FLAGS) != 0) {
        throw new ProtocolException("a frame with unknown flags");
      }
      if (headerFilled == ((header[0] & LARGE) == 0 ? SHORT_HEADER : LONG_HEADER)) {
        size = size();
        return true;
      }
    }
    return false;
  }

  private int size() throws ProtocolException {
    long told = header[1] & 0xff;
    for (int i = SHORT_HEADER; i < headerFilled; i++) {
      told = (told << 8) | (header[i] & 0xff);
    }
    if (told < 0 || told > most) {
      throw new ProtocolException(
          "a frame of %s bytes, of which %d may be".formatted(Long.toUnsignedString(told), most));
    }
    return (int) told;
  }

  private boolean body(ByteBuffer in) throws ProtocolException {
    if (filled == 0 && in.remaining() >= size) {
      body = size == 0 ? NONE : new byte[size];
      in.get(body);
      return true;
    }
    int more = Math.min(size - filled, in.remaining());
    if (filled + more > body.length) {
      grow(filled + more);
    }
    in.get(body, filled, more);
    filled += more;
    return filled == size;
  }

  private void grow(int needed) throws ProtocolException {
    int room = (int) Math.min(size, Math.max(needed, Math.max(FIRST_ROOM, 2L * body.length)));
    if (!budget.take(room - body.length)) {
      throw overBudget();
    }
    charged = room;
    body = Arrays.copyOf(body, room);
  }

  static ProtocolException overBudget() {
    return new ProtocolException("too much is half received, over all connections");
  }

  /** Forgets what is half read, and reads nothing any more. */
  void end() {
    ended = true;
    release();
  }

  /** Forgets what is half read. */
  void release() {
    budget.give(charged);
    charged = 0;
    headerFilled = 0;
    size = -1;
    filled = 0;
    body = NONE;
  }
}

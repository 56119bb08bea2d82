package io.pickwick.kv.zmtp;

/** A frame whole: its flags, of {@link FrameReader}, and its body. */
final class Frame {
  private final int flags;
  private final byte[] body;

  Frame(int flags, byte[] body) {
    this.flags = flags;
    this.body = body;
  }

  /** Whether another frame of the message follows. */
  boolean more() {
    return (flags & FrameReader.MORE) != 0;
  }

  /** Whether it is a command and no message. */
  boolean isCommand() {
    return (flags & FrameReader.COMMAND) != 0;
  }

  int flags() {
    return flags;
  }

  byte[] body() {
    return body;
  }
}

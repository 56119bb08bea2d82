package io.pickwick.kv.zmtp;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What both ends of CURVE do alike: counting nonces and boxing frames (RFC 26). */
abstract sealed class CurveMechanism implements Mechanism permits CurveClient, CurveServer {
  /*
   * S is the server's key, C the client's; S' and C' are the short-term ones of the connection.
   *   C: HELLO     version, padding, C', nonce, box of zeros (C' to S)
   *   S: WELCOME   nonce, box of S' and the cookie (S to C')
   *   C: INITIATE  cookie, nonce, box of C, a voucher and properties (C' to S')
   *   S: READY     nonce, box of properties (S' to C')
   * then MESSAGE with a nonce and a box of a flags byte and the frame's body. Lengths that follow
   * are of the commands with their names.
   */
  static final int HELLO_BYTES = 200;
  static final int WELCOME_BYTES = 168;
  static final int COOKIE_BYTES = 96;
  static final int INITIATE_HEAD = 113;
  static final int VOUCH_BYTES = 80;
  static final String FROM_CLIENT = "CurveZMQMESSAGEC";
  static final String FROM_SERVER = "CurveZMQMESSAGES";

  private static final String MESSAGE = "MESSAGE";
  private static final int MESSAGE_HEAD = 16;
  private static final int INNER_COMMAND = 2;

  final Settings settings;
  byte[] shared = new byte[0];
  boolean done;
  private final String sends;
  private final String takes;
  private long ours;
  private long theirs = -1;

  CurveMechanism(Settings settings, String sends, String takes) {
    this.settings = settings;
    this.sends = sends;
    this.takes = takes;
  }

  @Override
  public final String name() {
    return "CURVE";
  }

  @Override
  public final boolean done() {
    return done;
  }

  /** The next number for a nonce of ours. */
  final long number() {
    return ++ours;
  }

  /** Checks a number of theirs, which must grow. */
  final long number(long told) throws ProtocolException {
    if (told <= theirs) {
      throw new ProtocolException("a nonce that was used before");
    }
    theirs = told;
    return told;
  }

  /** The rest of a command that must have a name and a size. */
  static ByteBuffer rest(byte[] command, String name, int least, int most)
      throws ProtocolException {
    if (!Mechanism.named(command, name) || command.length < least || command.length > most) {
      throw new ProtocolException("no " + name + " where one must be");
    }
    return ByteBuffer.wrap(command, name.length() + 1, command.length - name.length() - 1);
  }

  /** A command's first bytes. */
  static ByteBuffer command(String name, int size) {
    return ByteBuffer.allocate(size)
        .put((byte) name.length())
        .put(name.getBytes(StandardCharsets.US_ASCII));
  }

  static byte[] bytes(ByteBuffer from, int count) {
    byte[] some = new byte[count];
    from.get(some);
    return some;
  }

  @Override
  public final Frame open(Frame frame) throws ProtocolException {
    byte[] body = frame.body();
    ByteBuffer in = rest(body, MESSAGE, MESSAGE_HEAD + CurveBox.OVERHEAD + 1, Integer.MAX_VALUE);
    long nonce = number(in.getLong());
    byte[] plain = CurveBox.open(in, CurveBox.nonce(takes, nonce), shared);
    int flags = plain[0] & FrameReader.MORE;
    if ((plain[0] & INNER_COMMAND) != 0) {
      flags |= FrameReader.COMMAND;
    }
    byte[] inner = new byte[plain.length - 1];
    System.arraycopy(plain, 1, inner, 0, inner.length);
    return new Frame(flags, inner);
  }

  @Override
  public final Frame seal(Frame frame) {
    byte[] plain = new byte[frame.body().length + 1];
    plain[0] = (byte) (frame.flags() & FrameReader.MORE);
    if (frame.isCommand()) {
      plain[0] |= INNER_COMMAND;
    }
    System.arraycopy(frame.body(), 0, plain, 1, frame.body().length);
    long nonce = number();
    byte[] box = CurveBox.seal(plain, CurveBox.nonce(sends, nonce), shared);
    byte[] body = command(MESSAGE, MESSAGE_HEAD + box.length).putLong(nonce).put(box).array();
    return new Frame(0, body);
  }
}

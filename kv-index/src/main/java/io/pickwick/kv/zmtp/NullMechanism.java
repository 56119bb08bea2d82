package io.pickwick.kv.zmtp;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** No security: each end says READY and its properties. */
final class NullMechanism implements Mechanism {
  private static final String READY = "READY";

  private final Settings settings;
  private boolean done;

  NullMechanism(Settings settings) {
    this.settings = settings;
  }

  @Override
  public String name() {
    return "NULL";
  }

  @Override
  public boolean isServer() {
    return false;
  }

  @Override
  public byte[] begin() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(READY.length());
    out.writeBytes(READY.getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(Properties.of(settings));
    return out.toByteArray();
  }

  @Override
  public byte[] next(byte[] command) throws ProtocolException {
    if (!Mechanism.named(command, READY)) {
      throw new ProtocolException("no READY where one must be");
    }
    int begin = READY.length() + 1;
    Properties.check(settings, ByteBuffer.wrap(command, begin, command.length - begin));
    done = true;
    return new byte[0];
  }

  @Override
  public boolean done() {
    return done;
  }

  @Override
  public Frame open(Frame frame) {
    return frame;
  }

  @Override
  public Frame seal(Frame frame) {
    return frame;
  }
}

package io.pickwick.kv.zmtp;

import java.io.IOException;

/** The other end said what it must not say; the message tells what. */
public final class ProtocolException extends IOException {
  private static final long serialVersionUID = 1;

  ProtocolException(String why) {
    super(why);
  }
}

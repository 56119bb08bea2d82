package io.pickwick.kv.zmtp;

import java.security.MessageDigest;
import java.util.Arrays;

/** A key of CURVE: 32 bytes, public or secret. */
public final class Key {
  private final byte[] bytes;

  Key(byte[] bytes) {
    if (bytes.length != CurveBox.KEY) {
      throw new IllegalArgumentException("a CURVE key has 32 bytes");
    }
    this.bytes = bytes;
  }

  /**
   * A key as ZeroMQ writes it, in 40 characters of Z85.
   *
   * @throws IllegalArgumentException if it is none; the message does not repeat it
   */
  public static Key of(String text) {
    return new Key(Z85.decode(text));
  }

  /** Not to be changed. */
  byte[] bytes() {
    return bytes;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Key key && MessageDigest.isEqual(bytes, key.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** Says nothing of it, since it may be secret. */
  @Override
  public String toString() {
    return "Key";
  }
}

package io.pickwick.kv.hash;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256 that allocates nothing per digest. */
final class Sha256 implements BlockDigest {
  private static final int LENGTH = 32;

  private final MessageDigest digest = newDigest();

  @Override
  public int length() {
    return LENGTH;
  }

  @Override
  public void digest(byte[] in, int from, int length, byte[] out) {
    digest.update(in, from, length);
    try {
      digest.digest(out, 0, LENGTH);
    } catch (DigestException e) {
      throw new IllegalStateException(e);
    }
  }

  private static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}

package io.pickwick.kv.zmtp;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.SecureRandom;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import javax.crypto.KeyAgreement;

/** NaCl's public-key boxes as CURVE uses them (RFC 26). */
final class CurveBox {
  static final int KEY = 32;
  static final int NONCE = 24;
  static final int LONG_NONCE = 16;

  /** How much longer a box is than what is in it. */
  static final int OVERHEAD = 16;

  private static final String CURVE = "X25519";
  private static final byte[] BASE = new byte[KEY];

  static {
    BASE[0] = 9;
  }

  private static final SecureRandom RANDOM = new SecureRandom();

  private CurveBox() {}

  static Security.KeyPair keys() {
    byte[] secret = random(KEY);
    try {
      return new Security.KeyPair(new Key(agree(BASE, secret)), new Key(secret));
    } catch (InvalidKeyException e) {
      throw new IllegalStateException("the base point is a key", e);
    }
  }

  private static byte[] agree(byte[] theirs, byte[] secret) throws InvalidKeyException {
    byte[] turned = new byte[KEY];
    for (int i = 0; i < KEY; i++) {
      turned[i] = theirs[KEY - 1 - i];
    }
    // Of a number of 255 bits, the last is no part.
    turned[0] &= 0x7f;
    try {
      KeyFactory keys = KeyFactory.getInstance(CURVE);
      KeyAgreement agreement = KeyAgreement.getInstance(CURVE);
      agreement.init(
          keys.generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, secret.clone())));
      agreement.doPhase(
          keys.generatePublic(
              new XECPublicKeySpec(NamedParameterSpec.X25519, new BigInteger(1, turned))),
          true);
      return agreement.generateSecret();
    } catch (InvalidKeyException e) {
      throw e;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + CURVE, e);
    }
  }

  static byte[] random(int bytes) {
    byte[] some = new byte[bytes];
    RANDOM.nextBytes(some);
    return some;
  }

  /**
   * The key that both ends come to.
   *
   * @throws ProtocolException if theirs is one of the few with which everybody comes to the same
   */
  static byte[] shared(byte[] theirs, Key secret) throws ProtocolException {
    try {
      return SecretBox.hash(agree(theirs, secret.bytes()), new byte[LONG_NONCE]);
    } catch (InvalidKeyException e) {
      throw new ProtocolException("a key that hides nothing");
    }
  }

  /** A nonce of a prefix and a number. */
  static byte[] nonce(String prefix, long number) {
    return ByteBuffer.allocate(NONCE)
        .put(prefix.getBytes(StandardCharsets.US_ASCII))
        .putLong(number)
        .array();
  }

  /** A nonce of a prefix and random bytes. */
  static byte[] nonce(String prefix, byte[] random) {
    return ByteBuffer.allocate(NONCE)
        .put(prefix.getBytes(StandardCharsets.US_ASCII))
        .put(random)
        .array();
  }

  static byte[] seal(byte[] plain, byte[] nonce, byte[] shared) {
    return SecretBox.seal(plain, nonce, shared);
  }

  /** Opens the box that is the rest of the bytes. */
  static byte[] open(ByteBuffer box, byte[] nonce, byte[] shared) throws ProtocolException {
    if (box.remaining() < OVERHEAD) {
      throw new ProtocolException("a box that is cut off");
    }
    byte[] in = new byte[box.remaining()];
    box.get(in);
    return SecretBox.open(in, nonce, shared)
        .orElseThrow(() -> new ProtocolException("a box that does not open"));
  }
}

package io.pickwick.kv.zmtp;

import com.neilalexander.jnacl.crypto.curve25519xsalsa20poly1305;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;

/** NaCl's public-key boxes as CURVE uses them (RFC 26). */
final class CurveBox {
  static final int KEY = 32;
  static final int NONCE = 24;
  static final int LONG_NONCE = 16;

  /** How much longer a box is than what is in it. */
  static final int OVERHEAD = 16;

  // NaCl wants so many zeros before what goes in and before what comes out.
  private static final int ZEROS_IN = 32;
  private static final int ZEROS_OUT = 16;

  private static final SecureRandom RANDOM = new SecureRandom();

  private CurveBox() {}

  static Security.KeyPair keys() {
    byte[] open = new byte[KEY];
    byte[] secret = random(KEY);
    curve25519xsalsa20poly1305.crypto_box_getpublickey(open, secret);
    return new Security.KeyPair(new Key(open), new Key(secret));
  }

  static byte[] random(int bytes) {
    byte[] some = new byte[bytes];
    RANDOM.nextBytes(some);
    return some;
  }

  /** The key that both ends come to. */
  static byte[] shared(byte[] theirs, Key secret) {
    byte[] key = new byte[KEY];
    curve25519xsalsa20poly1305.crypto_box_beforenm(key, theirs, secret.bytes());
    return key;
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
    byte[] in = new byte[ZEROS_IN + plain.length];
    System.arraycopy(plain, 0, in, ZEROS_IN, plain.length);
    byte[] out = new byte[in.length];
    curve25519xsalsa20poly1305.crypto_box_afternm(out, in, in.length, nonce, shared);
    byte[] box = new byte[out.length - ZEROS_OUT];
    System.arraycopy(out, ZEROS_OUT, box, 0, box.length);
    return box;
  }

  /** Opens the box that is the rest of the bytes. */
  static byte[] open(ByteBuffer box, byte[] nonce, byte[] shared) throws ProtocolException {
    if (box.remaining() < OVERHEAD) {
      throw new ProtocolException("a box that is cut off");
    }
    byte[] in = new byte[ZEROS_OUT + box.remaining()];
    box.get(in, ZEROS_OUT, box.remaining());
    byte[] out = new byte[in.length];
    int rc = curve25519xsalsa20poly1305.crypto_box_open_afternm(out, in, in.length, nonce, shared);
    if (rc != 0) {
      throw new ProtocolException("a box that does not open");
    }
    byte[] plain = new byte[out.length - ZEROS_IN];
    System.arraycopy(out, ZEROS_IN, plain, 0, plain.length);
    return plain;
  }
}

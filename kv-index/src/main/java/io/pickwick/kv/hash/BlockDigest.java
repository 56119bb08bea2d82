package io.pickwick.kv.hash;

/** A hash function of bytes; one instance is used by one thread. */
sealed interface BlockDigest permits Sha256, Xxh3 {
  /** Bytes of a digest. */
  int length();

  /** Writes the digest of a byte range to the start of {@code out}. */
  void digest(byte[] in, int from, int length, byte[] out);
}

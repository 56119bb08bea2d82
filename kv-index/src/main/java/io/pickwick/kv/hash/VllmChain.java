package io.pickwick.kv.hash;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * vLLM's block hashes: the digest of (parent's digest, tokens, extra keys or None), where the first
 * block's parent is the digest of the seed; published are the last eight bytes, big-endian.
 *
 * <p>Source: {@code hash_block_tokens} and {@code maybe_convert_block_hash} in {@code
 * vllm/v1/core/kv_cache_utils.py}.
 */
final class VllmChain extends DigestChain {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final ExtraForm form;
  private final BlockDigest digest;
  private final Preimage preimage;
  private final Sha256 embedsHash = new Sha256();
  private final byte[] root;
  private BlockExtras extras;

  VllmChain(HashScheme scheme) {
    this(scheme, digestOf(scheme.algorithm()));
  }

  private VllmChain(HashScheme scheme, BlockDigest digest) {
    super(digest.length());
    this.form = scheme.form();
    this.digest = digest;
    this.preimage = preimageOf(scheme.algorithm());
    this.root = new byte[digest.length()];
    this.extras = new BlockExtras(form, ExtraKeys.NONE, embedsHash);
    preimage.root(scheme.hashedSeed());
    digest.digest(preimage.bytes, 0, preimage.length, root);
  }

  @Override
  void restart(ExtraKeys extra) {
    extras = new BlockExtras(form, extra, embedsHash);
    System.arraycopy(root, 0, last, 0, root.length);
  }

  @Override
  void add(int[] tokens, int from, int count, int start) {
    preimage.begin(last, last.length, tokens, from, count);
    extras.write(preimage, start, start + count);
    preimage.end();
    digest.digest(preimage.bytes, 0, preimage.length, last);
  }

  @Override
  long published() {
    return (long) LONG.get(last, last.length - Long.BYTES);
  }

  private static BlockDigest digestOf(HashAlgorithm algorithm) {
    return switch (algorithm) {
      case SHA256, SHA256_CBOR, SHA256_CBOR_64BIT -> new Sha256();
      case XXHASH, XXHASH_CBOR -> new Xxh3();
      case SGLANG -> throw new IllegalArgumentException("not vLLM's: " + algorithm);
    };
  }

  private static Preimage preimageOf(HashAlgorithm algorithm) {
    return switch (algorithm) {
      case SHA256, XXHASH -> new PicklePreimage();
      case SHA256_CBOR, XXHASH_CBOR -> new CborPreimage(false);
      case SHA256_CBOR_64BIT -> new CborPreimage(true);
      case SGLANG -> throw new IllegalArgumentException("not vLLM's: " + algorithm);
    };
  }
}

package io.pickwick.kv.hash;

import java.util.Optional;

/**
 * How an engine turns the tokens of a block into its hash.
 *
 * <p>vLLM's names are the values of {@code --prefix-caching-hash-algo}, which {@code
 * vllm:cache_config_info} repeats as {@code prefix_caching_hash_algo}.
 */
public enum HashAlgorithm {
  /** SHA-256 of a Python pickle: vLLM's default since 0.10.2. */
  SHA256("sha256"),

  /** SHA-256 of canonical CBOR, chained by the whole digest: vLLM since 0.10.2. */
  SHA256_CBOR("sha256_cbor"),

  /** XXH3 of 128 bits of a Python pickle: vLLM since 0.13. */
  XXHASH("xxhash"),

  /** XXH3 of 128 bits of canonical CBOR: vLLM since 0.13. */
  XXHASH_CBOR("xxhash_cbor"),

  /** SHA-256 of canonical CBOR, chained by the digest's low 64 bits: vLLM 0.10.0 and 0.10.1. */
  SHA256_CBOR_64BIT("sha256_cbor_64bit"),

  /** SHA-256 of the parent's digest and the tokens, four bytes each: SGLang. */
  SGLANG("sglang");

  private final String label;

  HashAlgorithm(String label) {
    this.label = label;
  }

  /** The algorithm of this name, in vLLM's spelling; empty for one that is not known. */
  public static Optional<HashAlgorithm> named(String name) {
    for (HashAlgorithm algorithm : values()) {
      if (algorithm.label.equals(name)) {
        return Optional.of(algorithm);
      }
    }
    return Optional.empty();
  }

  /** The name in vLLM's spelling. */
  public String label() {
    return label;
  }

  @Override
  public String toString() {
    return label;
  }
}

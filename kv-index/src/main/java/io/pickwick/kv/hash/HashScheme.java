package io.pickwick.kv.hash;

import java.util.Optional;

/**
 * Everything about an engine, but not about a request, that its block hashes depend on.
 *
 * @param algorithm how a block is hashed
 * @param seed the engine's {@code PYTHONHASHSEED} verbatim; empty when it is not set
 * @param blockSize tokens of a hashed block, positive
 * @param form how extra keys are written
 */
public record HashScheme(
    HashAlgorithm algorithm, Optional<String> seed, int blockSize, ExtraForm form) {
  /** What vLLM hashes in place of a seed when none is set and the algorithm allows it. */
  public static final String DEFAULT_SEED = "vllm-none-hash";

  /** Refuses blocks without tokens. */
  public HashScheme {
    if (blockSize <= 0) {
      throw new IllegalArgumentException("block size must be positive: " + blockSize);
    }
  }

  /**
   * Whether somebody outside the engine can compute its hashes: not when it draws a seed of its own
   * at each start, as it does without a set one for {@code xxhash*} and {@code sha256_cbor_64bit}.
   *
   * <p>vLLM before 0.29 does so for {@code sha256} and {@code sha256_cbor} too; whoever knows the
   * version has to ask {@link #hasDefaultSeed(String)}.
   */
  public boolean predictable() {
    return seed.isPresent()
        || switch (algorithm) {
          case SHA256, SHA256_CBOR, SGLANG -> true;
          case XXHASH, XXHASH_CBOR, SHA256_CBOR_64BIT -> false;
        };
  }

  /**
   * Whether this version of vLLM hashes {@link #DEFAULT_SEED} when no seed is set and the algorithm
   * is {@code sha256} or {@code sha256_cbor}: true since 0.29, and for a text that is no version.
   */
  public static boolean hasDefaultSeed(String vllmVersion) {
    return EngineVersion.parse(vllmVersion).atLeast(0, 29, 0);
  }

  String hashedSeed() {
    return seed.orElse(DEFAULT_SEED);
  }
}

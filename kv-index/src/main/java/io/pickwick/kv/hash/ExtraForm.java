package io.pickwick.kv.hash;

/**
 * How what tells equal tokens apart (adapter, media, salt, embeddings) is written into a block's
 * hash: a matter of vLLM's version.
 *
 * <p>Source: {@code generate_block_hash_extra_keys} in {@code vllm/v1/core/kv_cache_utils.py} of
 * the releases named here.
 */
public enum ExtraForm {
  /** Adapter by its number, medium by its identifier: to 0.11.0. */
  NUMBERED,

  /** Adapter by its name, medium by its identifier, embeddings as they are: 0.11.1 to 0.16. */
  NAMED,

  /** Adapter by its name, medium by its identifier, embeddings by their digest: 0.17 and 0.18. */
  DIGESTED,

  /** Adapter by its name, medium by its identifier and its offset in the block: 0.19 to 0.30. */
  POSITIONED,

  /** Everything under a tag, the adapter with its path: since 0.31. */
  TAGGED;

  /**
   * The form of an engine's version as {@code GET /version} writes it. A text that is no version
   * counts as the newest.
   */
  public static ExtraForm ofVersion(String vllmVersion) {
    EngineVersion version = EngineVersion.parse(vllmVersion);
    if (version.atLeast(0, 31, 0)) {
      return TAGGED;
    }
    if (version.atLeast(0, 19, 0)) {
      return POSITIONED;
    }
    if (version.atLeast(0, 17, 0)) {
      return DIGESTED;
    }
    return version.atLeast(0, 11, 1) ? NAMED : NUMBERED;
  }
}

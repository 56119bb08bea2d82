package io.pickwick.bench.events;

import java.util.List;

/** One KV event, before it is written in some version's encoding. */
sealed interface CacheEvent {
  /**
   * Blocks are in the cache.
   *
   * @param hashes the low 64 bits of each block's hash
   * @param hasParent whether a block comes before the first
   * @param parent that block's hash
   * @param tokens the tokens of all blocks
   * @param blockSize tokens per block
   * @param loraName the adapter, or empty
   * @param loraId its number, meaningless without one
   * @param extraKeys what each block's hash has beyond the tokens, in the order of hashing
   * @param session the session in whose name it is told, or empty
   */
  @SuppressWarnings("ArrayRecordComponent") // Written once and never compared.
  record Stored(
      long[] hashes,
      boolean hasParent,
      long parent,
      int[] tokens,
      int blockSize,
      String loraName,
      int loraId,
      List<List<String>> extraKeys,
      String session)
      implements CacheEvent {}

  /**
   * A block has one copy less.
   *
   * @param hash the low 64 bits of its hash
   */
  record Removed(long hash) implements CacheEvent {}

  /** The cache is empty. */
  record Cleared() implements CacheEvent {}
}

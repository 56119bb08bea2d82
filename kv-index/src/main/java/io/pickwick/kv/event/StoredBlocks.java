package io.pickwick.kv.event;

/**
 * One {@code BlockStored} event: consecutive blocks that an engine now has in its cache.
 *
 * <p>A view that is only lent for the call: its values change with the next event.
 */
public interface StoredBlocks {
  /** How many blocks. */
  int count();

  /** The engine's hash of a block: its low 64 bits, {@code 0 <= block < count()}. */
  long hash(int block);

  /** Whether the first block follows another one. */
  boolean hasParent();

  /** The engine's hash of the block before the first; meaningless without one. */
  long parent();

  /** Tokens per block. */
  int blockSize();

  /** How many tokens came with the event; zero from an offload tier that tells none. */
  int tokens();

  /** The token at a position, {@code 0 <= position < tokens()}. */
  int token(int position);

  /** Where the blocks lie. */
  Medium medium();

  /** The KV cache group; zero when not told. */
  int group();

  /** Whether the group's blocks make a prefix: full attention, or a group of unknown kind. */
  boolean fullAttention();

  /** Whether the event told the group's kind, so that {@link #fullAttention()} is no guess. */
  boolean kindTold();

  /** The adapter's name; empty for the base model or when not told. */
  String loraName();

  /** The adapter's number; -1 for the base model or when not told. */
  long loraId();

  /**
   * Whether some block's hash has extra keys beyond the tokens: an adapter, an image, a salt. False
   * also when the version does not tell.
   */
  boolean hasExtraKeys();

  /**
   * Whether these blocks may only be reported once more because a request asked for it ({@code
   * kv_cache_report_mode: full}); then no removal will follow for this report.
   */
  boolean reported();
}

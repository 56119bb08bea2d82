package io.pickwick.kv.event;

import io.pickwick.kv.hash.PromptKeys;

/**
 * Keys made of the engine's own block hashes: each, apart from those of other models by {@link
 * PromptKeys#separated(long, long)}.
 *
 * <p>An engine's hash already covers the whole prefix, so neither tokens nor parents are needed and
 * every key is always known. Immutable, so one instance may also serve many publishers.
 */
public final class EngineKeys implements BlockKeys {
  private final long separator;

  /**
   * @param separator what keeps the model apart, see {@link PromptKeys#separator(String, String)}
   */
  public EngineKeys(long separator) {
    this.separator = separator;
  }

  @Override
  public int stored(StoredBlocks blocks, long[] keys) {
    int count = blocks.count();
    for (int i = 0; i < count; i++) {
      keys[i] = PromptKeys.separated(separator, blocks.hash(i));
    }
    return count;
  }

  @Override
  public long parent(StoredBlocks blocks) {
    return blocks.hasParent() ? PromptKeys.separated(separator, blocks.parent()) : 0;
  }

  @Override
  public long removed(long hash) {
    return PromptKeys.separated(separator, hash);
  }
}

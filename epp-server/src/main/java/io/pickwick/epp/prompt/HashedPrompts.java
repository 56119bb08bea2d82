package io.pickwick.epp.prompt;

import io.pickwick.kv.hash.BlockLayout;
import io.pickwick.kv.hash.PromptHasher;
import io.pickwick.kv.hash.PromptKeys;
import java.util.ArrayDeque;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads prompts as chains of hashes of their bytes: what estimation needs, without a tokenizer.
 *
 * <p>Hashers are used again: each thread keeps a few that requests have given back.
 */
public final class HashedPrompts implements Supplier<PromptReader> {
  private static final int KEPT = 64;

  private final BlockLayout layout;
  private final long seed;
  private final ThreadLocal<ArrayDeque<PromptHasher>> spare =
      ThreadLocal.withInitial(ArrayDeque::new);

  /**
   * Prompts cut into blocks of this layout.
   *
   * @param seed a secret of the process, so that nobody can craft prompts whose keys collide
   */
  public HashedPrompts(BlockLayout layout, long seed) {
    this.layout = layout;
    this.seed = seed;
  }

  /** A reader of one prompt. */
  @Override
  public PromptReader get() {
    return new Reader();
  }

  private final class Reader implements PromptReader {
    private @Nullable PromptHasher hasher;

    @Override
    public void content(byte[] bytes, int offset, int length) {
      hasher().content(bytes, offset, length);
    }

    @Override
    public void context(byte[] bytes, int offset, int length) {
      hasher().context(bytes, offset, length);
    }

    @Override
    public void restart() {
      if (hasher != null) {
        hasher.restart();
      }
    }

    @Override
    public PromptKeys keys() {
      PromptHasher used = hasher;
      if (used == null) {
        return PromptKeys.NONE;
      }
      PromptKeys keys = used.finish();
      hasher = null;
      ArrayDeque<PromptHasher> kept = spare.get();
      if (kept.size() < KEPT) {
        used.reset();
        kept.push(used);
      }
      return keys;
    }

    private PromptHasher hasher() {
      PromptHasher used = hasher;
      if (used == null) {
        used = spare.get().poll();
        if (used == null) {
          used = new PromptHasher(layout, seed);
        }
        hasher = used;
      }
      return used;
    }
  }
}

package io.pickwick.kv.hash;

/**
 * Turns the canonical bytes of a prompt, in pieces of any cut, into its {@link PromptKeys}.
 *
 * <p>A prompt has two parts: the context, which the model reads first wherever it stands in the
 * body (tools, a separate system prompt), and the content. Each is cut into blocks from its own
 * start; the chain of keys runs over the context's blocks, its last one as short as it comes, and
 * then over the content's full blocks. So prompts with the same context match there even if their
 * contents differ, and prompts with different contexts never match in their contents.
 *
 * <p>Used by one thread, again and again: {@link #reset()} starts the next prompt. The keys handed
 * out stay valid after it.
 */
public final class PromptHasher {
  private static final long CONTEXT = 0x636F6E74657874L;

  private final BlockLayout layout;
  private final BlockChain context;
  private final BlockChain content;

  /** Hashes with seed 0. */
  public PromptHasher(BlockLayout layout) {
    this(layout, 0);
  }

  /**
   * @param seed keys of different seeds never match; a secret one keeps clients from crafting
   *     prompts with colliding keys
   */
  public PromptHasher(BlockLayout layout, long seed) {
    this.layout = layout;
    this.context = new BlockChain(layout, Xxh64.mix(seed, CONTEXT), true);
    this.content = new BlockChain(layout, seed, false);
  }

  /** Forgets everything and is ready for the next prompt. */
  public void reset() {
    context.reset();
    content.reset();
  }

  /** Forgets the content and keeps the context. */
  public void restart() {
    content.reset();
  }

  /** The next bytes of the content. */
  public void content(byte[] bytes, int offset, int length) {
    content.add(bytes, offset, length);
  }

  /** The next bytes of the context. */
  public void context(byte[] bytes, int offset, int length) {
    context.add(bytes, offset, length);
  }

  /** The keys of everything since the last reset; changes nothing. */
  public PromptKeys finish() {
    int tokens = tokens(context.bytes() + content.bytes());
    int own = content.count();
    if (context.bytes() == 0) {
      long[] keys = new long[own];
      content.copyKeys(keys);
      return new PromptKeys(keys, own, layout.ends(), tokens);
    }
    int lead = context.count() + (context.ragged() ? 1 : 0);
    long root = context.tail();
    long[] keys = new long[lead + own];
    int[] ends = new int[lead + own];
    context.copyKeys(keys);
    System.arraycopy(layout.ends(), 0, ends, 0, context.count());
    int contextTokens = tokens(context.bytes());
    keys[lead - 1] = root;
    ends[lead - 1] = contextTokens;
    for (int i = 0; i < own; i++) {
      keys[lead + i] = Xxh64.mix(root, content.key(i));
      ends[lead + i] = contextTokens + layout.ends()[i];
    }
    return new PromptKeys(keys, lead + own, ends, tokens);
  }

  private int tokens(long bytes) {
    return (int) Math.min(Integer.MAX_VALUE / 2, bytes / layout.bytesPerToken());
  }
}

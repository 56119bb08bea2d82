package io.pickwick.kv.hash;

import java.util.Arrays;
import java.util.Objects;

/**
 * One prompt's tokens, as they come in pieces of any cut, become the keys under which an engine's
 * events store its blocks.
 *
 * <p>Key {@code i} is {@link PromptKeys#separated(long, long)} of the separator and the 64 bits
 * that the engine publishes of block {@code i}'s hash. Token ids run from 0 to 2<sup>31</sup>−1.
 *
 * <p>Used by one thread, prompt after prompt: {@link #reset} starts the next one and {@link
 * #resume} goes on where another one was marked. Keys and marks handed out stay valid, and may go
 * to other threads.
 */
public final class TokenChain {
  /*
   * Tokens wait in `pending` until their block is full; whole blocks of a piece that starts at a
   * block's edge are hashed where they are. The engine's digest of the last block, whose length is
   * the algorithm's, is kept by the DigestChain; all that remains of the ones before are the keys.
   * The engine's own 64 bits are not kept, because the separation can be undone.
   */
  private final HashScheme scheme;
  private final DigestChain digests;
  private final BlockEnds ends;
  private final int blockSize;
  private final int[] pending;
  private ExtraKeys extra;
  private long separator;
  private long separation;
  private KeyLog keys;
  private int blocks;
  private int waiting;

  /**
   * @param separator what keeps the model apart, see {@link PromptKeys#separator(String, String)}
   * @throws IllegalArgumentException if the scheme is not {@link HashScheme#predictable()}
   */
  public TokenChain(HashScheme scheme, ExtraKeys extra, long separator) {
    if (!scheme.predictable()) {
      throw new IllegalArgumentException(
          "the engine draws a seed of its own for %s unless PYTHONHASHSEED is set"
              .formatted(scheme.algorithm()));
    }
    this.scheme = scheme;
    this.digests = DigestChain.of(scheme);
    this.ends = BlockEnds.of(scheme.blockSize());
    this.blockSize = scheme.blockSize();
    this.pending = new int[blockSize];
    this.extra = extra;
    this.separator = separator;
    this.separation = separation(scheme, extra, separator);
    this.keys = KeyLog.empty();
    digests.restart(extra);
  }

  /** A new chain that goes on from a mark. */
  public static TokenChain resumed(Mark mark) {
    TokenChain chain = new TokenChain(mark.scheme, mark.extra, mark.separator);
    chain.resume(mark);
    return chain;
  }

  /** What this chain hashes by. */
  public HashScheme scheme() {
    return scheme;
  }

  /** Forgets everything and is ready for the next prompt. */
  public void reset(ExtraKeys nextExtra, long nextSeparator) {
    extra = nextExtra;
    separator = nextSeparator;
    separation = separation(scheme, nextExtra, nextSeparator);
    keys = KeyLog.empty();
    blocks = 0;
    waiting = 0;
    digests.restart(nextExtra);
  }

  /** Forgets everything and goes on from a mark, with the mark's extra keys and separator. */
  public void resume(Mark mark) {
    resume(mark, mark.extra);
  }

  /**
   * Forgets everything and goes on from a mark with further media.
   *
   * @param grown the mark's extra keys; media that start at or after its last token may differ
   * @throws IllegalArgumentException if the mark is of another scheme, or the extra keys differ in
   *     what its tokens were hashed with
   */
  public void resume(Mark mark, ExtraKeys grown) {
    if (!scheme.equals(mark.scheme)) {
      throw new IllegalArgumentException(
          "a mark of %s in a chain of %s".formatted(mark.scheme, scheme));
    }
    if (!grown.agrees(mark.extra, mark.tokens())) {
      throw new IllegalArgumentException("the mark was hashed with other extra keys");
    }
    extra = grown;
    separator = mark.separator;
    separation = separation(scheme, grown, separator);
    keys = mark.keys;
    blocks = mark.blocks;
    waiting = mark.pending.length;
    System.arraycopy(mark.pending, 0, pending, 0, waiting);
    digests.resume(grown, mark.digest);
  }

  /**
   * The next token.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public void add(int token) {
    if (token < 0) {
      throw negative(token);
    }
    pending[waiting++] = token;
    if (waiting == blockSize) {
      waiting = 0;
      hash(pending, 0);
    }
  }

  /**
   * The next tokens, {@code tokens[from .. to)}.
   *
   * @throws IllegalArgumentException if one is negative; none of them is added then
   */
  public void add(int[] tokens, int from, int to) {
    Objects.checkFromToIndex(from, to, tokens.length);
    Math.addExact(tokens(), to - from);
    int signs = 0;
    for (int i = from; i < to; i++) {
      signs |= tokens[i];
    }
    if (signs < 0) {
      throw negative(Arrays.stream(tokens, from, to).min().orElseThrow());
    }
    int at = from;
    if (waiting > 0) {
      int missing = Math.min(blockSize - waiting, to - at);
      System.arraycopy(tokens, at, pending, waiting, missing);
      waiting += missing;
      at += missing;
      if (waiting < blockSize) {
        return;
      }
      waiting = 0;
      hash(pending, 0);
    }
    for (; to - at >= blockSize; at += blockSize) {
      hash(tokens, at);
    }
    waiting = to - at;
    System.arraycopy(tokens, at, pending, 0, waiting);
  }

  /** Tokens so far. */
  public int tokens() {
    return blocks * blockSize + waiting;
  }

  /** Full blocks so far. */
  public int blocks() {
    return blocks;
  }

  /** The key of a block, {@code 0 <= block < blocks()}. */
  public long key(int block) {
    return keys.key(Objects.checkIndex(block, blocks));
  }

  /** What the engine publishes of a block's hash, {@code 0 <= block < blocks()}. */
  public long raw(int block) {
    return PromptKeys.together(separation, key(block));
  }

  /** The keys of all full blocks: those that the engine stores. */
  public PromptKeys stored() {
    return keys(blocks);
  }

  /**
   * The keys of the blocks that the engine can take from its cache: it computes at least the
   * prompt's last token, so that a prompt of whole blocks never gets the last one of them.
   */
  public PromptKeys hits() {
    return keys(Math.max(0, tokens() - 1) / blockSize);
  }

  /** This point of the prompt, for prompts that begin the same. */
  public Mark mark() {
    return new Mark(
        scheme,
        extra,
        separator,
        digests.last.clone(),
        Arrays.copyOf(pending, waiting),
        keys,
        blocks);
  }

  /** The engine's whole digest of the last block. */
  byte[] digest() {
    return digests.last.clone();
  }

  private PromptKeys keys(int count) {
    return count == 0 && tokens() == 0
        ? PromptKeys.NONE
        : new PromptKeys(keys.shared(), count, ends.upTo(count), tokens());
  }

  private void hash(int[] tokens, int from) {
    digests.add(tokens, from, blockSize, blocks * blockSize);
    keys = keys.append(blocks, PromptKeys.separated(separation, digests.published()));
    blocks++;
  }

  /**
   * SGLang keeps prompts of different adapters and salts apart but hashes them alike, so that from
   * its events nobody can tell whose block it is: what is more than tokens never matches there.
   */
  private static long separation(HashScheme scheme, ExtraKeys extra, long separator) {
    return scheme.algorithm() == HashAlgorithm.SGLANG && !extra.isNone()
        ? Xxh64.mix(~separator, extra.hashCode())
        : separator;
  }

  private static IllegalArgumentException negative(int token) {
    return new IllegalArgumentException("a token id can't be negative: " + token);
  }

  /**
   * A point of a prompt from which other prompts go on. Immutable; holds one digest and the tokens
   * of the unfinished block, and shares the keys.
   */
  public static final class Mark {
    private final HashScheme scheme;
    private final ExtraKeys extra;
    private final long separator;
    private final byte[] digest;
    private final int[] pending;
    private final KeyLog keys;
    private final int blocks;

    private Mark(
        HashScheme scheme,
        ExtraKeys extra,
        long separator,
        byte[] digest,
        int[] pending,
        KeyLog keys,
        int blocks) {
      this.scheme = scheme;
      this.extra = extra;
      this.separator = separator;
      this.digest = digest;
      this.pending = pending;
      this.keys = keys;
      this.blocks = blocks;
    }

    /** Tokens before this point. */
    public int tokens() {
      return blocks * scheme.blockSize() + pending.length;
    }

    /** Full blocks before this point. */
    public int blocks() {
      return blocks;
    }
  }
}

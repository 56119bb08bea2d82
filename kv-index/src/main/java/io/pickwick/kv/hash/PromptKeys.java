package io.pickwick.kv.hash;

import java.util.Arrays;

/**
 * A prompt as a chain of 64-bit block keys: key {@code i} stands for everything from the prompt's
 * start to the end of block {@code i}, so two prompts share key {@code i} only if they share all
 * blocks before it too.
 *
 * <p>Only full blocks have a key; {@link #tokens()} counts the rest as well. Immutable.
 */
public final class PromptKeys {
  /** The prompt that nothing is known of. */
  public static final PromptKeys NONE = new PromptKeys(new long[0], 0, new int[0], 0);

  private final long[] keys;
  private final int count;
  private final int[] ends;
  private final int tokens;

  /**
   * Takes the arrays without copying them.
   *
   * @param keys one key per full block, at least {@code count} of them
   * @param ends tokens from the prompt's start to the end of each block, ascending
   * @param tokens the whole prompt's length in tokens, known or estimated
   */
  public PromptKeys(long[] keys, int count, int[] ends, int tokens) {
    this.keys = keys;
    this.count = count;
    this.ends = ends;
    this.tokens = tokens;
  }

  /** How many full blocks have a key. */
  public int count() {
    return count;
  }

  /** The key of a block, {@code 0 <= block < count()}. */
  public long key(int block) {
    return keys[block];
  }

  /** Tokens covered by the first {@code blocks} blocks, {@code 0 <= blocks <= count()}. */
  public int tokensIn(int blocks) {
    return blocks == 0 ? 0 : ends[blocks - 1];
  }

  /** The whole prompt's length in tokens, known or estimated. */
  public int tokens() {
    return tokens;
  }

  /**
   * The same prompt apart from all others: every key mixed with the separator, so that prompts with
   * different separators never match.
   */
  public PromptKeys separated(long separator) {
    if (count == 0) {
      return this;
    }
    long[] mixed = new long[count];
    for (int i = 0; i < count; i++) {
      mixed[i] = separated(separator, keys[i]);
    }
    return new PromptKeys(mixed, count, ends, tokens);
  }

  /** One key apart from the same one under other separators. */
  public static long separated(long separator, long key) {
    return Xxh64.mix(separator, key);
  }

  /** Undoes {@link #separated(long, long)}: the key that became {@code separated}. */
  static long together(long separator, long separated) {
    return Xxh64.unmix(separator, separated);
  }

  /**
   * A separator for what must never share cached blocks.
   *
   * @param model the model or adapter that the prompt goes to
   * @param cacheSalt the client's salt, empty if there is none
   */
  public static long separator(String model, String cacheSalt) {
    return hash(hash(0, model), cacheSalt);
  }

  private static long hash(long seed, String text) {
    long hash = Xxh64.mix(seed, text.length());
    for (int i = 0; i < text.length(); i++) {
      hash = Xxh64.mix(hash, text.charAt(i));
    }
    return hash;
  }

  @Override
  public String toString() {
    return "PromptKeys[" + tokens + " tokens, " + Arrays.toString(Arrays.copyOf(keys, count)) + "]";
  }
}

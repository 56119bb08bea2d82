package io.pickwick.epp.prompt.token;

import java.util.Optional;

/**
 * What was reached at the end of a beginning that many texts share, so that a longer text resumes
 * there: how many tokens it has and a caller's state, such as that of a chain of block hashes.
 *
 * <p>Safe for concurrent use and bounded in bytes; beginnings not asked for longest go first. A
 * state is shared between callers and must never change.
 *
 * @param <S> the caller's state
 */
public final class PrefixCache<S> {
  private static final int PARTS = 16;
  private static final int ENTRY_BYTES = 32;

  private final LruCache<Found<S>> cache;

  /**
   * @param maxBytes the bound on all that is kept, states included
   */
  public PrefixCache(long maxBytes) {
    this.cache = new LruCache<>(maxBytes, PARTS);
  }

  /**
   * The longest known beginning of a text that ends at one of its segments' ends.
   *
   * @param domain what the states depend on beside the text, such as a hash of model and salt;
   *     states of different domains never meet
   */
  public Optional<Found<S>> longest(SegmentedText text, long domain) {
    for (int segment = text.segments() - 1; segment >= 0; segment--) {
      Optional<Found<S>> found =
          cache.get(text.prefixHigh(segment) ^ domain, text.prefixLow(segment));
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /**
   * Keeps what is reached at the end of the text's first segments.
   *
   * @param segments how many of them, at least one
   * @param tokens how many tokens they have, those that the caller put before the text included
   * @param stateBytes the state's size in memory
   */
  public void put(
      SegmentedText text, int segments, long domain, int tokens, S state, long stateBytes) {
    cache.put(
        text.prefixHigh(segments - 1) ^ domain,
        text.prefixLow(segments - 1),
        new Found<>(segments, tokens, state),
        stateBytes + ENTRY_BYTES);
  }

  /** Bytes kept now. */
  public long bytes() {
    return cache.bytes();
  }

  /**
   * A known beginning.
   *
   * @param segments how many of the text's first segments it covers
   * @param tokens how many tokens they have
   * @param state what the caller kept
   */
  public record Found<S>(int segments, int tokens, S state) {}
}

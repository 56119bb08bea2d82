package io.pickwick.epp.prompt.token;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.random.RandomGenerator;

/**
 * Tokenizes texts by segments between seams and remembers the ids of each segment, so that a
 * conversation's next round tokenizes only what is new.
 *
 * <p>Safe for concurrent use; the memory of segments is shared, bounded in bytes, and segments not
 * asked for longest go first.
 */
public final class SegmentedTokens {
  // A text's cuts depend only on what stands before them, so texts with the same beginning share
  // their segments there: from the left, each segment ends at the first seam that gives it the
  // least length. Longer segments would make a next round repeat more, shorter ones cost more to
  // keep than to tokenize again.
  private static final int LEAST_BYTES = 1024;
  private static final int LEAST_KEPT_BYTES = 64;
  private static final int PARTS = 16;

  private final Tokenizer tokenizer;
  private final LruCache<int[]> segments;
  private final TextHash hash;

  /**
   * @param maxBytes the bound on all remembered segments together
   */
  public SegmentedTokens(Tokenizer tokenizer, long maxBytes) {
    this(tokenizer, maxBytes, new SecureRandom());
  }

  SegmentedTokens(Tokenizer tokenizer, long maxBytes, RandomGenerator secrets) {
    this.tokenizer = tokenizer;
    this.segments = new LruCache<>(maxBytes, PARTS);
    this.hash =
        new TextHash(
            secrets.nextLong(), secrets.nextLong(), secrets.nextLong(), secrets.nextLong());
  }

  /** The tokenizer underneath. */
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /** Cuts a text; a lone surrogate in it becomes a question mark. */
  public SegmentedText cut(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    int[] ends = ends(utf8);
    long[] hashes = new long[4 * ends.length];
    long prefixHigh = 0;
    long prefixLow = 0;
    int from = 0;
    for (int i = 0; i < ends.length; i++) {
      long high = hash.high(utf8, from, ends[i]);
      long low = hash.low(utf8, from, ends[i]);
      prefixHigh = hash.high(prefixHigh, high);
      prefixLow = hash.low(prefixLow, low);
      hashes[4 * i] = high;
      hashes[4 * i + 1] = low;
      hashes[4 * i + 2] = prefixHigh;
      hashes[4 * i + 3] = prefixLow;
      from = ends[i];
    }
    return new SegmentedText(utf8, ends, hashes);
  }

  /** Tells the ids of one segment in order, {@code 0 <= segment < text.segments()}. */
  public void encode(SegmentedText text, int segment, IntConsumer ids) {
    int from = text.start(segment);
    int to = text.end(segment);
    if (to - from < LEAST_KEPT_BYTES) {
      tokenizer.encode(text.utf8, from, to, ids);
      return;
    }
    Optional<int[]> known = segments.get(text.high(segment), text.low(segment));
    int[] found = known.isPresent() ? known.get() : fresh(text, segment);
    for (int id : found) {
      ids.accept(id);
    }
  }

  /**
   * Tells the ids of a whole text in order.
   *
   * @param special whether the post-processor's ids are told too
   */
  public void encode(String text, boolean special, IntConsumer ids) {
    if (special) {
      Arrays.stream(tokenizer.before()).forEach(ids);
    }
    SegmentedText cut = cut(text);
    for (int segment = 0; segment < cut.segments(); segment++) {
      encode(cut, segment, ids);
    }
    if (special) {
      Arrays.stream(tokenizer.after()).forEach(ids);
    }
  }

  /** Bytes of remembered segments now. */
  public long bytes() {
    return segments.bytes();
  }

  private int[] fresh(SegmentedText text, int segment) {
    int from = text.start(segment);
    int to = text.end(segment);
    IdList list = new IdList((to - from) / 3 + 8);
    tokenizer.encode(text.utf8, from, to, list);
    int[] made = list.toArray();
    segments.put(text.high(segment), text.low(segment), made, 16 + 4L * made.length);
    return made;
  }

  private int[] ends(byte[] utf8) {
    if (utf8.length == 0) {
      return new int[0];
    }
    int[] seams = tokenizer.seams(utf8);
    int[] ends = new int[seams.length + 1];
    int count = 0;
    int from = 0;
    for (int seam : seams) {
      if (seam - from >= LEAST_BYTES) {
        ends[count++] = seam;
        from = seam;
      }
    }
    if (from < utf8.length) {
      ends[count++] = utf8.length;
    }
    return Arrays.copyOf(ends, count);
  }
}

package io.pickwick.epp.prompt.token;

/**
 * A text cut at some of its seams, with a hash of each segment and of all text up to each segment's
 * end; made by {@link SegmentedTokens#cut}.
 */
public final class SegmentedText {
  final byte[] utf8;
  private final int[] ends;
  private final long[] hashes;

  /**
   * @param ends where each segment ends in the bytes, ascending
   * @param hashes for each segment its own hash, high and low, and that of the text up to its end
   */
  SegmentedText(byte[] utf8, int[] ends, long[] hashes) {
    this.utf8 = utf8;
    this.ends = ends;
    this.hashes = hashes;
  }

  /** How many segments there are; none for an empty text. */
  public int segments() {
    return ends.length;
  }

  /** The text's length in bytes of UTF-8. */
  public int bytes() {
    return utf8.length;
  }

  /** Bytes from the text's start to before this segment, {@code 0 <= segment <= segments()}. */
  public int start(int segment) {
    return segment == 0 ? 0 : ends[segment - 1];
  }

  int end(int segment) {
    return ends[segment];
  }

  long high(int segment) {
    return hashes[4 * segment];
  }

  long low(int segment) {
    return hashes[4 * segment + 1];
  }

  long prefixHigh(int segment) {
    return hashes[4 * segment + 2];
  }

  long prefixLow(int segment) {
    return hashes[4 * segment + 3];
  }
}

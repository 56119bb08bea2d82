package io.pickwick.kv.hash;

import java.security.MessageDigest;
import java.util.Arrays;

/**
 * A prompt given as embeddings: the tensor's bytes, one row of a fixed number of bytes per token.
 *
 * <p>A block's hash takes the SHA-256 of its rows in; blocks after the last row take that of
 * nothing.
 */
public final class PromptEmbeds {
  private final byte[] rows;
  private final int rowBytes;

  /**
   * @param rows the tensor's bytes as the engine holds them, row after row; not copied
   * @param rowBytes bytes of one token's row
   */
  public PromptEmbeds(byte[] rows, int rowBytes) {
    if (rowBytes <= 0 || rows.length % rowBytes != 0) {
      throw new IllegalArgumentException(
          "%d bytes are no rows of %d".formatted(rows.length, rowBytes));
    }
    this.rows = rows;
    this.rowBytes = rowBytes;
  }

  /** How many tokens the embeddings stand for. */
  public int tokens() {
    return rows.length / rowBytes;
  }

  /** Feeds the rows of the tokens {@code [from, to)}, as many as there are. */
  void update(MessageDigest digest, int from, int to) {
    int first = Math.min(from, tokens());
    int last = Math.min(to, tokens());
    digest.update(rows, first * rowBytes, (last - first) * rowBytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PromptEmbeds that
        && rowBytes == that.rowBytes
        && Arrays.equals(rows, that.rows);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(rows) + rowBytes;
  }

  @Override
  public String toString() {
    return "PromptEmbeds[" + tokens() + " rows of " + rowBytes + " bytes]";
  }
}

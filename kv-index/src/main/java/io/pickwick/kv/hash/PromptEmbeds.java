package io.pickwick.kv.hash;

import java.util.Arrays;

/**
 * A prompt given as embeddings: the tensor's bytes, one row of a fixed number of bytes per token.
 *
 * <p>A block's hash takes in its rows, or their SHA-256 since vLLM 0.17; blocks after the last row
 * take in nothing, or the SHA-256 of nothing.
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

  /** Writes the rows of the tokens {@code [from, to)}, as many as there are. */
  void write(Preimage target, int from, int to) {
    target.bytes(rows, start(from), start(to) - start(from));
  }

  /** Writes the digest of the rows of the tokens {@code [from, to)}, as many as there are. */
  void digest(BlockDigest digest, int from, int to, byte[] out) {
    digest.digest(rows, start(from), start(to) - start(from), out);
  }

  private int start(int token) {
    return Math.min(token, tokens()) * rowBytes;
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

package io.pickwick.epp.request;

/** Where rewritten bytes go, piece by piece. */
@FunctionalInterface
public interface Output {
  /**
   * The next bytes.
   *
   * <p>The array is either one that was fed, which stays as it was, or one that is never written
   * again, so the piece may be kept without a copy for as long as what was fed may be.
   */
  void write(byte[] bytes, int offset, int length);
}

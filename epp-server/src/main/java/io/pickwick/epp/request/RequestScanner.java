package io.pickwick.epp.request;

import java.util.Optional;

/** Reads a request's body in one pass as its chunks arrive. */
public final class RequestScanner {
  /**
   * What a body may cost.
   *
   * @param depth the deepest nesting of objects and arrays
   * @param bytes the longest body
   * @param valueBytes the longest model name and cache salt, in UTF-8
   */
  public record Limits(int depth, long bytes, int valueBytes) {
    /** Depth 128, 64 MiB, 1,024 bytes. */
    public static final Limits DEFAULT = new Limits(128, 64L << 20, 1024);
  }

  /** A scanner that must be {@link #reset} before use. */
  public RequestScanner() {}

  /** Starts over for a new body. */
  public void reset(Api api, Limits limits, PromptSink sink) {
    requireBuilt();
  }

  /** Reads the next bytes of the body; never throws, and ignores all bytes after a mistake. */
  public void feed(byte[] bytes, int offset, int length) {
    requireBuilt();
  }

  /** The first mistake found so far, so that a caller can refuse before the body's end. */
  public Optional<ScanOutcome.Malformed> mistake() {
    requireBuilt();
    return Optional.empty();
  }

  /** The body is complete. */
  public ScanOutcome finish() {
    requireBuilt();
    return new ScanOutcome.Malformed("", 0);
  }

  private static void requireBuilt() {
    throw new UnsupportedOperationException("Not built yet.");
  }
}

package io.pickwick.epp.request;

import java.util.Optional;

/** Watches a response go by and tells its first output, its size and its usage. */
public final class ResponseMeter {
  /** How a response's body is written. */
  public enum Format {
    /** Server-sent events. */
    EVENTS,
    /** One JSON text. */
    JSON,
    /** Something else, or compressed: its bytes are only counted. */
    OPAQUE
  }

  /** A meter of one response. */
  public ResponseMeter() {}

  /**
   * The response's headers came.
   *
   * @param status the HTTP status, zero when none was told
   * @param contentType empty when there is none
   * @param contentEncoding empty when there is none
   */
  public void headers(int status, String contentType, String contentEncoding) {
    requireBuilt();
  }

  /** The body's format, known from its headers. */
  public Format format() {
    requireBuilt();
    return Format.OPAQUE;
  }

  /** Takes the next chunk; the array is only lent. */
  public void chunk(byte[] bytes, int offset, int length, boolean end) {
    requireBuilt();
  }

  /** The response ended, if a chunk has not said so already. */
  public void end() {
    requireBuilt();
  }

  /** Whether generated output has been seen. */
  public boolean firstTokenSeen() {
    requireBuilt();
    return false;
  }

  /** Chunks that brought output: the first one with output and all behind it. */
  public long outputChunks() {
    requireBuilt();
    return 0;
  }

  /** The body's bytes so far. */
  public long bytes() {
    requireBuilt();
    return 0;
  }

  /** The tokens that the server told; empty before the end and when it told none. */
  public Optional<Usage> usage() {
    requireBuilt();
    return Optional.empty();
  }

  private static void requireBuilt() {
    throw new UnsupportedOperationException("Not built yet.");
  }
}

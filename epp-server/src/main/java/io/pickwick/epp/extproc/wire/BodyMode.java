package io.pickwick.epp.extproc.wire;

/** How Envoy sends one direction's body; the order is the protocol's numbering. */
public enum BodyMode {
  /** Not at all. */
  NONE,
  /** Chunk by chunk, each to be answered by one answer. */
  STREAMED,
  /** In one piece, once the headers are answered. */
  BUFFERED,
  /** In one piece that may be cut at Envoy's buffer limit. */
  BUFFERED_PARTIAL,
  /** Chunk by chunk; every byte must be sent back, and nothing waits for answers. */
  FULL_DUPLEX_STREAMED,
  /** Envoy did not say, or said something newer than this list. */
  UNKNOWN;

  private static final BodyMode[] BY_NUMBER = values();

  static BodyMode of(long number) {
    return number >= 0 && number < BY_NUMBER.length - 1 ? BY_NUMBER[(int) number] : UNKNOWN;
  }
}

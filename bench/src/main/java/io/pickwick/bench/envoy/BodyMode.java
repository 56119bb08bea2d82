package io.pickwick.bench.envoy;

/** How Envoy hands a body to its external processor; the names are those of its configuration. */
public enum BodyMode {
  NONE,
  STREAMED,
  BUFFERED,
  BUFFERED_PARTIAL,
  FULL_DUPLEX_STREAMED
}

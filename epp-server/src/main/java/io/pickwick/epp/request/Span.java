package io.pickwick.epp.request;

/**
 * A stretch of a body.
 *
 * @param start offset of its first byte in the whole body
 * @param end offset behind its last byte
 */
public record Span(long start, long end) {}

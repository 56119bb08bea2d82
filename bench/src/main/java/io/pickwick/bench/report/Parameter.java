package io.pickwick.bench.report;

/**
 * Something that was set.
 *
 * @param name of what, with its unit where it has one
 * @param value as a reader should see it
 */
public record Parameter(String name, String value) {}

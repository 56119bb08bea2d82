/**
 * KV event ingest from end to end: many publishers in a process of their own, and a drained end.
 */
@NullMarked
package io.pickwick.bench.feed;

import org.jspecify.annotations.NullMarked;

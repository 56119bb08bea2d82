package io.pickwick.bench.serve;

import java.util.Arrays;
import java.util.stream.LongStream;

/** The times from each chunk of an answer to the next, in nanoseconds. */
final class Gaps {
  static final Gaps NONE = new Gaps(new long[0]);

  private final long[] nanos;

  private Gaps(long[] nanos) {
    this.nanos = nanos;
  }

  /** The first so many of these; copied. */
  static Gaps of(long[] nanos, int count) {
    return count == 0 ? NONE : new Gaps(Arrays.copyOf(nanos, count));
  }

  LongStream stream() {
    return Arrays.stream(nanos);
  }
}

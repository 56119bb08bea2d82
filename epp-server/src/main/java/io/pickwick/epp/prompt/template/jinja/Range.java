package io.pickwick.epp.prompt.template.jinja;

import java.util.Iterator;
import java.util.stream.LongStream;

/** Python's range, no longer than the sandbox allows. */
record Range(long start, long stop, long step, int size) {
  private static final int MAX_SIZE = 100_000;

  static Range of(long start, long stop, long step) {
    if (step == 0) {
      throw Failure.value("range() arg 3 must not be zero");
    }
    boolean empty = step > 0 ? start >= stop : start <= stop;
    long size = 0;
    if (!empty) {
      long distance = step > 0 ? stop - start : start - stop;
      long stride = Math.abs(step);
      if (distance < 0 || stride < 0) {
        throw tooBig();
      }
      size = (distance - 1) / stride + 1;
    }
    if (size > MAX_SIZE) {
      throw tooBig();
    }
    return new Range(start, stop, step, (int) size);
  }

  private static Failure tooBig() {
    return new Failure(
        Failure.Kind.OVERFLOW,
        "Range too big. The sandbox blocks ranges larger than MAX_RANGE (" + MAX_SIZE + ").");
  }

  long get(long index) {
    return start + index * step;
  }

  Iterator<Object> iterator() {
    return LongStream.range(0, size).<Object>mapToObj(this::get).iterator();
  }

  boolean sameItems(Range other) {
    return size == other.size
        && (size == 0 || (start == other.start && (size == 1 || step == other.step)));
  }

  String described() {
    return "range(" + start + ", " + stop + (step == 1 ? ")" : ", " + step + ")");
  }
}

package io.pickwick.kv.hash;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * An append-only array of keys that prompts with a common beginning share.
 *
 * <p>Whoever knows the first {@code n} keys may append the next if nobody else has; otherwise, or
 * when the array is full, it goes on in a copy. So keys once written never change, and a
 * conversation that grows round by round keeps one array.
 */
final class KeyLog {
  /*
   * A slot is claimed by moving `claimed` from its index to the next and written after that, by the
   * claimer alone. Nobody reads a slot beyond the count that came with the log, and the count is
   * handed over together with the log in an object (Mark, PromptKeys) of final fields, made after
   * the slots below the count were written: so the array's elements need no ordering of their own.
   */
  private static final int SMALLEST = 64;

  private final long[] keys;
  private final AtomicInteger claimed;

  private KeyLog(long[] keys, int claimed) {
    this.keys = keys;
    this.claimed = new AtomicInteger(claimed);
  }

  static KeyLog empty() {
    return new KeyLog(new long[SMALLEST], 0);
  }

  /**
   * Appends to the first {@code count} keys.
   *
   * @return the log that has all of them: this one or a copy
   */
  KeyLog append(int count, long key) {
    if (count < keys.length && claimed.compareAndSet(count, count + 1)) {
      keys[count] = key;
      return this;
    }
    int capacity = count < keys.length ? keys.length : Math.multiplyExact(2, count);
    long[] copy = new long[capacity];
    System.arraycopy(keys, 0, copy, 0, count);
    copy[count] = key;
    return new KeyLog(copy, count + 1);
  }

  long key(int index) {
    return keys[index];
  }

  /** The array itself: only slots below a count known to the caller may be read. */
  long[] shared() {
    return keys;
  }
}

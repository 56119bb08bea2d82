package io.pickwick.kv.index;

import java.security.SecureRandom;

/**
 * A hash that nobody outside this process can compute, so that nobody can choose values that meet
 * in one place of a table.
 */
final class Secret {
  private static final long START;
  private static final long FACTOR;

  static {
    SecureRandom random = new SecureRandom();
    START = random.nextLong();
    FACTOR = random.nextLong() | 1;
  }

  private Secret() {}

  /** The hash of a value; all its bits are good. */
  static int hash(long value) {
    long mixed = (value ^ START) * FACTOR;
    mixed = (mixed ^ (mixed >>> 32)) * 0xC4CEB9FE1A85EC53L;
    return (int) (mixed >>> 32);
  }
}

package io.pickwick.bench.workload;

import java.util.random.RandomGenerator;

/**
 * Whole numbers from one to another, of which each is as likely.
 *
 * @param least the smallest
 * @param most the largest
 */
record Range(int least, int most) {
  Range {
    if (least > most) {
      throw new IllegalArgumentException("%d..%d is no range.".formatted(least, most));
    }
  }

  static Range of(int only) {
    return new Range(only, only);
  }

  int draw(RandomGenerator random) {
    return least == most ? least : (int) random.nextLong(least, most + 1L);
  }

  /** As it is written in a spec. */
  @Override
  public String toString() {
    return least == most ? Integer.toString(least) : least + ".." + most;
  }
}

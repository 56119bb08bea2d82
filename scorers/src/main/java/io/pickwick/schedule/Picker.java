package io.pickwick.schedule;

import java.util.random.RandomGenerator;

/** Chooses among the scored endpoints. */
public interface Picker extends Plugin {
  /** The most endpoints it picks. */
  int maxEndpoints();

  /**
   * Sets rows in order of preference, none twice.
   *
   * @param candidates at least one row, with total scores
   * @param rows room for {@link #maxEndpoints}
   * @return how many were set, at least one
   */
  int pick(ScheduleRequest request, Candidates candidates, RandomGenerator random, int[] rows);
}

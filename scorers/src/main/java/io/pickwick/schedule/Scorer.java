package io.pickwick.schedule;

/** Rates endpoints. */
public interface Scorer extends Plugin {
  /**
   * Sets one score for each row, better is higher.
   *
   * @param scores room for at least {@code candidates.size()}; what is outside 0 to 1 is clamped,
   *     and not-a-number counts as 0
   */
  void score(ScheduleRequest request, Candidates candidates, double[] scores);
}

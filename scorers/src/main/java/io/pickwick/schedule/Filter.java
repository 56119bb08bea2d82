package io.pickwick.schedule;

/** Takes endpoints out of the choice. */
public interface Filter extends Plugin {
  /** Drops rows by {@link Candidates#retain}. */
  void filter(ScheduleRequest request, Candidates candidates);
}

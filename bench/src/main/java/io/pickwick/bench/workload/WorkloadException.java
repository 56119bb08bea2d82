package io.pickwick.bench.workload;

import java.util.Locale;

/** A workload that can't be made: the message says where it is wrong and what mends it. */
public final class WorkloadException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private static final double MOST_NANOS = 1e18;
  private static final double DAY_NANOS = 86_400e9;

  /** Within how many days all requests come. */
  public static final int MOST_DAYS = 10;

  /** With the place and the mend. */
  public WorkloadException(String message) {
    super(message);
  }

  /** With the place, the mend and the fault below. */
  public WorkloadException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * Holds the time of the last request to what anybody waits for.
   *
   * @throws WorkloadException if it comes too late
   */
  public static void checkLast(double nanos) {
    double days = nanos / DAY_NANOS;
    if (days > MOST_DAYS) {
      throw new WorkloadException(
          String.format(
              Locale.ROOT,
              "The last request would come after %,.1f days; all come within %d. Take a greater"
                  + " rate or scale, or fewer requests.",
              days,
              MOST_DAYS));
    }
  }

  /** A time that a simulation can add to; else the answer to it. */
  static long nanos(double nanos) {
    if (nanos > MOST_NANOS) {
      throw new WorkloadException(
          "Some requests would come after more than 30 years; take a greater rate or scale.");
    }
    return Math.round(nanos);
  }
}

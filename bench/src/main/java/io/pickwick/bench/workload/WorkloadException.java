package io.pickwick.bench.workload;

/** A workload that can't be made: the message says where it is wrong and what mends it. */
public final class WorkloadException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private static final double MOST_NANOS = 1e18;

  /** With the place and the mend. */
  public WorkloadException(String message) {
    super(message);
  }

  /** With the place, the mend and the fault below. */
  public WorkloadException(String message, Throwable cause) {
    super(message, cause);
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

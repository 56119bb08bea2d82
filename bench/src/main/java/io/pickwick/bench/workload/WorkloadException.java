package io.pickwick.bench.workload;

/** A workload that can't be made: the message says where it is wrong and what mends it. */
public final class WorkloadException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With the place and the mend. */
  public WorkloadException(String message) {
    super(message);
  }

  /** With the place, the mend and the fault below. */
  public WorkloadException(String message, Throwable cause) {
    super(message, cause);
  }
}

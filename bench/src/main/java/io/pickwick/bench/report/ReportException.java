package io.pickwick.bench.report;

/** Runs that can't be told of: the message says where it is wrong. */
public final class ReportException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With the place. */
  public ReportException(String message) {
    super(message);
  }

  /** With the place and the fault below. */
  public ReportException(String message, Throwable cause) {
    super(message, cause);
  }
}

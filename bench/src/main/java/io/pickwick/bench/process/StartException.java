package io.pickwick.bench.process;

import java.io.IOException;

/** A child process did not come up; the message names it, its log and its last lines. */
public final class StartException extends IOException {
  private static final long serialVersionUID = 1L;

  /** With all that is known. */
  public StartException(String message) {
    super(message);
  }
}

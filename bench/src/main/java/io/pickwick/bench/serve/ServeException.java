package io.pickwick.bench.serve;

/** A load that can't be put on its targets; the message is for the one who ordered it. */
final class ServeException extends Exception {
  private static final long serialVersionUID = 1L;

  ServeException(String message) {
    super(message);
  }

  ServeException(String message, Throwable cause) {
    super(message, cause);
  }
}

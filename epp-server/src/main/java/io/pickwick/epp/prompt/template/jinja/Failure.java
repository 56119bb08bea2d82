package io.pickwick.epp.prompt.template.jinja;

import java.io.Serial;

/** Ends a rendering: what Jinja2 or Python would raise, or a limit that was met. */
final class Failure extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  /** What {@code int} and {@code float} turn into their default. */
  enum Kind {
    ERROR,
    TYPE,
    VALUE,
    OVERFLOW
  }

  private final Kind kind;

  Failure(Kind kind, String message) {
    super(message, null, false, false);
    this.kind = kind;
  }

  Failure(String message) {
    this(Kind.ERROR, message);
  }

  static Failure type(String message) {
    return new Failure(Kind.TYPE, message);
  }

  static Failure value(String message) {
    return new Failure(Kind.VALUE, message);
  }

  Kind kind() {
    return kind;
  }
}

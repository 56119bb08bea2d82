package io.pickwick.kube;

import java.time.Duration;

/** The API server answered, but not with what was asked for. */
final class ApiRefusal extends Exception {
  private static final long serialVersionUID = 1L;

  private final int code;
  private final transient Duration retryAfter;

  /**
   * @param code the HTTP status, or the code of an error within a watch
   * @param message the API server's words
   * @param retryAfter how long it wants to be left alone
   */
  ApiRefusal(int code, String message, Duration retryAfter) {
    super(message);
    this.code = code;
    this.retryAfter = retryAfter;
  }

  int code() {
    return code;
  }

  Duration retryAfter() {
    return retryAfter;
  }

  /** Its words, with the status. */
  String words() {
    return code + ": " + getMessage();
  }
}

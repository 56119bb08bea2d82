package io.pickwick.bench.simulate;

/** A request that vLLM would refuse, with what it would say. */
final class ApiException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String type;
  private final String param;

  /** With an empty parameter where there is none. */
  ApiException(int status, String type, String param, String message) {
    super(message);
    this.status = status;
    this.type = type;
    this.param = param;
  }

  int status() {
    return status;
  }

  String type() {
    return type;
  }

  String param() {
    return param;
  }

  String text() {
    String message = getMessage();
    return message == null ? "" : message;
  }
}

package io.pickwick.bench.envoy;

/** No Envoy can be had on this machine; the message says why and what would help. */
public final class EnvoyUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  /** With the reason and its remedy. */
  public EnvoyUnavailableException(String message) {
    super(message);
  }

  /** With the reason, its remedy and what lies below. */
  public EnvoyUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}

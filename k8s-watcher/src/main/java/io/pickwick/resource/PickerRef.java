package io.pickwick.resource;

import io.pickwick.schedule.spec.Spec;

/**
 * The endpoint picker that a pool wants to be asked, and what the gateway shall do without it.
 *
 * @param group the API group, empty for the core group
 * @param kind what it names, usually {@code Service}
 * @param name its name, in the pool's namespace
 * @param port the port of its ext_proc server
 * @param failureMode what the gateway does while no picker answers
 */
public record PickerRef(String group, String kind, String name, int port, FailureMode failureMode) {
  /** The port of ext_proc where none is named. */
  public static final int DEFAULT_PORT = 9002;

  /** What a gateway does while no picker answers. */
  public enum FailureMode {
    /** It chooses an endpoint itself. */
    FAIL_OPEN,
    /** It refuses the request. */
    FAIL_CLOSE
  }

  static PickerRef read(Spec spec) {
    return new PickerRef(
        spec.get("group").map(Spec::text).orElse(""),
        spec.get("kind").map(Spec::text).orElse("Service"),
        spec.need("name").text(),
        spec.get("port")
            .map(port -> port.need("number"))
            .or(() -> spec.get("portNumber"))
            .or(() -> spec.get("targetPortNumber"))
            .map(number -> (int) number.integer(1, 65_535))
            .orElse(DEFAULT_PORT),
        spec.get("failureMode").map(PickerRef::failureMode).orElse(FailureMode.FAIL_CLOSE));
  }

  private static FailureMode failureMode(Spec spec) {
    return switch (spec.text()) {
      case "FailOpen" -> FailureMode.FAIL_OPEN;
      case "FailClose" -> FailureMode.FAIL_CLOSE;
      default ->
          throw spec.mistake("\"" + spec.text() + "\" is not known; known: FailOpen, FailClose");
    };
  }
}

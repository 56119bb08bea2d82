package io.pickwick.epp.decide;

/** What became of a request: a route or a refusal. */
public sealed interface Verdict {
  /** The request goes to an endpoint. */
  record Routed(Exchange exchange) implements Verdict {}

  /**
   * The request is refused.
   *
   * @param status the HTTP status
   * @param code the field's name of the error, such as {@code ServiceUnavailable}
   * @param message a sentence for the client, saying which limit was met and how to lift it
   * @param details a few words for the access log
   */
  record Refused(int status, String code, String message, String details) implements Verdict {
    /** A mistake of our own. */
    public static Refused internal() {
      return new Refused(
          500, "Internal", "the endpoint picker failed on this request", "pickwick_internal_error");
    }
  }
}

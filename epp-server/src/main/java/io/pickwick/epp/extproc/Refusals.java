package io.pickwick.epp.extproc;

import io.pickwick.epp.decide.Verdict.Refused;
import java.time.Duration;

/** The refusals that this package itself gives, in the field's codes. */
final class Refusals {
  private Refusals() {}

  static Refused malformed(String message) {
    return new Refused(400, "BadRequest", message, "pickwick_malformed_body");
  }

  static Refused trailersWithoutBody() {
    return new Refused(
        400, "BadRequest", "the request has trailers but no body", "pickwick_missing_body");
  }

  static Refused tooLarge(long limit) {
    return new Refused(
        413,
        "PayloadTooLarge",
        "the body is longer than "
            + limit
            + " bytes, the most that is held for a decision (--max-request-bytes)",
        "pickwick_body_too_large");
  }

  static Refused tooManyHeld(long limit) {
    return new Refused(
        503,
        "ServiceUnavailable",
        "bodies held for a decision exceed " + limit + " bytes in all (--max-held-bytes)",
        "pickwick_held_bytes_limit");
  }

  static Refused late(Duration limit) {
    return new Refused(
        503,
        "ServiceUnavailable",
        "nothing came for " + limit.toSeconds() + " s before the request was complete",
        "pickwick_request_deadline");
  }
}

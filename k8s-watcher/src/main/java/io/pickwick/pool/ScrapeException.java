package io.pickwick.pool;

import java.io.IOException;

/** A scrape that brought no news. */
final class ScrapeException extends IOException {
  private static final long serialVersionUID = 1L;

  private final ScrapeFailure failure;

  ScrapeException(ScrapeFailure failure, String message) {
    super(message);
    this.failure = failure;
  }

  ScrapeException(ScrapeFailure failure, String message, Throwable cause) {
    super(message, cause);
    this.failure = failure;
  }

  ScrapeFailure failure() {
    return failure;
  }
}

package io.pickwick.bench.serve;

import java.util.Arrays;
import java.util.Objects;

/** What can become of a request but a whole answer. */
enum Failure {
  /** It was answered to the end. */
  NONE("none"),
  /** There was no connection. */
  NOT_CONNECTED("no connection"),
  /** The server has shown a certificate that is not believed. */
  NOT_TRUSTED("certificate not trusted"),
  /** The connection ended before the answer did. */
  CONNECTION_LOST("connection lost"),
  /** It was not answered in time. */
  TIMED_OUT("timed out"),
  /** The status was not 200. */
  STATUS("HTTP"),
  /** The stream ended in order, but without {@code [DONE]}. */
  NO_DONE("stream without [DONE]"),
  /** The stream told an error. */
  ERROR_EVENT("error in the stream"),
  /** The stream ended without a token. */
  NO_TOKEN("no token"),
  /** It was no answer of this API. */
  NOT_UNDERSTOOD("not understood"),
  /** This program failed, as for want of memory. */
  HERE("failed here"),
  /** The run was ended before it was answered. */
  ENDED("run ended");

  private final String words;

  Failure(String words) {
    this.words = words;
  }

  /** Why this program failed at its own part. */
  static String here(Throwable cause) {
    if (cause instanceof OutOfMemoryError) {
      return "the heap of %d MiB does not suffice; give more with java -Xmx, or have less under way"
          .formatted(Runtime.getRuntime().maxMemory() >> 20);
    }
    return "an error in this program%s: %s"
        .formatted(
            Arrays.stream(cause.getStackTrace())
                .findFirst()
                .map(frame -> " (%s:%d)".formatted(frame.getFileName(), frame.getLineNumber()))
                .orElse(""),
            Objects.requireNonNullElse(cause.getMessage(), "nothing is said of it"));
  }

  /** For people. */
  String words() {
    return words;
  }
}

package io.pickwick.epp.prompt.token;

/** A model that {@link BytePairTokenizer} doesn't speak; the message says which part of it. */
final class UnsupportedModelException extends Exception {
  UnsupportedModelException(String message) {
    super(message);
  }
}

package io.pickwick.epp.request;

import java.util.List;

/** What the scan of a whole body came to. */
public sealed interface ScanOutcome {
  /**
   * The body was understood.
   *
   * @param facts what it said
   * @param model where the model's name stands, quotes included, in ascending order; more than one
   *     when the key was repeated, none when the body names no model
   */
  record Read(RequestFacts facts, List<Span> model) implements ScanOutcome {}

  /**
   * The body cannot be used.
   *
   * @param message what is wrong, for the client
   * @param offset the byte of the body where that showed
   */
  record Malformed(String message, long offset) implements ScanOutcome {}
}

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
   * @param reports where it says whether the engine shall report blocks that it holds already,
   *     likewise
   */
  record Read(RequestFacts facts, List<Span> model, List<Span> reports) implements ScanOutcome {
    /** The outcome for a body of this length that is not read. */
    public static Read unread(long bytes) {
      return new Read(RequestFacts.unread(bytes), List.of(), List.of());
    }
  }

  /**
   * The body cannot be used.
   *
   * @param message what is wrong, for the client
   * @param offset the byte of the body where that showed
   */
  record Malformed(String message, long offset) implements ScanOutcome {}
}

package io.pickwick.epp.decide;

/** The one place where a request becomes a decision; safe for concurrent use, never blocks. */
public interface Decider {
  /** Chooses the endpoint and reserves its load, or refuses. */
  Verdict decide(Inquiry inquiry);

  /** Counts a request that was refused before it could be decided; its id is empty if unknown. */
  void refused(String requestId, Verdict.Refused refusal);
}

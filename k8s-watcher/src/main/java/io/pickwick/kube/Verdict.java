package io.pickwick.kube;

import io.pickwick.kube.KubeStatus.Mistake;
import io.pickwick.model.Acceptance;

/**
 * What an object is to be told in its condition {@code Accepted}.
 *
 * @param name the object
 * @param uid tells it from an earlier one of its name
 * @param generation the version of it that is judged
 * @param accepted whether it counts
 * @param reason one word
 * @param message why, in a sentence
 */
record Verdict(
    String name, String uid, long generation, boolean accepted, String reason, String message) {
  static Verdict of(Acceptance acceptance) {
    return new Verdict(
        acceptance.meta().name(),
        acceptance.meta().uid(),
        acceptance.meta().generation(),
        acceptance.accepted(),
        acceptance.reason().word(),
        acceptance.message());
  }

  static Verdict of(Mistake mistake) {
    return new Verdict(
        mistake.name(), mistake.uid(), mistake.generation(), false, "Invalid", mistake.message());
  }
}

package io.pickwick.model;

import io.pickwick.resource.Meta;

/**
 * Whether a resource that is for our pool counts: its condition {@code Accepted}.
 *
 * @param meta the resource
 * @param accepted whether it counts
 * @param reason one word, in the words of GIE where it has one
 * @param message why, in a sentence
 */
public record Acceptance(Meta meta, boolean accepted, Reason reason, String message) {
  /** Why. */
  public enum Reason {
    /** It counts. */
    ACCEPTED("Accepted"),
    /** An older InferenceModel has the same model name. */
    MODEL_NAME_IN_USE("ModelNameInUse"),
    /** An older InferenceObjective of the other API group has the same name. */
    NAME_IN_USE("NameInUse");

    private final String word;

    Reason(String word) {
      this.word = word;
    }

    /** The reason as a condition has it. */
    public String word() {
      return word;
    }
  }

  static Acceptance accepted(Meta meta) {
    return new Acceptance(meta, true, Reason.ACCEPTED, "in force");
  }
}

package io.pickwick.resource;

import io.pickwick.schedule.spec.Spec;

/**
 * How much the requests for an InferenceModel matter, as the priority that InferenceObjective,
 * which came after it, gives in numbers: higher goes first, below zero may be shed.
 */
public enum Criticality {
  /** Goes first. */
  CRITICAL("Critical", 10),
  /** What is not said otherwise. */
  STANDARD("Standard", 0),
  /** May be refused when the pool is full. */
  SHEDDABLE("Sheddable", -10);

  private final String word;
  private final int priority;

  Criticality(String word, int priority) {
    this.word = word;
    this.priority = priority;
  }

  /** The priority that it stands for. */
  public int priority() {
    return priority;
  }

  static Criticality read(Spec spec) {
    if (spec.text().equals("Default")) {
      // The first v1alpha1 called it so, and filled it in where nothing was said.
      return STANDARD;
    }
    for (Criticality criticality : values()) {
      if (criticality.word.equals(spec.text())) {
        return criticality;
      }
    }
    throw spec.mistake(
        "\"" + spec.text() + "\" is not known; known: Critical, Standard, Sheddable");
  }
}

package io.pickwick.epp.prompt.template.jinja;

/** Python's {@code None} among the values of a template. */
public enum None {
  NONE;

  @Override
  public String toString() {
    return "None";
  }
}

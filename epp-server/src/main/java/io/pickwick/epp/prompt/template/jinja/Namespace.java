package io.pickwick.epp.prompt.template.jinja;

import java.util.Map;

/** {@code namespace(...)}: attributes that can be set from an inner scope. */
record Namespace(Map<Object, Object> attributes) {
  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}

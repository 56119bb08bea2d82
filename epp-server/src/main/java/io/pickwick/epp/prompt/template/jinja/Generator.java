package io.pickwick.epp.prompt.template.jinja;

import java.util.Iterator;

/** An iterator that can be walked once, as most filters return it. */
record Generator(Iterator<Object> iterator) {
  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}

package io.pickwick.epp.prompt.template;

import java.io.Serial;

/** A request whose prompt can't be told, or which the engine refuses. */
final class Unrenderable extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  Unrenderable(String reason) {
    super(reason, null, false, false);
  }
}

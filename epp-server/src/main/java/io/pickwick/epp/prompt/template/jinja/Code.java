package io.pickwick.epp.prompt.template.jinja;

import java.util.List;

/** Compiled pieces of a template. */
final class Code {
  private Code() {}

  /** Something with a value. */
  @FunctionalInterface
  interface Value {
    Object of(Frame frame);
  }

  /** Something that writes or assigns. */
  @FunctionalInterface
  interface Action {
    Next run(Frame frame);
  }

  /** Takes a value. */
  @FunctionalInterface
  interface Assign {
    void put(Frame frame, Object value);
  }

  /** What a statement wants to happen behind it. */
  enum Next {
    GO_ON,
    BREAK,
    CONTINUE
  }

  static Next run(List<Action> actions, Frame frame) {
    for (int i = 0; i < actions.size(); i++) {
      Next next = actions.get(i).run(frame);
      if (next != Next.GO_ON) {
        return next;
      }
    }
    return Next.GO_ON;
  }
}

package io.pickwick.epp.prompt.template.jinja;

import java.util.Arrays;

/** The variables of one running function of a template, and those of the functions around it. */
final class Frame {
  private final Render render;
  private final Frame outer;
  private final Object[] slots;

  Frame(Render render, int slots) {
    this.render = render;
    this.outer = this;
    this.slots = empty(slots);
  }

  Frame(Frame outer, int slots) {
    this.render = outer.render;
    this.outer = outer;
    this.slots = empty(slots);
  }

  private static Object[] empty(int size) {
    Object[] slots = new Object[size];
    Arrays.fill(slots, Missing.MISSING);
    return slots;
  }

  Render render() {
    return render;
  }

  Frame up(int distance) {
    Frame frame = this;
    for (int i = 0; i < distance; i++) {
      frame = frame.outer;
    }
    return frame;
  }

  Object get(int slot) {
    return slots[slot];
  }

  void set(int slot, Object value) {
    slots[slot] = value;
  }
}

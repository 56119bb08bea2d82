package io.pickwick.epp.prompt.template.jinja;

import java.time.InstantSource;
import java.util.Map;

/**
 * One rendering: its variables, the text so far, and what it has used up.
 *
 * <p>Every node and every character a template makes is charged to one account, so that neither a
 * loop nor a doubling string nor a deep recursion goes on for long. Not safe for concurrent use.
 */
final class Render {
  /** About a second of work at most; an honest conversation needs a small part of it. */
  private static final long MAX_WORK = 10_000_000L;

  /** The longest text or list a template may make. */
  private static final int MAX_LENGTH = 1 << 25;

  /** As deep as macros and loops may call each other; Python ends near there too. */
  private static final int MAX_DEPTH = 150;

  /** Copying so many characters costs as much as one node. */
  private static final int CHARS_PER_WORK = 16;

  private final Map<String, Object> variables;
  private final InstantSource clock;
  private StringBuilder out;
  private long work;
  private int depth;
  private int line;

  Render(Map<String, Object> variables, InstantSource clock, StringBuilder out) {
    this.variables = variables;
    this.clock = clock;
    this.out = out;
  }

  Map<String, Object> variables() {
    return variables;
  }

  InstantSource clock() {
    return clock;
  }

  int line() {
    return line;
  }

  void at(int line) {
    this.line = line;
    work(1);
  }

  void work(long amount) {
    work += amount;
    if (work > MAX_WORK) {
      throw new Failure("the template takes too many steps");
    }
  }

  /** Charges a text or list that is about to be made. */
  void make(long length) {
    if (length > MAX_LENGTH) {
      throw new Failure("the template makes a value that is too long");
    }
    work(1 + length / CHARS_PER_WORK);
  }

  /** Charges one more piece of a text that has become so long. */
  void growing(int length) {
    if (length > MAX_LENGTH) {
      throw new Failure("the template makes a value that is too long");
    }
    work(1);
  }

  void write(String text) {
    growing(out.length() + text.length());
    work(text.length() / CHARS_PER_WORK);
    out.append(text);
  }

  void enter() {
    if (++depth > MAX_DEPTH) {
      throw new Failure("the template calls itself too deeply");
    }
  }

  void leave() {
    depth--;
  }

  /** Runs something and takes what it writes. */
  String captured(Runnable body) {
    StringBuilder outer = out;
    out = new StringBuilder();
    try {
      body.run();
      return out.toString();
    } finally {
      out = outer;
    }
  }
}

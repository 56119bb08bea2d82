package io.pickwick.bench.report;

import io.pickwick.bench.command.VisibleText;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * HTML and SVG as they are written, element by element.
 *
 * <p>The page is XML too: every element is closed, every attribute has a value, and what XML can't
 * hold, or a reader not see, is told by what can be seen. So any reader of XML can check it.
 */
final class Markup {
  private final StringBuilder text = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  /**
   * Begins an element.
   *
   * @param attributes names and values in turn
   */
  Markup open(String name, String... attributes) {
    start(name, attributes);
    text.append('>');
    open.push(name);
    return this;
  }

  /** Ends the element begun last. */
  Markup close() {
    text.append("</").append(open.pop()).append('>');
    return this;
  }

  /** An element without content, as HTML knows them too. */
  Markup empty(String name, String... attributes) {
    start(name, attributes);
    text.append("/>");
    return this;
  }

  /** An element that holds nothing but text. */
  Markup element(String name, String content, String... attributes) {
    return open(name, attributes).text(content).close();
  }

  /** Text that may hold anything. */
  Markup text(String content) {
    escape(content);
    return this;
  }

  /** A straight line of a drawing. */
  Markup segment(String classes, double x1, double y1, double x2, double y2) {
    return empty(
        "line",
        "class",
        classes,
        "x1",
        NumberText.place(x1),
        "y1",
        NumberText.place(y1),
        "x2",
        NumberText.place(x2),
        "y2",
        NumberText.place(y2));
  }

  /** A dot of a drawing. */
  Markup dot(String classes, String radius, double x, double y) {
    return empty("circle", dotted(classes, radius, x, y));
  }

  /** A dot of a drawing that says what it is when it is pointed at. */
  Markup dot(String classes, String radius, double x, double y, String title) {
    return open("circle", dotted(classes, radius, x, y)).element("title", title).close();
  }

  private static String[] dotted(String classes, String radius, double x, double y) {
    return new String[] {
      "class", classes, "r", radius, "cx", NumberText.place(x), "cy", NumberText.place(y)
    };
  }

  /** Text in a drawing, beginning there or as its classes say. */
  Markup label(String classes, double x, double y, String content) {
    return element(
        "text", content, "class", classes, "x", NumberText.place(x), "y", NumberText.place(y));
  }

  /** What begins a line, so that a page can be compared with another. */
  Markup newline() {
    text.append('\n');
    return this;
  }

  /** A style sheet or a script of ours, in which nothing is escaped. */
  Markup raw(String name, String content) {
    if (content.contains("]]>") || content.contains("</")) {
      throw new IllegalArgumentException("That would end the " + name + " early.");
    }
    open(name);
    text.append("/*<![CDATA[*/\n").append(content).append("/*]]>*/");
    return close();
  }

  private void start(String name, String... attributes) {
    text.append('<').append(name);
    for (int i = 0; i < attributes.length; i += 2) {
      text.append(' ').append(attributes[i]).append("=\"");
      escape(attributes[i + 1]);
      text.append('"');
    }
  }

  private void escape(String content) {
    VisibleText.of(content)
        .codePoints()
        .forEach(one -> {
          switch (one) {
            case '&' -> text.append("&amp;");
            case '<' -> text.append("&lt;");
            case '>' -> text.append("&gt;");
            case '"' -> text.append("&quot;");
            default -> text.appendCodePoint(one);
          }
        });
  }

  @Override
  public String toString() {
    if (!open.isEmpty()) {
      throw new IllegalStateException(open.peek() + " is still open.");
    }
    return text.toString();
  }
}

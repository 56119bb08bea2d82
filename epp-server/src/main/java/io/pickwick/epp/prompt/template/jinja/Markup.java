package io.pickwick.epp.prompt.template.jinja;

/** Text marked as safe by {@code safe} or {@code escape}: what is added to it is escaped. */
record Markup(String text) {
  /** The text of a value as it may stand next to safe text. */
  static String escaped(Render render, Object value) {
    return value instanceof Markup markup
        ? markup.text()
        : Text.escape(Values.string(render, value));
  }
}

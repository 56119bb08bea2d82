package io.pickwick.epp.prompt.template.jinja;

/** Something a template can call. */
@FunctionalInterface
interface Function {
  Object call(Render render, Arguments arguments);
}

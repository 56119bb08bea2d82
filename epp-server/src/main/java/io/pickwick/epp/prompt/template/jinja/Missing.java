package io.pickwick.epp.prompt.template.jinja;

/** Marks a slot or key that has no value. */
enum Missing {
  MISSING
}

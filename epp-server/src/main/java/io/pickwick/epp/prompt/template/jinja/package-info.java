/** A small Jinja: the part of Jinja2 that chat templates use, with Python's semantics. */
@NullMarked
package io.pickwick.epp.prompt.template.jinja;

import org.jspecify.annotations.NullMarked;

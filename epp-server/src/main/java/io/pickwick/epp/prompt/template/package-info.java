/** Conversations become text, by the model's own chat template. */
@NullMarked
package io.pickwick.epp.prompt.template;

import org.jspecify.annotations.NullMarked;

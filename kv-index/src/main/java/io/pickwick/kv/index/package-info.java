/** The question asked of every prefix index, and its answer. */
@NullMarked
package io.pickwick.kv.index;

import org.jspecify.annotations.NullMarked;

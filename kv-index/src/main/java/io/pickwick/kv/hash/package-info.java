/** A prompt's bytes become a chain of block keys. */
@NullMarked
package io.pickwick.kv.hash;

import org.jspecify.annotations.NullMarked;

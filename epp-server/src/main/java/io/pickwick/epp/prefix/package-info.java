/** Precise prefix matching: its configuration, what it needs to know of the engines, its check. */
@NullMarked
package io.pickwick.epp.prefix;

import org.jspecify.annotations.NullMarked;

/** What was sent where: the estimate of the blocks that each endpoint holds. */
@NullMarked
package io.pickwick.kv.history;

import org.jspecify.annotations.NullMarked;

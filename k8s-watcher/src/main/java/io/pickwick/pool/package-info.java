/** Which endpoints there are and what they tell: the pool, the endpoints file, the scraper. */
@NullMarked
package io.pickwick.pool;

import org.jspecify.annotations.NullMarked;

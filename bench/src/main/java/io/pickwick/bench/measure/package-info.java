/** What commands that measure in this process have in common. */
@NullMarked
package io.pickwick.bench.measure;

import org.jspecify.annotations.NullMarked;

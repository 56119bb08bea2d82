/**
 * Named comparisons: which workloads, fleets and policies belong together, what others have
 * published of the same, and the command that runs them.
 */
@NullMarked
package io.pickwick.bench.scenario;

import org.jspecify.annotations.NullMarked;

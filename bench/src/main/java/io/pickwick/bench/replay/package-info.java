/**
 * Workloads replayed in virtual time: a fleet of simulated engines, one policy after the other, and
 * what came of it.
 */
@NullMarked
package io.pickwick.bench.replay;

import org.jspecify.annotations.NullMarked;

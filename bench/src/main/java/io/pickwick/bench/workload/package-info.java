/**
 * Workloads: what is asked, and when. Generators and traces become one list of requests, which a
 * simulation replays and a load generator sends.
 */
@NullMarked
package io.pickwick.bench.workload;

import org.jspecify.annotations.NullMarked;

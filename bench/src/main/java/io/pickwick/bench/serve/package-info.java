/**
 * Load on real HTTP endpoints: sends a workload to one or more targets that speak the OpenAI API,
 * and reports what came back as vLLM's benchmark does.
 */
@NullMarked
package io.pickwick.bench.serve;

import org.jspecify.annotations.NullMarked;

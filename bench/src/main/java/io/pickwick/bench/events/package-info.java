/** KV events as vLLM publishes them, of any version, and what can go wrong with them. */
@NullMarked
package io.pickwick.bench.events;

import org.jspecify.annotations.NullMarked;

/** What model servers publish of their KV caches: blocks stored, removed, cleared. */
@NullMarked
package io.pickwick.kv.event;

import org.jspecify.annotations.NullMarked;

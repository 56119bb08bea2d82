/** Who publishes KV events, how they are received, and how far each publisher can be believed. */
@NullMarked
package io.pickwick.kv.feed;

import org.jspecify.annotations.NullMarked;

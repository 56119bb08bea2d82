package io.pickwick.schedule;

import java.util.function.BiConsumer;

/** One part of a scheduling policy; immutable or safe for concurrent use, and never blocking. */
public interface Plugin {
  /** The name it was given in the configuration. */
  String name();

  /** A request was routed; called once for each, on the thread that decided. */
  default void picked(ScheduleRequest request, Endpoint endpoint, int matchedTokens) {}

  /** Adds headers that the client shall get with the response. */
  default void replyHeaders(
      ScheduleRequest request, Endpoint endpoint, BiConsumer<String, String> headers) {}
}

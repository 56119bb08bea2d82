package io.pickwick.epp.request;

import java.util.OptionalInt;

/**
 * What a request's body said of itself.
 *
 * @param api the format of the body
 * @param model the model it asks for; empty for {@link Api#PASSTHROUGH}
 * @param stream whether it asks for server-sent events
 * @param includeUsage whether it asks for usage in the stream
 * @param maxTokens the most tokens it wants; -1 when not said
 * @param priority vLLM's own priority, lower first
 * @param cacheSalt what keeps its cached prefix apart from others'; empty when not said
 * @param messages how many messages it has
 * @param tools whether it offers tools
 * @param media how many parts are images, audio or video
 * @param bytes the body's length
 */
public record RequestFacts(
    Api api,
    String model,
    boolean stream,
    boolean includeUsage,
    long maxTokens,
    OptionalInt priority,
    String cacheSalt,
    int messages,
    boolean tools,
    int media,
    long bytes) {
  /** The facts of a request without a body, or with one that is not read. */
  public static RequestFacts unread(long bytes) {
    return new RequestFacts(
        Api.PASSTHROUGH, "", false, false, -1, OptionalInt.empty(), "", 0, false, 0, bytes);
  }
}

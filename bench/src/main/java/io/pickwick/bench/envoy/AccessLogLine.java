package io.pickwick.bench.envoy;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * One line of Envoy's access log.
 *
 * @param listener the listener's name
 * @param requestId the {@code x-request-id}
 * @param path the request's path
 * @param code the status that the client got
 * @param details Envoy's own words for how the response came about
 * @param flags Envoy's response flags, {@code -} when none
 * @param upstream the host that served it, empty when none
 * @param attempts how often the request was sent to a host
 * @param pick the endpoints the picker named, empty when none
 * @param served the endpoint that Envoy says served it, empty when it does not say
 * @param usage the tokens that the picker told, a missing node when it told none
 */
public record AccessLogLine(
    String listener,
    String requestId,
    String path,
    int code,
    String details,
    String flags,
    String upstream,
    int attempts,
    String pick,
    String served,
    JsonNode usage) {

  static AccessLogLine of(JsonNode line) {
    return new AccessLogLine(
        line.path("listener").asText(""),
        line.path("request_id").asText(""),
        line.path("path").asText(""),
        line.path("code").asInt(),
        line.path("details").asText(""),
        line.path("flags").asText(""),
        line.path("upstream").asText(""),
        line.path("attempts").asInt(),
        line.path("pick").asText(""),
        line.path("served").asText(""),
        line.path("usage"));
  }
}

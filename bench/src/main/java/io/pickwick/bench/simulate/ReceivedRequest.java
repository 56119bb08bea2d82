package io.pickwick.bench.simulate;

import java.util.Map;

/**
 * What a pod saw of one request, so that a test can hold it against what was sent.
 *
 * @param number counts the pod's requests from 1, over restarts
 * @param method the HTTP method
 * @param path the path with its query
 * @param headers the headers by lower-case name; several values of one name are joined by a comma
 * @param bodyBytes how long the body was
 * @param bodySha256 the body's digest in lower-case hexadecimal
 * @param status the status answered; 0 while there is none
 * @param promptTokens the tokens of the prompt; 0 when it never came to the engine
 * @param cachedTokens how many of them the prefix cache held
 * @param outputTokens the tokens generated so far
 * @param finished how it ended: {@code length}, {@code stop}, {@code abort}, {@code answered} for
 *     what needs no engine, or empty while it runs
 */
public record ReceivedRequest(
    long number,
    String method,
    String path,
    Map<String, String> headers,
    long bodyBytes,
    String bodySha256,
    int status,
    int promptTokens,
    int cachedTokens,
    int outputTokens,
    String finished) {
  /** Copies the headers. */
  public ReceivedRequest {
    headers = Map.copyOf(headers);
  }

  /** The header of that name in lower case, or empty. */
  public String header(String name) {
    return headers.getOrDefault(name, "");
  }
}

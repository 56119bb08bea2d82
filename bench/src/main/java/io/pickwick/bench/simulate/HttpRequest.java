package io.pickwick.bench.simulate;

import java.util.Map;

/**
 * One request as read from the wire.
 *
 * @param method the method as sent
 * @param target the path with its query
 * @param version such as {@code HTTP/1.1}
 * @param headers the headers by lower-case name, values of one name joined by a comma
 * @param body the decoded body; not copied, nobody writes to it
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared, and a copy of 100 MB would be waste.
record HttpRequest(
    String method, String target, String version, Map<String, String> headers, byte[] body) {

  /** The target without its query. */
  String path() {
    int query = target.indexOf('?');
    return query < 0 ? target : target.substring(0, query);
  }

  /** The header of that lower-case name, or empty. */
  String header(String name) {
    return headers.getOrDefault(name, "");
  }

  /** Whether the client wants the connection kept. */
  boolean keepAlive() {
    String connection = header("connection");
    return version.equals("HTTP/1.1")
        ? !connection.equalsIgnoreCase("close")
        : connection.equalsIgnoreCase("keep-alive");
  }
}

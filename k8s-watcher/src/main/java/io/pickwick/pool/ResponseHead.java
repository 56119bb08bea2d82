package io.pickwick.pool;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The status line and headers of an HTTP/1.x response, as far as they say how its body ends.
 *
 * @param length of the body, under {@link Framing#LENGTH}
 */
record ResponseHead(int status, Framing framing, long length, boolean keepAlive) {
  /** How the end of a body is known. */
  enum Framing {
    LENGTH,
    CHUNKED,
    UNTIL_CLOSE
  }

  /** Where the body starts; -1 when the head is not complete. */
  static int end(byte[] bytes, int from, int limit) {
    int at = from;
    while ((at = MetricsPage.newline(bytes, at, limit)) < limit) {
      at++;
      if (at < limit && bytes[at] == '\n') {
        return at + 1;
      }
      if (at + 1 < limit && bytes[at] == '\r' && bytes[at + 1] == '\n') {
        return at + 2;
      }
    }
    return -1;
  }

  static ResponseHead parse(byte[] bytes, int end) throws ScrapeException {
    int lineEnd = MetricsPage.newline(bytes, 0, end);
    String statusLine = text(bytes, 0, lineEnd);
    if (!statusLine.startsWith("HTTP/1.") || statusLine.length() < 12) {
      throw malformed("not an HTTP/1.x answer");
    }
    int status = (int) number(statusLine.substring(9, 12), 999);
    boolean keepAlive = !statusLine.startsWith("HTTP/1.0");
    long length = -1;
    boolean chunked = false;
    int at = lineEnd + 1;
    while (at < end) {
      lineEnd = MetricsPage.newline(bytes, at, end);
      // Of the many headers only three matter, and their first letters tell nearly all others.
      int first = bytes[at] | 0x20;
      if (first == 'c' || first == 't') {
        String line = text(bytes, at, lineEnd).toLowerCase(Locale.ROOT);
        int colon = line.indexOf(':');
        String value = line.substring(colon + 1).strip();
        switch (line.substring(0, Math.max(colon, 0))) {
          case "content-length" -> {
            long told = number(value, Long.MAX_VALUE);
            if (length >= 0 && told != length) {
              throw malformed("two different content lengths");
            }
            length = told;
          }
          case "transfer-encoding" -> {
            if (chunked || !value.equals("chunked")) {
              throw malformed("transfer encoding \"" + value + "\" was not asked for");
            }
            chunked = true;
          }
          case "content-encoding" -> {
            if (!value.equals("identity")) {
              throw malformed("content encoding \"" + value + "\" was not asked for");
            }
          }
          case "connection" -> {
            if (value.equals("close")) {
              keepAlive = false;
            } else if (value.equals("keep-alive")) {
              keepAlive = true;
            }
          }
          default -> {}
        }
      }
      at = lineEnd + 1;
    }
    Framing framing =
        chunked ? Framing.CHUNKED : length >= 0 ? Framing.LENGTH : Framing.UNTIL_CLOSE;
    return new ResponseHead(status, framing, length, keepAlive);
  }

  private static long number(String digits, long most) throws ScrapeException {
    if (digits.isEmpty()
        || digits.length() > 18
        || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw malformed("\"" + digits + "\" is no number");
    }
    return Math.min(Long.parseLong(digits), most);
  }

  private static String text(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1).strip();
  }

  private static ScrapeException malformed(String message) {
    return new ScrapeException(ScrapeFailure.MALFORMED, message);
  }
}

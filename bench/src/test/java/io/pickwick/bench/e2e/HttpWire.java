package io.pickwick.bench.e2e;

import com.google.protobuf.ByteString;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** HTTP/1.1 by hand, for what the JDK's client and server hide: chunk sizes, trailers, breaks. */
final class HttpWire {
  /** How a chunked body without trailers ends. */
  static final String LAST_CHUNK = "\r\n0\r\n\r\n";

  private static final int MAX_LINE = 65_536;

  private HttpWire() {}

  /**
   * One message as it came over the wire.
   *
   * @param startLine the request or status line
   * @param headers by lower-case name, the last of several
   * @param content the body, whole, without its chunks' framing
   * @param trailers by lower-case name
   */
  record Message(
      String startLine,
      Map<String, String> headers,
      ByteString content,
      Map<String, String> trailers) {
    byte[] body() {
      return content.toByteArray();
    }

    int status() {
      return Integer.parseInt(startLine.split(" ", 3)[1]);
    }

    String text() {
      return content.toStringUtf8();
    }
  }

  /** Compares bodies without printing megabytes of them. */
  static void assertSame(Message message, byte[] expected) {
    byte[] body = message.body();
    int at = Arrays.mismatch(body, expected);
    if (at >= 0) {
      throw new AssertionError(
          "the body has %d bytes instead of %d and differs from byte %d on; it starts with: %s"
              .formatted(
                  body.length,
                  expected.length,
                  at,
                  new String(body, 0, Math.min(200, body.length), StandardCharsets.UTF_8)));
    }
  }

  static Message read(InputStream in, boolean response) throws IOException {
    String startLine = line(in);
    Map<String, String> headers = fields(in);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    Map<String, String> trailers = Map.of();
    if (headers.getOrDefault("transfer-encoding", "").equals("chunked")) {
      while (true) {
        int size = Integer.parseInt(line(in).split(";", 2)[0].strip(), 16);
        if (size == 0) {
          break;
        }
        exactly(in, size, body);
        line(in);
      }
      trailers = fields(in);
    } else if (headers.containsKey("content-length")) {
      exactly(in, Integer.parseInt(headers.get("content-length")), body);
    } else if (response) {
      in.transferTo(body);
    }
    return new Message(startLine, headers, ByteString.copyFrom(body.toByteArray()), trailers);
  }

  static void chunk(OutputStream out, byte[] body, int from, int length) throws IOException {
    out.write((Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
    out.write(body, from, length);
    out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
  }

  static void text(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0 || line.size() > MAX_LINE) {
        throw new EOFException("no line, only: " + line.toString(StandardCharsets.UTF_8));
      }
      line.write(b);
    }
    return line.toString(StandardCharsets.UTF_8).stripTrailing();
  }

  static Map<String, String> fields(InputStream in) throws IOException {
    Map<String, String> fields = new TreeMap<>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      fields.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    return fields;
  }

  static InputStream buffered(InputStream in) {
    return new BufferedInputStream(in, 65_536);
  }

  private static void exactly(InputStream in, int length, ByteArrayOutputStream body)
      throws IOException {
    byte[] piece = in.readNBytes(length);
    body.writeBytes(piece);
    if (piece.length < length) {
      throw new EOFException("%d of %d bytes".formatted(piece.length, length));
    }
  }
}

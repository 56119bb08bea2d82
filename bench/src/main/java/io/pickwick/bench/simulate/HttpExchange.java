package io.pickwick.bench.simulate;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * The answer to one request, whole or in chunks.
 *
 * <p>Written by one thread; {@link #abort} comes from the thread that reads the connection.
 */
final class HttpExchange {
  private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] LINE = "\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final Map<Integer, String> REASONS =
      Map.of(
          200, "OK",
          400, "Bad Request",
          404, "Not Found",
          405, "Method Not Allowed",
          413, "Content Too Large",
          500, "Internal Server Error",
          503, "Service Unavailable");

  private final OutputStream out;
  private final Runnable reset;
  private final boolean head;
  private final boolean chunks;
  private final boolean keepAlive;
  private boolean started;
  private boolean ended;
  private boolean aborted;
  private Runnable onAbort = () -> {};

  HttpExchange(HttpRequest request, OutputStream out, Runnable reset) {
    this.out = out;
    this.reset = reset;
    this.head = request.method().equals("HEAD");
    this.chunks = request.version().equals("HTTP/1.1");
    this.keepAlive = request.keepAlive();
  }

  /** Whether the status is out. */
  boolean started() {
    return started;
  }

  /** Whether the connection serves another request after this one. */
  boolean reusable() {
    return ended && keepAlive && chunks;
  }

  /** Answers at once. */
  void respond(int status, String type, byte[] body, Map<String, String> headers)
      throws IOException {
    StringBuilder text = status(status, type, headers);
    text.append("content-length: ").append(body.length).append("\r\n\r\n");
    byte[] first = text.toString().getBytes(StandardCharsets.ISO_8859_1);
    ByteArrayOutputStream all = new ByteArrayOutputStream(first.length + body.length);
    all.writeBytes(first);
    if (!head) {
      all.writeBytes(body);
    }
    started = true;
    all.writeTo(out);
    out.flush();
    ended = true;
  }

  /** Begins an answer of unknown length. */
  void begin(int status, String type, Map<String, String> headers) throws IOException {
    StringBuilder text = status(status, type, headers);
    text.append(chunks ? "transfer-encoding: chunked\r\n\r\n" : "\r\n");
    started = true;
    out.write(text.toString().getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  /** Sends some of the body, at least a byte, in one piece. */
  void write(byte[] part) throws IOException {
    if (!chunks) {
      out.write(part);
      out.flush();
      return;
    }
    byte[] size = (Integer.toHexString(part.length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    ByteArrayOutputStream chunk = new ByteArrayOutputStream(size.length + part.length + 2);
    chunk.writeBytes(size);
    chunk.writeBytes(part);
    chunk.writeBytes(LINE);
    chunk.writeTo(out);
    out.flush();
  }

  /** Ends an answer of unknown length. */
  void end() throws IOException {
    if (chunks) {
      out.write(LAST_CHUNK);
      out.flush();
    }
    ended = true;
  }

  /** Resets the connection, as a crash of the server would. */
  void tear() {
    reset.run();
  }

  /** What to do when the client goes before the answer's end; at once when it has gone. */
  void onAbort(Runnable action) {
    boolean gone;
    synchronized (this) {
      gone = aborted;
      onAbort = action;
    }
    if (gone) {
      action.run();
    }
  }

  /** The client has gone. */
  void abort() {
    Runnable action;
    synchronized (this) {
      if (aborted) {
        return;
      }
      aborted = true;
      action = onAbort;
    }
    action.run();
  }

  private StringBuilder status(int status, String type, Map<String, String> headers) {
    if (started) {
      throw new IllegalStateException("The answer has begun.");
    }
    StringBuilder text = new StringBuilder(256);
    text.append("HTTP/1.1 ")
        .append(status)
        .append(' ')
        .append(REASONS.getOrDefault(status, "Status"))
        .append("\r\nserver: uvicorn\r\n");
    if (!type.isEmpty()) {
      text.append("content-type: ").append(type).append("\r\n");
    }
    headers.forEach((name, value) -> text.append(name).append(": ").append(value).append("\r\n"));
    if (!keepAlive || !chunks) {
      text.append("connection: close\r\n");
    }
    return text;
  }
}

package io.pickwick.bench.simulate;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A client's connection: reads its requests one after the other and notices when it goes. */
final class HttpConnection {
  /*
   * Two virtual threads: the one here only reads, and each request is handled on one of its own. So
   * while a request is handled, somebody waits in read(), and the end of the client's stream is seen
   * at once, not at the next write. What is read meanwhile belongs to the next request, which is
   * parsed when the present one is done. A client that closes only its sending side counts as gone,
   * as it does for uvicorn.
   */
  private static final Logger LOG = LoggerFactory.getLogger(HttpConnection.class);
  private static final int MAX_LINE = 64 * 1024;
  private static final int MAX_HEADERS = 200;
  private static final int MAX_BODY = 128 * 1024 * 1024;
  private static final byte[] CONTINUE =
      "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /** Answers requests, each on a virtual thread of its own. */
  @FunctionalInterface
  interface Handler {
    /** Answers one request; what it throws ends the connection. */
    void handle(HttpRequest request, HttpExchange exchange)
        throws IOException, InterruptedException;
  }

  /** What was read is no HTTP; answered with the status before the connection ends. */
  private static final class BadHttpException extends IOException {
    private static final long serialVersionUID = 1L;
    private final int status;

    BadHttpException(int status, String message) {
      super(message);
      this.status = status;
    }
  }

  private final Socket socket;
  private final Handler handler;
  private final InputStream in;
  private final byte[] buffer = new byte[8192];
  private int from;
  private int to;

  HttpConnection(Socket socket, Handler handler) throws IOException {
    this.socket = socket;
    this.handler = handler;
    this.in = socket.getInputStream();
  }

  /** Serves until either side ends it. */
  void run() {
    try (socket) {
      socket.setTcpNoDelay(true);
      while (serve()) {
        // The next request of the same client.
      }
    } catch (BadHttpException e) {
      LOG.debug("refused a request: {}", e.getMessage());
    } catch (IOException e) {
      LOG.debug("connection ended: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends it as a crash would. */
  void reset() {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      LOG.debug("closing a connection failed: {}", e.getMessage());
    }
  }

  private boolean serve() throws IOException, InterruptedException {
    Optional<HttpRequest> read;
    try {
      read = read();
    } catch (BadHttpException e) {
      refuse(e);
      throw e;
    }
    if (read.isEmpty()) {
      return false;
    }
    HttpRequest request = read.get();
    HttpExchange exchange = new HttpExchange(request, socket.getOutputStream(), this::reset);
    Thread worker = Thread.startVirtualThread(() -> handle(request, exchange));
    boolean gone = false;
    try {
      gone = from == to && fill() < 0;
    } catch (IOException e) {
      gone = true;
    }
    if (gone) {
      exchange.abort();
    }
    worker.join();
    return !gone && exchange.reusable();
  }

  private void handle(HttpRequest request, HttpExchange exchange) {
    try {
      handler.handle(request, exchange);
      if (!exchange.reusable()) {
        socket.close();
      }
    } catch (IOException e) {
      LOG.debug("answering {} failed: {}", request.path(), e.getMessage());
      reset();
    } catch (InterruptedException e) {
      reset();
    } catch (RuntimeException e) {
      LOG.warn("answering {} failed", request.path(), e);
      reset();
    }
  }

  private void refuse(BadHttpException why) throws IOException {
    byte[] body = "Invalid HTTP request received.".getBytes(StandardCharsets.US_ASCII);
    HttpRequest none = new HttpRequest("GET", "", "HTTP/1.0", Map.of(), new byte[0]);
    new HttpExchange(none, socket.getOutputStream(), this::reset)
        .respond(why.status, "text/plain; charset=utf-8", body, Map.of());
  }

  private Optional<HttpRequest> read() throws IOException {
    if (from == to && fill() < 0) {
      return Optional.empty();
    }
    String line = line();
    String[] words = line.split(" ", -1);
    if (words.length != 3 || !words[2].startsWith("HTTP/1.")) {
      throw new BadHttpException(400, "request line: " + line);
    }
    Map<String, String> headers = headers();
    byte[] body;
    if (headers
        .getOrDefault("transfer-encoding", "")
        .toLowerCase(Locale.ROOT)
        .contains("chunked")) {
      expect(headers);
      body = chunked();
    } else {
      int length = length(headers.getOrDefault("content-length", "0"), 10);
      if (length > 0) {
        expect(headers);
      }
      body = new byte[length];
      exactly(body, 0, length);
    }
    return Optional.of(new HttpRequest(words[0], words[1], words[2], headers, body));
  }

  private void expect(Map<String, String> headers) throws IOException {
    if (headers.getOrDefault("expect", "").equalsIgnoreCase("100-continue")) {
      socket.getOutputStream().write(CONTINUE);
    }
  }

  private Map<String, String> headers() throws IOException {
    Map<String, String> headers = new HashMap<>();
    int count = 0;
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      if (colon < 1 || ++count > MAX_HEADERS) {
        throw new BadHttpException(400, "header: " + line);
      }
      headers.merge(
          line.substring(0, colon).trim().toLowerCase(Locale.ROOT),
          line.substring(colon + 1).trim(),
          (a, b) -> a + ", " + b);
    }
    return headers;
  }

  private byte[] chunked() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    byte[] chunk = new byte[8192];
    while (true) {
      String line = line();
      int semicolon = line.indexOf(';');
      int size = length((semicolon < 0 ? line : line.substring(0, semicolon)).trim(), 16);
      if (size == 0) {
        while (!line().isEmpty()) {
          // Trailers are of no interest.
        }
        return body.toByteArray();
      }
      if (body.size() + (long) size > MAX_BODY) {
        throw new BadHttpException(413, "body beyond " + MAX_BODY);
      }
      for (int left = size; left > 0; ) {
        int part = Math.min(left, chunk.length);
        exactly(chunk, 0, part);
        body.write(chunk, 0, part);
        left -= part;
      }
      if (!line().isEmpty()) {
        throw new BadHttpException(400, "chunk without its end");
      }
    }
  }

  private static int length(String text, int radix) throws IOException {
    try {
      long length = Long.parseLong(text, radix);
      if (length >= 0 && length <= MAX_BODY) {
        return (int) length;
      }
      throw new BadHttpException(length < 0 ? 400 : 413, "body of " + length);
    } catch (NumberFormatException e) {
      throw new BadHttpException(400, "length: " + text);
    }
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(128);
    while (true) {
      if (from == to && fill() < 0) {
        throw new EOFException("the client went in the middle of a request");
      }
      byte next = buffer[from++];
      if (next == '\n') {
        byte[] bytes = line.toByteArray();
        int length = bytes.length;
        if (length > 0 && bytes[length - 1] == '\r') {
          length--;
        }
        return new String(Arrays.copyOf(bytes, length), StandardCharsets.ISO_8859_1);
      }
      if (line.size() == MAX_LINE) {
        throw new BadHttpException(400, "line beyond " + MAX_LINE);
      }
      line.write(next);
    }
  }

  private void exactly(byte[] into, int offset, int length) throws IOException {
    int at = offset;
    int end = offset + length;
    int buffered = Math.min(to - from, length);
    System.arraycopy(buffer, from, into, at, buffered);
    from += buffered;
    at += buffered;
    while (at < end) {
      int read = in.read(into, at, end - at);
      if (read < 0) {
        throw new EOFException("the client went in the middle of a body");
      }
      at += read;
    }
  }

  private int fill() throws IOException {
    int read = in.read(buffer, 0, buffer.length);
    from = 0;
    to = Math.max(read, 0);
    return read;
  }
}

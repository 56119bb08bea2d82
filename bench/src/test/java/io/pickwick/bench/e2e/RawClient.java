package io.pickwick.bench.e2e;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** One HTTP/1.1 connection to Envoy, written and read by hand. */
final class RawClient implements AutoCloseable {
  private static final int PATIENCE_MS = 60_000;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  RawClient(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(PATIENCE_MS);
    socket.setTcpNoDelay(true);
    in = HttpWire.buffered(socket.getInputStream());
    out = socket.getOutputStream();
  }

  /** Sends the head of a request; the framing is the headers' business. */
  RawClient head(String method, String path, Map<String, String> headers) throws IOException {
    StringBuilder head =
        new StringBuilder(method).append(' ').append(path).append(" HTTP/1.1\r\nhost: test\r\n");
    headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    HttpWire.text(out, head.append("\r\n").toString());
    out.flush();
    return this;
  }

  /** Sends bytes as they are. */
  RawClient bytes(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
    return this;
  }

  /** Sends a body in chunks of the given size, then its end and trailers. */
  RawClient chunked(byte[] body, int piece, Map<String, String> trailers) throws IOException {
    ByteArrayOutputStream framed = new ByteArrayOutputStream(body.length * 2);
    for (int at = 0; at < body.length; at += piece) {
      HttpWire.chunk(framed, body, at, Math.min(piece, body.length - at));
    }
    HttpWire.text(framed, "0\r\n");
    for (var trailer : trailers.entrySet()) {
      HttpWire.text(framed, trailer.getKey() + ": " + trailer.getValue() + "\r\n");
    }
    HttpWire.text(framed, "\r\n");
    return bytes(framed.toByteArray());
  }

  /** A whole response. */
  HttpWire.Message response() throws IOException {
    return HttpWire.read(in, true);
  }

  /** The next line of the response, whatever it is. */
  String line() throws IOException {
    return HttpWire.line(in);
  }

  /** All that still comes until the connection ends, as it came. */
  String rest() {
    ByteArrayOutputStream rest = new ByteArrayOutputStream();
    try {
      in.transferTo(rest);
    } catch (IOException e) {
      // A reset is one of the ways to end.
    }
    return rest.toString(StandardCharsets.UTF_8);
  }

  /** Reads until a line holds the text. */
  void skipTo(String text) throws IOException {
    String line;
    do {
      line = line();
    } while (!line.contains(text));
  }

  /** Sends a POST with a known length and reads its response. */
  HttpWire.Message post(String path, byte[] body, Map<String, String> headers) throws IOException {
    Map<String, String> all = new java.util.TreeMap<>(headers);
    all.put("content-length", Integer.toString(body.length));
    all.putIfAbsent("content-type", "application/json");
    return head("POST", path, all).bytes(body).response();
  }

  /** The same with a text. */
  HttpWire.Message post(String path, String body, Map<String, String> headers) throws IOException {
    return post(path, body.getBytes(StandardCharsets.UTF_8), headers);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}

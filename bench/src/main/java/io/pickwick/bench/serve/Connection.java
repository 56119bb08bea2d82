package io.pickwick.bench.serve;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * A connection that speaks HTTP/1.1; used by one thread at a time, closed by any.
 *
 * <p>The clock is read once after each read of the socket, so what came in one piece has one time.
 */
final class Connection implements AutoCloseable {
  /*
   * The JDK's client is not used: it hands each piece of an answer through several threads before
   * anyone can look at the clock, which costs several times the CPU (docs/load.md), and decides by
   * itself which connection is used again and which request is sent anew.
   */
  private static final int MAX_LINE = 64 * 1024;
  private static final int BUFFER = 16 * 1024;

  /** Takes an answer's body, piece by piece. */
  interface Body {
    /**
     * Takes the bytes from {@code from} to before {@code to}, which are overwritten later.
     *
     * @param nanos when they were read
     */
    void take(byte[] bytes, int from, int to, long nanos);
  }

  /**
   * The begin of an answer.
   *
   * @param fields by their names in lower case
   */
  record Head(int status, Map<String, String> fields) {
    String field(String name) {
      return fields.getOrDefault(name, "");
    }
  }

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final LongSupplier clock;
  private final byte[] buffer = new byte[BUFFER];
  private int from;
  private int to;
  private long readNanos;
  private boolean reusable;

  private Connection(Socket socket, LongSupplier clock) throws IOException {
    this.socket = socket;
    this.in = socket.getInputStream();
    this.out = socket.getOutputStream();
    this.clock = clock;
  }

  /** Connects. */
  static Connection open(Target target, InetAddress address, Duration patience, LongSupplier clock)
      throws IOException {
    Socket plain = new Socket();
    try {
      plain.setTcpNoDelay(true);
      plain.connect(
          new InetSocketAddress(address, target.port()), Math.toIntExact(patience.toMillis()));
      return new Connection(target.tls() ? secured(plain, target) : plain, clock);
    } catch (IOException e) {
      plain.close();
      throw e;
    }
  }

  private static Socket secured(Socket plain, Target target) throws IOException {
    SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
    SSLSocket socket = (SSLSocket) factory.createSocket(plain, target.host(), target.port(), true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  /** Sends a request, all of it. */
  void send(byte[] head, byte[] body) throws IOException {
    reusable = false;
    byte[] all = new byte[head.length + body.length];
    System.arraycopy(head, 0, all, 0, head.length);
    System.arraycopy(body, 0, all, head.length, body.length);
    out.write(all);
    out.flush();
  }

  /** Reads an answer up to its body. */
  Head head() throws IOException {
    while (true) {
      String line = line();
      String[] words = line.split(" ", 3);
      if (words.length < 2 || !words[0].startsWith("HTTP/1.")) {
        throw new BadAnswerException("not HTTP/1.1: " + line);
      }
      int status;
      try {
        status = Integer.parseInt(words[1]);
      } catch (NumberFormatException e) {
        throw new BadAnswerException("not HTTP/1.1: " + line);
      }
      Map<String, String> fields = new HashMap<>();
      for (String field = line(); !field.isEmpty(); field = line()) {
        int colon = field.indexOf(':');
        if (colon > 0) {
          fields.merge(
              field.substring(0, colon).trim().toLowerCase(Locale.ROOT),
              field.substring(colon + 1).trim(),
              (a, b) -> a + ", " + b);
        }
      }
      if (status >= 200) {
        return new Head(status, fields);
      }
    }
  }

  /** Reads the body behind a head to its end; fails if the connection ends before. */
  void body(Head head, Body into) throws IOException {
    if (head.field("transfer-encoding").toLowerCase(Locale.ROOT).contains("chunked")) {
      chunks(into);
      reusable = keepsAlive(head);
    } else if (!head.field("content-length").isEmpty()) {
      exactly(length(head.field("content-length"), 10), into);
      reusable = keepsAlive(head);
    } else if (head.status() != 204 && head.status() != 304) {
      while (from < to || fill()) {
        into.take(buffer, from, to, readNanos);
        from = to;
      }
    }
  }

  private static boolean keepsAlive(Head head) {
    return !head.field("connection").toLowerCase(Locale.ROOT).contains("close");
  }

  /** Whether another request may be sent on it. */
  boolean reusable() {
    return reusable && from == to;
  }

  /** When something was read last. */
  long readNanos() {
    return readNanos;
  }

  private void chunks(Body into) throws IOException {
    while (true) {
      String line = line();
      int semicolon = line.indexOf(';');
      long size = length((semicolon < 0 ? line : line.substring(0, semicolon)).trim(), 16);
      if (size == 0) {
        while (!line().isEmpty()) {
          // Trailers are of no interest.
        }
        return;
      }
      exactly(size, into);
      if (!line().isEmpty()) {
        throw new BadAnswerException("a chunk longer than it says");
      }
    }
  }

  private void exactly(long length, Body into) throws IOException {
    long left = length;
    while (left > 0) {
      if (from == to && !fill()) {
        throw new EOFException("the connection ended in the middle of the answer");
      }
      int part = (int) Math.min(left, to - from);
      into.take(buffer, from, from + part, readNanos);
      from += part;
      left -= part;
    }
  }

  private static long length(String text, int radix) throws IOException {
    try {
      long length = Long.parseLong(text, radix);
      if (length >= 0) {
        return length;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw new BadAnswerException("a length of " + text);
  }

  private String line() throws IOException {
    for (int at = from; at < to; at++) {
      if (buffer[at] == '\n') {
        String line = text(buffer, from, at);
        from = at + 1;
        return line;
      }
    }
    // It goes on behind what is buffered.
    ByteArrayOutputStream line = new ByteArrayOutputStream(128);
    while (true) {
      if (from == to && !fill()) {
        throw new EOFException("the connection ended in the middle of the answer");
      }
      byte next = buffer[from++];
      if (next == '\n') {
        byte[] bytes = line.toByteArray();
        return text(bytes, 0, bytes.length);
      }
      if (line.size() == MAX_LINE) {
        throw new BadAnswerException("a line of more than %d bytes".formatted(MAX_LINE));
      }
      line.write(next);
    }
  }

  private static String text(byte[] bytes, int from, int to) {
    int end = to > from && bytes[to - 1] == '\r' ? to - 1 : to;
    return new String(bytes, from, end - from, StandardCharsets.ISO_8859_1);
  }

  private boolean fill() throws IOException {
    int read = in.read(buffer, 0, buffer.length);
    readNanos = clock.getAsLong();
    from = 0;
    to = Math.max(read, 0);
    return read > 0;
  }

  /** Ends it; whoever reads from it fails. */
  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** Ends it from outside: whoever reads from it tells of that, not the caller. */
  void abandon() {
    try {
      close();
    } catch (IOException e) {
      // Its reader fails all the same.
    }
  }

  /** What was read is no answer in HTTP/1.1. */
  static final class BadAnswerException extends IOException {
    private static final long serialVersionUID = 1L;

    BadAnswerException(String message) {
      super(message);
    }
  }
}

package io.pickwick.bench.serve;

import java.io.ByteArrayOutputStream;
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
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

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
  private static final int MAX_HEAD = 256 * 1024;
  private static final int BUFFER = 16 * 1024;
  private static final int TLS_ALERT = 0x15;
  private static final int TLS_HANDSHAKE = 0x16;
  private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.[0-9] [1-9][0-9]{2}( |$)");
  private static final int STATUS_AT = "HTTP/1.1 ".length();

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

  private final Target target;
  private final InetAddress address;
  private final Optional<Trust> trust;
  private final Duration patience;
  private final LongSupplier clock;
  // What is written and read goes through the one that is secured, if there is one. Only the plain
  // one can be closed by others than its user without waiting for anything.
  private final Socket plain = new Socket();
  private Socket socket = plain;
  private InputStream in = InputStream.nullInputStream();
  private OutputStream out = OutputStream.nullOutputStream();
  private boolean open;
  private final byte[] buffer = new byte[BUFFER];
  private int from;
  private int to;
  private long readNanos;
  private boolean reusable;

  /**
   * Before it is open.
   *
   * @param trust whom to believe in TLS; empty to speak in the clear
   * @param patience how long opening may take
   */
  Connection(
      Target target,
      InetAddress address,
      Optional<Trust> trust,
      Duration patience,
      LongSupplier clock) {
    this.target = target;
    this.address = address;
    this.trust = trust;
    this.patience = patience;
    this.clock = clock;
  }

  /** Connects, and shakes hands; nothing if that was done before. */
  void open() throws IOException {
    if (open) {
      return;
    }
    long deadline = clock.getAsLong() + patience.toNanos();
    plain.setTcpNoDelay(true);
    plain.connect(
        new InetSocketAddress(address, target.port()), Math.toIntExact(patience.toMillis()));
    if (trust.isPresent()) {
      long left = (deadline - clock.getAsLong()) / 1_000_000;
      socket = trust.get().secure(plain, target, Math.clamp(left, 1, Integer.MAX_VALUE));
    }
    in = socket.getInputStream();
    out = socket.getOutputStream();
    open = true;
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
    if (from == to && !fill()) {
      throw new IOException("the connection was closed without an answer");
    }
    if (buffer[from] == TLS_ALERT || buffer[from] == TLS_HANDSHAKE) {
      throw new BadAnswerException("an answer in TLS; write https:// for this target");
    }
    while (true) {
      String line = line();
      if (!STATUS_LINE.matcher(line).lookingAt()) {
        throw new BadAnswerException("not HTTP/1.1: " + line);
      }
      int status = Integer.parseInt(line.substring(STATUS_AT, STATUS_AT + 3));
      Map<String, String> fields = new HashMap<>();
      int length = 0;
      for (String field = line(); !field.isEmpty(); field = line()) {
        length += field.length();
        if (length > MAX_HEAD) {
          throw new BadAnswerException("a head of more than %d bytes".formatted(MAX_HEAD));
        }
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
        throw new IOException("the connection ended in the middle of the answer");
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
        throw new IOException("the connection ended in the middle of the answer");
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

  /** Ends it in order. */
  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** Ends it as it is, by any thread: whoever opens it or reads from it fails. */
  void abandon() {
    try {
      plain.close();
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

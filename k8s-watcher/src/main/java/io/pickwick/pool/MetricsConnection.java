package io.pickwick.pool;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One keep-alive connection to one endpoint that speaks as much HTTP/1.1 as reading a page needs.
 *
 * <p>Not safe for concurrent use; the owner's thread is stopped by interrupting it, which closes
 * the socket that a virtual thread is blocked on.
 */
final class MetricsConnection implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MetricsConnection.class);
  private static final int BUFFER_BYTES = 16 << 10;
  private static final int MAX_HEAD_BYTES = 8 << 10;
  private static final long NANOS_PER_MILLI = 1_000_000L;

  private final InetSocketAddress address;
  private final byte[] request;
  private final long maxPageBytes;
  private final Optional<SSLSocketFactory> tls;
  private final LongSupplier nanos;
  private final LongConsumer bytesRead;

  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int position;
  private int limit;
  private @Nullable Socket socket;

  MetricsConnection(
      InetSocketAddress address,
      byte[] request,
      long maxPageBytes,
      Optional<SSLSocketFactory> tls,
      LongSupplier nanos,
      LongConsumer bytesRead) {
    this.address = address;
    this.request = request.clone();
    this.maxPageBytes = maxPageBytes;
    this.tls = tls;
    this.nanos = nanos;
    this.bytesRead = bytesRead;
  }

  /** The bytes of a request for the page. */
  static byte[] request(ScraperConfig config, String hostPort) {
    StringBuilder text = new StringBuilder(128);
    text.append("GET ").append(config.path()).append(" HTTP/1.1\r\nHost: ").append(hostPort);
    text.append("\r\nAccept: text/plain;version=0.0.4\r\nUser-Agent: pickwick\r\n");
    config
        .headers()
        .forEach((name, value) -> text.append(name).append(": ").append(value).append("\r\n"));
    return text.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
  }

  /** Whether there is a connection on which the peer's end would be noticed. */
  boolean isOpen() {
    return socket != null;
  }

  /** Asks once and feeds the body to the page; returns when its last byte was read. */
  void get(MetricsPage page, long deadlineNanos) throws ScrapeException {
    boolean reused = isOpen();
    try {
      boolean answered = ask(deadlineNanos);
      if (!answered && reused) {
        // The peer may close a kept connection at any time, also while the request is under way.
        close();
        answered = ask(deadlineNanos);
      }
      if (!answered) {
        throw new ScrapeException(ScrapeFailure.CUT, "the connection was closed unanswered");
      }
      if (!answer(connect(deadlineNanos), page, deadlineNanos) || position != limit) {
        close();
      }
    } catch (ScrapeException e) {
      close();
      throw e;
    } catch (IOException e) {
      close();
      throw new ScrapeException(ScrapeFailure.CUT, "the connection broke: " + e.getMessage(), e);
    }
  }

  /** Connects unless there is a connection. */
  Socket connect(long deadlineNanos) throws ScrapeException {
    Socket open = socket;
    if (open != null) {
      return open;
    }
    Socket fresh = new Socket();
    try {
      fresh.setTcpNoDelay(true);
      fresh.connect(address, millisUntil(deadlineNanos));
      if (fresh.getLocalSocketAddress().equals(fresh.getRemoteSocketAddress())) {
        // TCP connects to itself when nobody listens at a port that is free to be given to us.
        throw new ConnectException("nobody listens there");
      }
    } catch (ConnectException | NoRouteToHostException | SocketTimeoutException e) {
      discard(fresh);
      throw noConnection(ScrapeFailure.UNREACHABLE, e);
    } catch (IOException e) {
      // No file descriptors, no local port: that says nothing about the endpoint.
      discard(fresh);
      throw noConnection(ScrapeFailure.LOCAL, e);
    }
    try {
      socket = tls.isPresent() ? secured(fresh, tls.get(), deadlineNanos) : fresh;
    } catch (IOException e) {
      discard(fresh);
      throw noConnection(ScrapeFailure.MALFORMED, e);
    }
    return socket;
  }

  /**
   * Waits on the idle connection.
   *
   * @return whether the peer ended it meanwhile
   */
  boolean endsWithin(long restNanos) {
    Socket open = socket;
    if (open == null) {
      return true;
    }
    try {
      open.setSoTimeout(Math.clamp(restNanos / NANOS_PER_MILLI, 1, Integer.MAX_VALUE));
      if (open.getInputStream().read() >= 0) {
        log.debug("closing a connection that talks unasked: {}", address);
      }
      close();
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      close();
      return true;
    }
  }

  @Override
  public void close() {
    Socket open = socket;
    socket = null;
    if (open != null) {
      discard(open);
    }
  }

  /** Sends the request and reads the first bytes of the answer; false when there are none. */
  private boolean ask(long deadlineNanos) throws ScrapeException {
    Socket open = connect(deadlineNanos);
    try {
      open.getOutputStream().write(request);
      return fill(open, 0, deadlineNanos);
    } catch (ScrapeException e) {
      throw e;
    } catch (IOException e) {
      log.debug("connection broke before an answer: {}", address, e);
      return false;
    }
  }

  private SSLSocket secured(Socket plain, SSLSocketFactory factory, long deadlineNanos)
      throws IOException {
    plain.setSoTimeout(millisUntil(deadlineNanos));
    SSLSocket secured =
        (SSLSocket) factory.createSocket(plain, address.getHostString(), address.getPort(), true);
    secured.startHandshake();
    return secured;
  }

  /** Reads head and body; whether the connection can be used again. */
  private boolean answer(Socket open, MetricsPage page, long deadlineNanos) throws IOException {
    ResponseHead head = head(open, deadlineNanos);
    if (head.status() != 200) {
      throw new ScrapeException(ScrapeFailure.STATUS, "status " + head.status());
    }
    switch (head.framing()) {
      case LENGTH -> {
        if (head.length() > maxPageBytes) {
          throw tooLarge();
        }
        body(open, page, head.length(), deadlineNanos);
      }
      case CHUNKED -> chunks(open, page, deadlineNanos);
      case UNTIL_CLOSE -> {
        untilClose(open, page, deadlineNanos);
        return false;
      }
    }
    return head.keepAlive();
  }

  private ResponseHead head(Socket open, long deadlineNanos) throws IOException {
    int searched = 0;
    while (true) {
      int end = ResponseHead.end(buffer, searched, limit);
      if (end >= 0) {
        position = end;
        return ResponseHead.parse(buffer, end);
      }
      if (limit >= MAX_HEAD_BYTES) {
        throw new ScrapeException(
            ScrapeFailure.MALFORMED, "the headers are longer than " + MAX_HEAD_BYTES + " bytes");
      }
      searched = Math.max(0, limit - 3);
      need(fill(open, limit, deadlineNanos));
    }
  }

  private void body(Socket open, MetricsPage page, long length, long deadlineNanos)
      throws IOException {
    long left = length;
    while (left > 0) {
      if (position == limit) {
        need(fill(open, 0, deadlineNanos));
      }
      int piece = (int) Math.min(left, limit - position);
      page.feed(buffer, position, piece);
      position += piece;
      left -= piece;
    }
  }

  private void chunks(Socket open, MetricsPage page, long deadlineNanos) throws IOException {
    long total = 0;
    while (true) {
      long size = chunkSize(open, deadlineNanos);
      total += size;
      if (total > maxPageBytes) {
        throw tooLarge();
      }
      if (size == 0) {
        break;
      }
      body(open, page, size, deadlineNanos);
      if (lineLength(open, 0, deadlineNanos) != 0) {
        throw new ScrapeException(ScrapeFailure.MALFORMED, "a chunk is longer than it says");
      }
    }
    int trailers = 0;
    int length;
    while ((length = lineLength(open, MAX_HEAD_BYTES - trailers, deadlineNanos)) > 0) {
      trailers += length;
    }
  }

  private long chunkSize(Socket open, long deadlineNanos) throws IOException {
    long size = 0;
    int digits = 0;
    int b = next(open, deadlineNanos);
    for (int digit; (digit = Character.digit(b, 16)) >= 0; b = next(open, deadlineNanos)) {
      size = size * 16 + digit;
      if (++digits > 8) {
        throw new ScrapeException(ScrapeFailure.MALFORMED, "a chunk's size has over 8 digits");
      }
    }
    if (digits == 0 || (b != '\r' && b != '\n' && b != ';' && b != ' ' && b != '\t')) {
      throw new ScrapeException(ScrapeFailure.MALFORMED, "a chunk's size is no number");
    }
    for (int skipped = 0; b != '\n'; b = next(open, deadlineNanos)) {
      if (++skipped > MAX_HEAD_BYTES) {
        throw new ScrapeException(ScrapeFailure.MALFORMED, "a chunk's extension is too long");
      }
    }
    return size;
  }

  /** Reads past a line's end; how many bytes it had without it. */
  private int lineLength(Socket open, int most, long deadlineNanos) throws IOException {
    int length = 0;
    int b;
    while ((b = next(open, deadlineNanos)) != '\n') {
      if (b != '\r' && ++length > most) {
        throw new ScrapeException(ScrapeFailure.MALFORMED, "a line between chunks is too long");
      }
    }
    return length;
  }

  private void untilClose(Socket open, MetricsPage page, long deadlineNanos) throws IOException {
    long total = 0;
    do {
      total += limit - position;
      if (total > maxPageBytes) {
        throw tooLarge();
      }
      page.feed(buffer, position, limit - position);
      position = limit;
    } while (fill(open, 0, deadlineNanos));
    if (page.insideLine()) {
      // Without a length this is the only sign that something is missing.
      throw new ScrapeException(ScrapeFailure.CUT, "the page ends in the middle of a line");
    }
  }

  private int next(Socket open, long deadlineNanos) throws IOException {
    if (position == limit) {
      need(fill(open, 0, deadlineNanos));
    }
    return buffer[position++];
  }

  /** Reads more bytes to this place of the buffer; false at the end of the stream. */
  private boolean fill(Socket open, int at, long deadlineNanos) throws IOException {
    open.setSoTimeout(millisUntil(deadlineNanos));
    InputStream in = open.getInputStream();
    int count;
    try {
      count = in.read(buffer, at, buffer.length - at);
    } catch (SocketTimeoutException e) {
      throw new ScrapeException(ScrapeFailure.TIMEOUT, "no complete answer in time", e);
    }
    if (at == 0) {
      position = 0;
    }
    limit = at + Math.max(count, 0);
    bytesRead.accept(Math.max(count, 0));
    return count > 0;
  }

  private int millisUntil(long deadlineNanos) throws ScrapeException {
    long left = deadlineNanos - nanos.getAsLong();
    if (left <= 0) {
      throw new ScrapeException(ScrapeFailure.TIMEOUT, "no complete answer in time");
    }
    return Math.clamp((left + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI, 1, Integer.MAX_VALUE);
  }

  private ScrapeException tooLarge() {
    return new ScrapeException(
        ScrapeFailure.TOO_LARGE, "the page is larger than " + maxPageBytes + " bytes");
  }

  private static void need(boolean more) throws ScrapeException {
    if (!more) {
      throw new ScrapeException(ScrapeFailure.CUT, "the connection ended inside the answer");
    }
  }

  private ScrapeException noConnection(ScrapeFailure failure, IOException e) {
    return new ScrapeException(failure, "no connection to " + address + ": " + e.getMessage(), e);
  }

  private static void discard(Socket open) {
    try {
      open.close();
    } catch (IOException e) {
      // It is gone either way.
    }
  }
}

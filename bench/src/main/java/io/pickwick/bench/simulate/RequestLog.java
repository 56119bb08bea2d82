package io.pickwick.bench.simulate;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.List;

/** The latest inference requests of a pod. */
final class RequestLog {
  private static final int KEPT = 10_000;

  /** One request, as far as it has come. */
  static final class Entry {
    private final HttpRequest request;
    private final long number;
    private final String digest;
    private int status;
    private int promptTokens;
    private int cachedTokens;
    private int outputTokens;
    private String finished = "";

    private Entry(HttpRequest request, long number) {
      // The body is not kept: ten thousand large ones would not fit.
      this.request =
          new HttpRequest(
              request.method(),
              request.target(),
              request.version(),
              request.headers(),
              new byte[0]);
      this.number = number;
      this.bodyBytes = request.body().length;
      this.digest = sha256(request.body());
    }

    private final long bodyBytes;

    synchronized void admitted(int tokens) {
      promptTokens = tokens;
    }

    synchronized void token(int cached) {
      cachedTokens = Math.max(cachedTokens, cached);
      outputTokens++;
    }

    synchronized void status(int code) {
      status = code;
    }

    synchronized void finished(String how) {
      finished = how;
    }

    synchronized ReceivedRequest snapshot() {
      return new ReceivedRequest(
          number,
          request.method(),
          request.target(),
          request.headers(),
          bodyBytes,
          digest,
          status,
          promptTokens,
          cachedTokens,
          outputTokens,
          finished);
    }
  }

  private final ArrayDeque<Entry> entries = new ArrayDeque<>();
  private long total;

  /** Notes a request. */
  Entry add(HttpRequest request) {
    long number;
    synchronized (this) {
      number = ++total;
    }
    Entry entry = new Entry(request, number);
    synchronized (this) {
      entries.addLast(entry);
      if (entries.size() > KEPT) {
        entries.removeFirst();
      }
    }
    return entry;
  }

  synchronized List<ReceivedRequest> snapshot() {
    return entries.stream().map(Entry::snapshot).toList();
  }

  synchronized void clear() {
    entries.clear();
  }

  private static String sha256(byte[] body) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}

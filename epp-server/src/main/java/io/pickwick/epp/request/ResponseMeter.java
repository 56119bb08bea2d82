package io.pickwick.epp.request;

import java.util.Arrays;
import java.util.Optional;

/**
 * Watches a response go by and tells its first output, its size and its usage.
 *
 * <p>Bytes are read one by one only until the first output; from then on a chunk costs a copy of at
 * most {@value #TAIL} bytes. Usage is read from that tail when the response ends: the last complete
 * {@code "usage":{…}} in it, in the words of OpenAI ({@code prompt_tokens}, {@code
 * completion_tokens}, {@code prompt_tokens_details.cached_tokens}), of its responses API ({@code
 * input_tokens}, {@code output_tokens}, {@code input_tokens_details.cached_tokens}) or of Anthropic
 * ({@code cache_read_input_tokens}), whose stream tells the prompt's tokens at its start. A usage
 * that stands further from the end is not found.
 *
 * <p>The first output of a stream is the first text, reasoning, tool call or token id that is not
 * empty; or its second event, when events have no names, for then only the first one brings nothing
 * but a role; or the first event of {@code completions}, which has no such prelude. The first
 * output of a JSON response is its first byte. An error has none.
 *
 * <p>One response, one thread.
 */
public final class ResponseMeter {
  /** How a response's body is written. */
  public enum Format {
    /** Server-sent events. */
    EVENTS,
    /** One JSON text. */
    JSON,
    /** Something else, or compressed: its bytes are only counted. */
    OPAQUE
  }

  private static final int TAIL = 4096;
  private static final int FIRST_TAIL = 512;

  private Format format = Format.OPAQUE;
  private boolean metered;
  private boolean ended;
  private boolean firstTokenSeen;
  private long outputChunks;
  private long bytes;
  private final FirstOutput first = new FirstOutput();
  private byte[] tail = new byte[0];
  private long seen;
  private UsageReader.Tokens atStart = UsageReader.Tokens.NONE;
  private Optional<Usage> usage = Optional.empty();

  /** A meter of one response. */
  public ResponseMeter() {}

  /**
   * The response's headers came.
   *
   * @param status the HTTP status, zero when none was told
   * @param contentType empty when there is none
   * @param contentEncoding empty when there is none
   */
  public void headers(int status, String contentType, String contentEncoding) {
    boolean readable = contentEncoding.isEmpty() || contentEncoding.equalsIgnoreCase("identity");
    if (readable && starts(contentType, "text/event-stream")) {
      format = Format.EVENTS;
    } else if (readable && starts(contentType, "application/json")) {
      format = Format.JSON;
    } else {
      format = Format.OPAQUE;
    }
    metered = format != Format.OPAQUE && (status == 0 || (status >= 200 && status < 300));
  }

  private static boolean starts(String value, String prefix) {
    return value.regionMatches(true, 0, prefix, 0, prefix.length());
  }

  /** The body's format, known from its headers. */
  public Format format() {
    return format;
  }

  /** Takes the next chunk; the array is only lent. */
  public void chunk(byte[] chunk, int offset, int length, boolean end) {
    if (metered && length > 0) {
      keep(chunk, offset, length);
      if (!firstTokenSeen) {
        lookForFirst(chunk, offset, length);
      }
      if (firstTokenSeen) {
        outputChunks++;
      }
    }
    bytes += length;
    if (end) {
      end();
    }
  }

  /** The response ended, if a chunk has not said so already. */
  public void end() {
    if (metered && !ended) {
      ended = true;
      usage = UsageReader.last(tail()).or(atStart).usage();
      tail = new byte[0];
    }
  }

  /** Whether generated output has been seen. */
  public boolean firstTokenSeen() {
    return firstTokenSeen;
  }

  /** Chunks that brought output: the first one with output and all behind it. */
  public long outputChunks() {
    return outputChunks;
  }

  /** The body's bytes so far. */
  public long bytes() {
    return bytes;
  }

  /** The tokens that the server told; empty before the end and when it told none. */
  public Optional<Usage> usage() {
    return usage;
  }

  private void lookForFirst(byte[] chunk, int offset, int length) {
    firstTokenSeen = format == Format.JSON || first.in(chunk, offset, length);
    if (firstTokenSeen && first.named()) {
      atStart = UsageReader.first(tail());
    }
  }

  /** Keeps the last bytes in a ring that grows up to {@link #TAIL}. */
  private void keep(byte[] chunk, int offset, int length) {
    int size = tail.length;
    if (size < TAIL && seen + length > size) {
      size = Math.max(size, FIRST_TAIL);
      while (size < TAIL && seen + length > size) {
        size *= 8;
      }
      // Nothing has wrapped around so far, for the ring was never smaller than what it took.
      byte[] larger = new byte[size];
      System.arraycopy(tail, 0, larger, 0, (int) seen);
      tail = larger;
    }
    int kept = Math.min(length, size);
    int from = offset + length - kept;
    int at = (int) (seen + length - kept) & (size - 1);
    int before = Math.min(kept, size - at);
    System.arraycopy(chunk, from, tail, at, before);
    System.arraycopy(chunk, from + before, tail, 0, kept - before);
    seen += length;
  }

  /** The ring's bytes in order. */
  private byte[] tail() {
    int size = tail.length;
    if (seen <= size) {
      return Arrays.copyOf(tail, (int) seen);
    }
    int at = (int) seen & (size - 1);
    byte[] inOrder = new byte[size];
    System.arraycopy(tail, at, inOrder, 0, size - at);
    System.arraycopy(tail, 0, inOrder, size - at, at);
    return inOrder;
  }
}

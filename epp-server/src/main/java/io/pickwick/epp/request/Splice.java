package io.pickwick.epp.request;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Puts another model name into a request's body and leaves every other byte as it was.
 *
 * <p>Fed with the body's chunks in order, it writes slices of those same arrays and the new name in
 * between; nothing is copied.
 */
public final class Splice {
  private final List<Span> spans;
  private final byte[] name;
  private int next;
  private long position;

  /**
   * A splice of one body.
   *
   * @param spans what to replace, ascending and apart, as {@link ScanOutcome.Read#model} tells them
   * @param model the new name
   */
  public Splice(List<Span> spans, String model) {
    this.spans = spans;
    this.name = quoted(model);
  }

  /** The new body's length for a body of this length. */
  public long length(long bytes) {
    long length = bytes;
    for (Span span : spans) {
      length += name.length - (span.end() - span.start());
    }
    return length;
  }

  /** Takes the next chunk and writes what becomes of it. */
  public void feed(byte[] bytes, int offset, int length, Output out) {
    int at = offset;
    int end = offset + length;
    while (at < end) {
      if (next == spans.size()) {
        out.write(bytes, at, end - at);
        position += end - at;
        return;
      }
      Span span = spans.get(next);
      if (position < span.start()) {
        int kept = (int) Math.min(span.start() - position, end - at);
        out.write(bytes, at, kept);
        at += kept;
        position += kept;
      } else {
        if (position == span.start()) {
          out.write(name, 0, name.length);
        }
        int dropped = (int) Math.min(span.end() - position, end - at);
        at += dropped;
        position += dropped;
        if (position == span.end()) {
          next++;
        }
      }
    }
  }

  /** A JSON string, quotes included, in UTF-8. */
  static byte[] quoted(String value) {
    StringBuilder text = new StringBuilder(value.length() + 2).append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        text.append('\\').append(c);
      } else if (c < ' ' || Character.isSurrogate(c)) {
        text.append(String.format("\\u%04x", (int) c));
      } else {
        text.append(c);
      }
    }
    return text.append('"').toString().getBytes(StandardCharsets.UTF_8);
  }
}

package io.pickwick.epp.request;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Puts other values into a request's body and leaves every other byte as it was.
 *
 * <p>Fed with the body's chunks in order, it writes slices of those same arrays and the new values
 * in between; nothing is copied.
 */
public final class Splice {
  private static final byte[] NONE = quoted("none");

  private final List<Edit> edits;
  private int next;
  private long position;

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Edit(Span span, byte[] value) {}

  private Splice(List<Edit> edits) {
    this.edits = edits;
  }

  /**
   * A splice of one body.
   *
   * @param read where it says what
   * @param model the model to name in place of the client's
   * @param quiet whether the engine must not report blocks that it holds already
   */
  public static Splice of(ScanOutcome.Read read, Optional<String> model, boolean quiet) {
    List<Edit> edits = new ArrayList<>(read.model().size() + read.reports().size());
    if (model.isPresent()) {
      byte[] name = quoted(model.get());
      read.model().forEach(span -> edits.add(new Edit(span, name)));
    }
    if (quiet) {
      read.reports().forEach(span -> edits.add(new Edit(span, NONE)));
    }
    edits.sort(Comparator.comparingLong(edit -> edit.span().start()));
    return new Splice(edits);
  }

  /** Whether the body stays as it is. */
  public boolean isEmpty() {
    return edits.isEmpty();
  }

  /** The new body's length for a body of this length. */
  public long length(long bytes) {
    long length = bytes;
    for (Edit edit : edits) {
      length += edit.value().length - (edit.span().end() - edit.span().start());
    }
    return length;
  }

  /** Takes the next chunk and writes what becomes of it. */
  public void feed(byte[] bytes, int offset, int length, Output out) {
    int at = offset;
    int end = offset + length;
    while (at < end) {
      if (next == edits.size()) {
        out.write(bytes, at, end - at);
        position += end - at;
        return;
      }
      Span span = edits.get(next).span();
      if (position < span.start()) {
        int kept = (int) Math.min(span.start() - position, end - at);
        out.write(bytes, at, kept);
        at += kept;
        position += kept;
      } else {
        if (position == span.start()) {
          byte[] value = edits.get(next).value();
          out.write(value, 0, value.length);
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

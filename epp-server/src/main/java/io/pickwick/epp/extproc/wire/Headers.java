package io.pickwick.epp.extproc.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The headers of one message, as places in its bytes; a value becomes a string when it is asked
 * for.
 */
public final class Headers {
  /** No headers at all. */
  public static final Headers NONE = new Headers(new byte[0]);

  private static final int HEADERS = 1 << 3 | 2;
  private static final int KEY = 1 << 3 | 2;
  private static final int VALUE = 2 << 3 | 2;
  private static final int RAW_VALUE = 3 << 3 | 2;

  /** Four places per header: key offset and length, value offset and length. */
  private int[] places = new int[4 * 16];

  private int count;
  private final byte[] bytes;

  private Headers(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Reads a {@code HeaderMap}. */
  static Headers read(byte[] bytes, Cursor map) throws Cursor.Malformed {
    Headers headers = new Headers(bytes);
    while (map.next()) {
      if (map.tag() == HEADERS) {
        headers.add(map.message());
      } else {
        map.skip();
      }
    }
    return headers;
  }

  private void add(Cursor header) throws Cursor.Malformed {
    int at = 4 * count;
    if (at == places.length) {
      places = Arrays.copyOf(places, 2 * at);
    }
    int keyOffset = 0;
    int keyLength = 0;
    int valueOffset = 0;
    int valueLength = 0;
    boolean raw = false;
    while (header.next()) {
      switch (header.tag()) {
        case KEY -> {
          header.take();
          keyOffset = header.offset();
          keyLength = header.length();
        }
        case VALUE -> {
          header.take();
          if (!raw) {
            valueOffset = header.offset();
            valueLength = header.length();
          }
        }
        case RAW_VALUE -> {
          header.take();
          if (header.length() > 0) {
            raw = true;
            valueOffset = header.offset();
            valueLength = header.length();
          }
        }
        default -> header.skip();
      }
    }
    places[at] = keyOffset;
    places[at + 1] = keyLength;
    places[at + 2] = valueOffset;
    places[at + 3] = valueLength;
    count++;
  }

  /** How many there are. */
  public int count() {
    return count;
  }

  /** A header's name. */
  public String name(int header) {
    return text(places[4 * header], places[4 * header + 1]);
  }

  /** A header's value. */
  public String value(int header) {
    return text(places[4 * header + 2], places[4 * header + 3]);
  }

  /**
   * The first value of a header; empty when it is not there.
   *
   * @param name in lower case; names on the wire are compared without regard to ASCII case
   */
  public String get(String name) {
    int found = find(name);
    return found < 0 ? "" : value(found);
  }

  /** Whether a header is there, by its lower-case name. */
  public boolean has(String name) {
    return find(name) >= 0;
  }

  private int find(String name) {
    for (int i = 0; i < count; i++) {
      if (places[4 * i + 1] == name.length() && matches(places[4 * i], name)) {
        return i;
      }
    }
    return -1;
  }

  private boolean matches(int offset, String name) {
    for (int i = name.length() - 1; i >= 0; i--) {
      int c = bytes[offset + i];
      if (c >= 'A' && c <= 'Z') {
        c += 'a' - 'A';
      }
      if (c != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private String text(int offset, int length) {
    return new String(bytes, offset, length, StandardCharsets.UTF_8);
  }
}

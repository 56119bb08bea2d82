package io.pickwick.epp.request;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/**
 * Puts the client's model name back into a response in place of the server's.
 *
 * <p>It replaces the value of {@code "model"} where it is the server's name, at any white space and
 * any cut into chunks, in the outermost object and in objects directly inside it, which is where
 * the OpenAI and Anthropic formats have it; never inside a string or in a tool's deeper arguments.
 * All other bytes stay as they are. Of a chunk only the start of a model's value whose end is still
 * to come is held back, until the next chunk or {@link #flush}.
 */
public final class ModelRestorer {
  /*
   * One state per place at which a chunk may end. Strings are tracked, so that a quote tells key
   * from text, and depth, so that only outer keys count; in server-sent events a line's end, which
   * no JSON string contains, starts both afresh, so one odd event cannot spoil the rest.
   */
  private static final int OUTSIDE = 0;
  private static final int STRING = 1;
  private static final int ESCAPE = 2;
  private static final int KEY = 3;
  private static final int AFTER_KEY = 4;
  private static final int AFTER_COLON = 5;
  private static final int VALUE = 6;
  private static final int VALUE_ESCAPE = 7;

  private static final int OUTER = 2;
  private static final byte[] MODEL = "model".getBytes(UTF_8);

  private final String server;
  private final byte[] plain;
  private final byte[] replacement;
  private final boolean events;
  private final byte[] held;

  private int state = OUTSIDE;
  private int matched;
  private int depth;
  private int heldLength;

  /**
   * A restorer of one response.
   *
   * @param client the name that the client asked for
   * @param server the name that the server was asked for
   * @param events whether the response is server-sent events rather than one JSON text
   */
  public ModelRestorer(String client, String server, boolean events) {
    this.server = server;
    this.plain = ('"' + server + '"').getBytes(UTF_8);
    this.replacement = Splice.quoted(client);
    this.events = events;
    // The longest way to write the name is an escape of six bytes for each of its chars.
    this.held = new byte[server.length() * 6 + 2];
  }

  /** Takes the next chunk and writes what becomes of it; the last few bytes may be held back. */
  public void feed(byte[] bytes, int offset, int length, Output out) {
    int end = offset + length;
    int sent = offset;
    int i = offset;
    while (i < end) {
      int c = bytes[i];
      switch (state) {
        case STRING -> {
          i = JsonLexer.plain(bytes, i, end);
          if (i < end) {
            inString(bytes[i++]);
          }
        }
        case ESCAPE -> {
          state = STRING;
          i++;
        }
        case KEY -> {
          if (matched < MODEL.length ? c == MODEL[matched] : c == '"') {
            state = matched == MODEL.length ? AFTER_KEY : KEY;
            matched++;
            i++;
          } else {
            state = STRING;
          }
        }
        case AFTER_KEY -> {
          if (c == ':') {
            state = AFTER_COLON;
            i++;
          } else if (space(c)) {
            i++;
          } else {
            state = OUTSIDE;
          }
        }
        case AFTER_COLON -> {
          if (c == '"') {
            write(bytes, sent, i, out);
            held[0] = '"';
            heldLength = 1;
            state = VALUE;
            sent = ++i;
          } else if (space(c)) {
            i++;
          } else {
            state = OUTSIDE;
          }
        }
        case VALUE, VALUE_ESCAPE -> {
          if (heldLength == held.length || (c == '\n' && events)) {
            flush(out);
            state = state == VALUE ? STRING : ESCAPE;
          } else {
            value(c, out);
            sent = ++i;
          }
        }
        default -> {
          outside(c);
          i++;
        }
      }
    }
    write(bytes, sent, end, out);
  }

  /** The response is complete: writes what was held back. */
  public void flush(Output out) {
    if (heldLength > 0) {
      out.write(Arrays.copyOf(held, heldLength), 0, heldLength);
      heldLength = 0;
    }
  }

  private static void write(byte[] bytes, int from, int to, Output out) {
    if (to > from) {
      out.write(bytes, from, to - from);
    }
  }

  private boolean space(int c) {
    return c == ' ' || c == '\t' || (!events && (c == '\n' || c == '\r'));
  }

  private void outside(int c) {
    switch (c) {
      case '"' -> {
        state = depth <= OUTER ? KEY : STRING;
        matched = 0;
      }
      case '{', '[' -> depth++;
      case '}', ']' -> depth--;
      case '\n' -> line();
      default -> {}
    }
  }

  private void inString(int c) {
    switch (c) {
      case '"' -> state = OUTSIDE;
      case '\\' -> state = ESCAPE;
      case '\n' -> line();
      default -> {}
    }
  }

  private void line() {
    if (events) {
      state = OUTSIDE;
      depth = 0;
    }
  }

  private void value(int c, Output out) {
    held[heldLength++] = (byte) c;
    if (state == VALUE_ESCAPE) {
      state = VALUE;
    } else if (c == '\\') {
      state = VALUE_ESCAPE;
    } else if (c == '"') {
      state = OUTSIDE;
      if (isServer()) {
        heldLength = 0;
        out.write(replacement, 0, replacement.length);
      } else {
        flush(out);
      }
    }
  }

  private boolean isServer() {
    if (Arrays.equals(held, 0, heldLength, plain, 0, plain.length)) {
      return true;
    }
    String written = new String(held, 1, heldLength - 2, UTF_8);
    return written.indexOf('\\') >= 0 && decoded(written).equals(server);
  }

  /** A JSON string's text; anything that is no escape is left as it is. */
  private static String decoded(String written) {
    StringBuilder text = new StringBuilder(written.length());
    for (int i = 0; i < written.length(); i++) {
      char c = written.charAt(i);
      if (c == '\\' && i + 1 < written.length()) {
        c = written.charAt(++i);
        switch (c) {
          case 'b' -> c = '\b';
          case 'f' -> c = '\f';
          case 'n' -> c = '\n';
          case 'r' -> c = '\r';
          case 't' -> c = '\t';
          case 'u' -> {
            int unit = 0;
            int digits = Math.min(4, written.length() - i - 1);
            for (int digit = 0; digit < digits; digit++) {
              unit = (unit << 4) + Character.digit(written.charAt(++i), 16);
            }
            c = (char) unit;
          }
          default -> {}
        }
      }
      text.append(c);
    }
    return text.toString();
  }
}

package io.pickwick.epp.request;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The tokens of one JSON object, read as its bytes arrive.
 *
 * <p>Follows RFC 8259 to the letter, with an object at the root, and refuses ill-formed UTF-8 as
 * table 3-7 of the Unicode standard defines it. Escapes are decoded; a surrogate that an escape
 * leaves alone comes out as its three-byte form, and {@link #wellFormed} tells.
 */
final class JsonLexer {
  /*
   * One state per place in the grammar at which a chunk may end, so that a chunk of one byte is no
   * special case. Whatever stands between two tokens is read byte by byte; string contents, which
   * are nearly all of a body, are skipped eight bytes at a time by plain(), and reach the listener
   * as slices of the chunk.
   *
   * A callback may call fail(), so the next state is always set before the callback.
   */
  private static final int VALUE = 0;
  private static final int FIRST_ELEMENT = 1;
  private static final int FIRST_KEY = 2;
  private static final int KEY = 3;
  private static final int COLON = 4;
  private static final int NEXT = 5;
  private static final int STRING = 6;
  private static final int ESCAPE = 7;
  private static final int HEX = 8;
  private static final int CONTINUATION = 9;
  private static final int MINUS = 10;
  private static final int ZERO = 11;
  private static final int INTEGER = 12;
  private static final int POINT = 13;
  private static final int FRACTION = 14;
  private static final int EXPONENT_MARK = 15;
  private static final int EXPONENT_SIGN = 16;
  private static final int EXPONENT = 17;
  private static final int LITERAL = 18;
  private static final int ROOT = 19;
  private static final int DONE = 20;
  private static final int FAILED = 21;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH = 0x8080808080808080L;

  private static final long MAGNITUDE = 1_000_000_000_000_000_000L;

  private static final byte[] TRUE = {'t', 'r', 'u', 'e'};
  private static final byte[] FALSE = {'f', 'a', 'l', 's', 'e'};
  private static final byte[] NULL = {'n', 'u', 'l', 'l'};

  private final Events events;
  private final byte[] decoded = new byte[4];

  private int state;
  private long[] objects = new long[2];
  private int depth;
  private int maxDepth;
  private long consumed;
  private long base;
  private long tokenStart;
  private long tokenEnd;
  private boolean wanted;
  private boolean key;
  private boolean wellFormed;
  private int left;
  private int lower;
  private int upper;
  private int unit;
  private int highSurrogate;
  private byte[] literal = NULL;
  private boolean integral;
  private boolean negative;
  private long magnitude;
  private String mistake = "";
  private long mistakeAt;

  JsonLexer(Events events) {
    this.events = events;
  }

  /** What the tokens are told to; strings and numbers arrive in pieces where they are wanted. */
  interface Events {
    void beginObject();

    void endObject();

    void beginArray();

    void endArray();

    void beginKey();

    void endKey();

    /** Whether the string's pieces are wanted. */
    boolean beginString();

    void endString();

    /** Whether the number's text is wanted. */
    boolean beginNumber();

    void endNumber();

    /** True, false or null, told by its first letter. */
    void literal(byte letter);

    /** The next bytes of a key, a wanted string, decoded, or a wanted number. */
    void piece(byte[] bytes, int offset, int length);
  }

  void reset(int maxDepth) {
    this.maxDepth = maxDepth;
    int words = (maxDepth >> 6) + 1;
    if (objects.length < words) {
      objects = new long[words];
    }
    state = ROOT;
    depth = 0;
    consumed = 0;
    base = 0;
    highSurrogate = 0;
    mistake = "";
    mistakeAt = 0;
  }

  /** Where the current token starts, from the text's first byte. */
  long tokenStart() {
    return tokenStart;
  }

  /** Where the token that has just ended ends. */
  long tokenEnd() {
    return tokenEnd;
  }

  /** How many bytes were fed. */
  long consumed() {
    return consumed;
  }

  /** Whether the string that has just ended has no surrogate standing alone. */
  boolean wellFormed() {
    return wellFormed;
  }

  /** The number that has just ended, if it is an integer of up to 18 digits; else the other. */
  long integer(long otherwise) {
    return !integral || magnitude < 0 ? otherwise : negative ? -magnitude : magnitude;
  }

  boolean failed() {
    return state == FAILED;
  }

  /** Whether the object has been closed. */
  boolean done() {
    return state == DONE;
  }

  String mistake() {
    return mistake;
  }

  long mistakeAt() {
    return mistakeAt;
  }

  /** Stops reading; only the first mistake counts. */
  void fail(String what, long at) {
    if (state != FAILED) {
      state = FAILED;
      mistake = what + " (byte " + at + ")";
      mistakeAt = at;
    }
  }

  /** The text has ended. */
  void finish() {
    if (state != DONE) {
      fail(
          consumed == 0 ? "The body is empty" : "The body is not valid JSON: it is cut off",
          consumed);
    }
  }

  void feed(byte[] bytes, int offset, int length) {
    int i = offset;
    int end = offset + length;
    base = consumed - offset;
    consumed += length;
    while (i < end) {
      switch (state) {
        case STRING -> i = string(bytes, i, end);
        case VALUE, FIRST_ELEMENT -> i = value(bytes, i, end);
        case FIRST_KEY, KEY -> i = key(bytes, i, end);
        case COLON -> i = colon(bytes, i, end);
        case NEXT -> i = next(bytes, i, end);
        case ESCAPE -> i = escape(bytes, i);
        case HEX -> i = hex(bytes, i);
        case CONTINUATION -> i = continuation(bytes, i);
        case LITERAL -> i = literal(bytes, i, end);
        case ROOT -> i = root(bytes, i, end);
        case DONE -> i = trailing(bytes, i, end);
        case FAILED -> {
          return;
        }
        default -> i = number(bytes, i, end);
      }
    }
  }

  private static boolean space(int c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
  }

  private int root(byte[] bytes, int from, int end) {
    for (int i = from; i < end; i++) {
      int c = bytes[i];
      if (c == '{') {
        return open(i, true);
      }
      if (!space(c)) {
        fail("The body must be a JSON object, but it starts with " + shown(c), base + i);
        return end;
      }
    }
    return end;
  }

  private int trailing(byte[] bytes, int from, int end) {
    for (int i = from; i < end; i++) {
      if (!space(bytes[i])) {
        return unexpected(bytes[i], "after the end of the object", i);
      }
    }
    return end;
  }

  private int value(byte[] bytes, int from, int end) {
    for (int i = from; i < end; i++) {
      int c = bytes[i];
      switch (c) {
        case ' ', '\n', '\r', '\t' -> {}
        case '"' -> {
          return openString(i, false);
        }
        case '{' -> {
          return open(i, true);
        }
        case '[' -> {
          return open(i, false);
        }
        case ']' -> {
          return state == FIRST_ELEMENT ? close(i) : unexpected(c, "where a value should stand", i);
        }
        case 't' -> {
          return openLiteral(i, TRUE);
        }
        case 'f' -> {
          return openLiteral(i, FALSE);
        }
        case 'n' -> {
          return openLiteral(i, NULL);
        }
        default -> {
          return c == '-' || (c >= '0' && c <= '9')
              ? openNumber(i, c)
              : unexpected(c, "where a value should stand", i);
        }
      }
    }
    return end;
  }

  private int key(byte[] bytes, int from, int end) {
    for (int i = from; i < end; i++) {
      int c = bytes[i];
      if (c == '"') {
        return openString(i, true);
      }
      if (c == '}' && state == FIRST_KEY) {
        return close(i);
      }
      if (!space(c)) {
        return unexpected(c, "where a key should stand", i);
      }
    }
    return end;
  }

  private int colon(byte[] bytes, int from, int end) {
    for (int i = from; i < end; i++) {
      int c = bytes[i];
      if (c == ':') {
        state = VALUE;
        return i + 1;
      }
      if (!space(c)) {
        return unexpected(c, "where a colon should stand", i);
      }
    }
    return end;
  }

  private int next(byte[] bytes, int from, int end) {
    for (int i = from; i < end; i++) {
      int c = bytes[i];
      boolean object = inObject();
      if (c == ',') {
        state = object ? KEY : VALUE;
        return i + 1;
      }
      if (c == (object ? '}' : ']')) {
        return close(i);
      }
      if (!space(c)) {
        return unexpected(
            c, object ? "where ',' or '}' should stand" : "where ',' or ']' should stand", i);
      }
    }
    return end;
  }

  private boolean inObject() {
    return (objects[depth >> 6] >>> depth & 1) != 0;
  }

  private int open(int i, boolean object) {
    if (depth == maxDepth) {
      fail("The body nests deeper than " + maxDepth + " levels", base + i);
      return i + 1;
    }
    depth++;
    tokenStart = base + i;
    long bit = 1L << depth;
    if (object) {
      objects[depth >> 6] |= bit;
      state = FIRST_KEY;
      events.beginObject();
    } else {
      objects[depth >> 6] &= ~bit;
      state = FIRST_ELEMENT;
      events.beginArray();
    }
    return i + 1;
  }

  private int close(int i) {
    boolean object = inObject();
    depth--;
    tokenEnd = base + i + 1;
    state = depth == 0 ? DONE : NEXT;
    if (object) {
      events.endObject();
    } else {
      events.endArray();
    }
    return i + 1;
  }

  private int openLiteral(int i, byte[] expected) {
    literal = expected;
    left = 1;
    tokenStart = base + i;
    state = LITERAL;
    return i + 1;
  }

  private int literal(byte[] bytes, int from, int end) {
    int i = from;
    while (i < end) {
      if (bytes[i] != literal[left]) {
        return unexpected(bytes[i], "in a value that starts like a literal", i);
      }
      i++;
      if (++left == literal.length) {
        state = NEXT;
        events.literal(literal[0]);
        return i;
      }
    }
    return i;
  }

  private int openNumber(int i, int c) {
    tokenStart = base + i;
    integral = true;
    negative = c == '-';
    magnitude = 0;
    state = negative ? MINUS : ZERO;
    wanted = events.beginNumber();
    if (state == FAILED) {
      return i + 1;
    }
    if (negative) {
      if (wanted) {
        decoded[0] = '-';
        events.piece(decoded, 0, 1);
      }
      return i + 1;
    }
    // number() reads the first digit as the one after a minus sign.
    state = MINUS;
    return i;
  }

  private int number(byte[] bytes, int from, int end) {
    int now = state;
    int i = from;
    while (i < end) {
      int c = bytes[i];
      boolean digit = c >= '0' && c <= '9';
      int then;
      switch (now) {
        case MINUS -> then = c == '0' ? ZERO : digit ? INTEGER : FAILED;
        case ZERO, INTEGER -> {
          if (digit) {
            then = now == ZERO ? FAILED : INTEGER;
          } else {
            then = c == '.' ? POINT : c == 'e' || c == 'E' ? EXPONENT_MARK : NEXT;
            integral &= then == NEXT;
          }
        }
        case POINT -> then = digit ? FRACTION : FAILED;
        case FRACTION -> then = digit ? FRACTION : c == 'e' || c == 'E' ? EXPONENT_MARK : NEXT;
        case EXPONENT_MARK ->
            then = digit ? EXPONENT : c == '+' || c == '-' ? EXPONENT_SIGN : FAILED;
        case EXPONENT_SIGN -> then = digit ? EXPONENT : FAILED;
        default -> then = digit ? EXPONENT : NEXT;
      }
      if (then == FAILED) {
        return unexpected(c, "in a number", i);
      }
      if (then == NEXT) {
        if (wanted) {
          events.piece(bytes, from, i - from);
        }
        tokenEnd = base + i;
        state = NEXT;
        events.endNumber();
        return i;
      }
      if (then == INTEGER && magnitude >= 0) {
        magnitude = magnitude >= MAGNITUDE / 10 ? -1 : magnitude * 10 + (c - '0');
      }
      now = then;
      i++;
    }
    if (wanted) {
      events.piece(bytes, from, i - from);
    }
    state = now;
    return i;
  }

  private int openString(int i, boolean isKey) {
    key = isKey;
    wellFormed = true;
    tokenStart = base + i;
    state = STRING;
    if (isKey) {
      wanted = true;
      events.beginKey();
    } else {
      wanted = events.beginString();
    }
    return i + 1;
  }

  private int string(byte[] bytes, int from, int end) {
    if (highSurrogate != 0 && bytes[from] != '\\') {
      loneSurrogate();
    }
    int i = from;
    while (true) {
      i = plain(bytes, i, end);
      if (i == end) {
        pieces(bytes, from, i);
        return i;
      }
      int c = bytes[i];
      if (c < 0) {
        i = sequences(bytes, i, end);
        if (state != STRING) {
          pieces(bytes, from, i);
          return i;
        }
      } else {
        pieces(bytes, from, i);
        if (c == '"') {
          tokenEnd = base + i + 1;
          if (key) {
            state = COLON;
            events.endKey();
          } else {
            state = NEXT;
            events.endString();
          }
        } else if (c == '\\') {
          state = ESCAPE;
        } else {
          fail(
              "The body is not valid JSON: a control character must be escaped in a string",
              base + i);
        }
        return i + 1;
      }
    }
  }

  private void pieces(byte[] bytes, int from, int to) {
    if (wanted && to > from) {
      events.piece(bytes, from, to - from);
    }
  }

  /** The index of the first byte that is not plain ASCII string content, or {@code end}. */
  static int plain(byte[] bytes, int from, int end) {
    int i = from;
    for (; i <= end - 8; i += 8) {
      long word = (long) LONG.get(bytes, i);
      // The high bit of a byte is set where it is '"', '\\', below ' ' or above 0x7f. A borrow
      // can set it in a byte above such a one as well, never below, so the lowest is right.
      long hits =
          (((word ^ '"' * ONES) - ONES)
                  | ((word ^ '\\' * ONES) - ONES)
                  | (word - ' ' * ONES)
                  | word)
              & HIGH;
      if (hits != 0) {
        return i + (Long.numberOfTrailingZeros(hits) >>> 3);
      }
    }
    for (; i < end; i++) {
      int c = bytes[i];
      if (c == '"' || c == '\\' || c < ' ') {
        return i;
      }
    }
    return end;
  }

  /**
   * Reads UTF-8 sequences of two to four bytes for as long as they follow each other, and returns
   * where they end. One that the chunk cuts leaves the state at {@link #CONTINUATION}.
   */
  private int sequences(byte[] bytes, int from, int end) {
    int i = from;
    while (i < end && bytes[i] < 0) {
      int c = bytes[i] & 0xff;
      if (end - i >= 3 && c >= 0xe1 && c <= 0xec) {
        if ((bytes[i + 1] & bytes[i + 2] & 0xc0) == 0x80
            && ((bytes[i + 1] | bytes[i + 2]) & 0x40) == 0) {
          i += 3;
          continue;
        }
      } else if (end - i >= 2 && c >= 0xc2 && c <= 0xdf && (bytes[i + 1] & 0xc0) == 0x80) {
        i += 2;
        continue;
      }
      lower = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
      upper = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
      left = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
      if (c < 0xc2 || c > 0xf4) {
        return notUtf8(i);
      }
      i++;
      while (left > 0 && i < end) {
        int next = bytes[i] & 0xff;
        if (next < lower || next > upper) {
          return notUtf8(i);
        }
        lower = 0x80;
        upper = 0xbf;
        left--;
        i++;
      }
      if (left > 0) {
        state = CONTINUATION;
        return i;
      }
    }
    return i;
  }

  private int continuation(byte[] bytes, int i) {
    int next = bytes[i] & 0xff;
    if (next < lower || next > upper) {
      return notUtf8(i);
    }
    lower = 0x80;
    upper = 0xbf;
    if (--left == 0) {
      state = STRING;
    }
    pieces(bytes, i, i + 1);
    return i + 1;
  }

  private int notUtf8(int i) {
    fail("The body is not valid UTF-8", base + i);
    return i;
  }

  private int escape(byte[] bytes, int i) {
    int c = bytes[i];
    if (highSurrogate != 0 && c != 'u') {
      loneSurrogate();
    }
    state = STRING;
    switch (c) {
      case '"', '\\', '/' -> decoded(c);
      case 'b' -> decoded('\b');
      case 'f' -> decoded('\f');
      case 'n' -> decoded('\n');
      case 'r' -> decoded('\r');
      case 't' -> decoded('\t');
      case 'u' -> {
        state = HEX;
        left = 4;
        unit = 0;
      }
      default -> {
        return unexpected(c, "after a backslash", i);
      }
    }
    return i + 1;
  }

  private void decoded(int c) {
    if (wanted) {
      decoded[0] = (byte) c;
      events.piece(decoded, 0, 1);
    }
  }

  private int hex(byte[] bytes, int i) {
    int digit = bytes[i] < 0 ? -1 : Character.digit(bytes[i], 16);
    if (digit < 0) {
      return unexpected(bytes[i], "in a \\u escape", i);
    }
    unit = unit << 4 | digit;
    if (--left == 0) {
      state = STRING;
      unit((char) unit);
    }
    return i + 1;
  }

  private void unit(char c) {
    if (highSurrogate != 0) {
      if (Character.isLowSurrogate(c)) {
        int point = Character.toCodePoint((char) highSurrogate, c);
        highSurrogate = 0;
        decoded[0] = (byte) (0xf0 | point >> 18);
        decoded[1] = (byte) (0x80 | (point >> 12 & 0x3f));
        decoded[2] = (byte) (0x80 | (point >> 6 & 0x3f));
        decoded[3] = (byte) (0x80 | (point & 0x3f));
        pieces(decoded, 0, 4);
        return;
      }
      loneSurrogate();
    }
    if (Character.isHighSurrogate(c)) {
      highSurrogate = c;
    } else {
      wellFormed &= !Character.isLowSurrogate(c);
      basic(c);
    }
  }

  private void loneSurrogate() {
    int c = highSurrogate;
    highSurrogate = 0;
    wellFormed = false;
    basic(c);
  }

  private void basic(int c) {
    int length;
    if (c < 0x80) {
      decoded[0] = (byte) c;
      length = 1;
    } else if (c < 0x800) {
      decoded[0] = (byte) (0xc0 | c >> 6);
      decoded[1] = (byte) (0x80 | (c & 0x3f));
      length = 2;
    } else {
      decoded[0] = (byte) (0xe0 | c >> 12);
      decoded[1] = (byte) (0x80 | (c >> 6 & 0x3f));
      decoded[2] = (byte) (0x80 | (c & 0x3f));
      length = 3;
    }
    pieces(decoded, 0, length);
  }

  private int unexpected(int c, String where, int i) {
    fail("The body is not valid JSON: unexpected " + shown(c) + " " + where, base + i);
    return i + 1;
  }

  private static String shown(int c) {
    return c > ' ' && c < 0x7f ? "'" + (char) c + "'" : String.format("byte 0x%02x", c & 0xff);
  }
}

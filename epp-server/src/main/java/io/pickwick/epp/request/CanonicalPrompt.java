package io.pickwick.epp.request;

/**
 * Writes a prompt's canonical form to a {@link PromptSink}.
 *
 * <p>Text stands for itself, in UTF-8. What structures it is marked by bytes that never occur in
 * UTF-8, so no text can imitate them. Short pieces are gathered, long ones go straight through.
 */
final class CanonicalPrompt {
  /** Behind a message's role, which stands behind all else in it. */
  static final byte END = (byte) 0xff;

  /** Before a message's role. */
  static final byte ROLE = (byte) 0xfe;

  /** Before the key of a member that is not plain text. */
  static final byte KEY = (byte) 0xfd;

  /** Between a member's key and its value. */
  static final byte KEY_END = (byte) 0xfc;

  /** Between two parts of a content, or two prompts. */
  static final byte NEXT = (byte) 0xfb;

  /** Behind a string or scalar inside a structured value. */
  static final byte VALUE_END = (byte) 0xfa;

  /** Before a number as it was written, or the first letter of a literal. */
  static final byte SCALAR = (byte) 0xf9;

  static final byte OBJECT = (byte) 0xf8;
  static final byte OBJECT_END = (byte) 0xf7;
  static final byte ARRAY = (byte) 0xf6;
  static final byte ARRAY_END = (byte) 0xf5;

  private static final int GATHERED = 512;
  private static final int STRAIGHT = 128;

  private final byte[] gathered = new byte[GATHERED];
  private PromptSink sink = PromptSink.none();
  private boolean context;
  private int length;

  void reset(PromptSink sink) {
    this.sink = sink;
    context = false;
    length = 0;
  }

  /** Chooses where the following bytes belong. */
  void context(boolean context) {
    if (this.context != context) {
      flush();
      this.context = context;
    }
  }

  /** All content so far is void. */
  void restart() {
    context(false);
    length = 0;
    sink.restart();
  }

  void mark(byte mark) {
    if (length == GATHERED) {
      flush();
    }
    gathered[length++] = mark;
  }

  void key(byte[] bytes, int length) {
    mark(KEY);
    piece(bytes, 0, length);
    mark(KEY_END);
  }

  /** A token id, four bytes little-endian. */
  void id(int id) {
    if (length > GATHERED - 4) {
      flush();
    }
    gathered[length] = (byte) id;
    gathered[length + 1] = (byte) (id >> 8);
    gathered[length + 2] = (byte) (id >> 16);
    gathered[length + 3] = (byte) (id >> 24);
    length += 4;
  }

  void piece(byte[] bytes, int offset, int count) {
    if (count >= STRAIGHT) {
      flush();
      send(bytes, offset, count);
      return;
    }
    if (count > GATHERED - length) {
      flush();
    }
    System.arraycopy(bytes, offset, gathered, length, count);
    length += count;
  }

  void flush() {
    if (length > 0) {
      send(gathered, 0, length);
      length = 0;
    }
  }

  private void send(byte[] bytes, int offset, int count) {
    if (context) {
      sink.context(bytes, offset, count);
    } else {
      sink.content(bytes, offset, count);
    }
  }
}

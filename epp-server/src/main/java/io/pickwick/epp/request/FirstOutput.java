package io.pickwick.epp.request;

import java.util.Map;

/** Looks for the first generated output in the first bytes of a stream of server-sent events. */
final class FirstOutput {
  /*
   * A state per place where a chunk may end, byte by byte: few bytes come before the first output,
   * and none is looked at behind it.
   */
  private enum State {
    OUTSIDE,
    STRING,
    ESCAPE,
    AFTER_STRING,
    BEFORE_TEXT,
    BEFORE_LIST,
    IN_TEXT,
    IN_LIST
  }

  private static final int MOST = 1 << 16;
  private static final int LINE = 8;
  private static final int KEY = 20;

  /** Keys of what a model generates: text (that of completions apart), tool calls, token ids. */
  private static final Keys KEYS =
      new Keys(
          Map.of(
              "content", Slot.TEXT,
              "text", Slot.CONTENT,
              "reasoning", Slot.TEXT,
              "reasoning_content", Slot.TEXT,
              "thinking", Slot.TEXT,
              "delta", Slot.TEXT,
              "arguments", Slot.TEXT,
              "partial_json", Slot.TEXT,
              "tool_calls", Slot.TOOLS,
              "token_ids", Slot.TOKEN_IDS),
          Slot.IGNORED);

  private final byte[] line = new byte[LINE];
  private final byte[] key = new byte[KEY];
  private State state = State.OUTSIDE;
  private int lineLength;
  private int keyLength;
  private Slot slot = Slot.IGNORED;
  private boolean named;
  private int events;
  private int looked;

  /** Whether the events have names, as those of Anthropic and of OpenAI's responses do. */
  boolean named() {
    return named;
  }

  /** Whether these bytes, which follow the ones before, bring the first output. */
  boolean in(byte[] bytes, int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      int c = bytes[i];
      if (c == '\n') {
        lineLength = 0;
        state = State.OUTSIDE;
      } else {
        if (lineLength < LINE) {
          line(c);
        }
        if (found(c)) {
          return true;
        }
      }
    }
    looked += Math.min(length, MOST);
    return looked >= MOST || (!named && events > 1);
  }

  private void line(int c) {
    if (c == ' ') {
      return;
    }
    line[lineLength++] = (byte) c;
    if (lineLength == 6) {
      if (startsWith("event:")) {
        named = true;
      } else if (startsWith("data:{")) {
        events++;
      }
      lineLength = LINE;
    }
  }

  private boolean startsWith(String prefix) {
    for (int i = 0; i < prefix.length(); i++) {
      if (line[i] != prefix.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private boolean found(int c) {
    switch (state) {
      case STRING -> {
        if (c == '"') {
          state = State.AFTER_STRING;
        } else if (c == '\\') {
          state = State.ESCAPE;
        } else if (keyLength < KEY) {
          key[keyLength++] = (byte) c;
        }
      }
      case ESCAPE -> state = State.STRING;
      case AFTER_STRING -> {
        if (c == ':') {
          slot = KEYS.find(key, keyLength);
          state =
              switch (slot) {
                case TEXT, CONTENT -> State.BEFORE_TEXT;
                case TOOLS, TOKEN_IDS -> State.BEFORE_LIST;
                default -> State.OUTSIDE;
              };
        } else {
          outside(c);
        }
      }
      case BEFORE_TEXT -> {
        if (c == '"') {
          state = State.IN_TEXT;
        } else if (c != ' ') {
          outside(c);
        }
      }
      case BEFORE_LIST -> {
        if (c == '[') {
          state = State.IN_LIST;
        } else if (c != ' ') {
          outside(c);
        }
      }
      case IN_TEXT -> {
        // A completion's event has a text, empty while its bytes are no whole character yet.
        if (c != '"' || (slot == Slot.CONTENT && !named)) {
          return true;
        }
        state = State.OUTSIDE;
      }
      case IN_LIST -> {
        if (c != ']' && c != ' ') {
          return true;
        }
        state = c == ']' ? State.OUTSIDE : state;
      }
      default -> outside(c);
    }
    return false;
  }

  private void outside(int c) {
    if (c == '"') {
      state = State.STRING;
      keyLength = 0;
    } else {
      state = State.OUTSIDE;
    }
  }
}

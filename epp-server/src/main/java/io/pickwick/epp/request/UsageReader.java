package io.pickwick.epp.request;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Optional;

/** Reads the last usage object of a response's tail; -1 stands for what is not told. */
final class UsageReader implements JsonLexer.Events {
  /** Tokens by name; -1 where none are told. */
  record Tokens(long input, long output, long cached) {
    static final Tokens NONE = new Tokens(-1, -1, -1);

    /** These, and the other's where these say nothing. */
    Tokens or(Tokens other) {
      return new Tokens(
          input > 0 ? input : other.input,
          output >= 0 ? output : other.output,
          cached >= 0 ? cached : other.cached);
    }

    Optional<Usage> usage() {
      return input < 0 && output < 0
          ? Optional.empty()
          : Optional.of(new Usage(Math.max(0, input), Math.max(0, output), cached));
    }
  }

  private static final byte[] USAGE = "\"usage\"".getBytes(UTF_8);
  private static final int DEPTH = 8;

  private final JsonLexer lexer = new JsonLexer(this);
  private final StringBuilder key = new StringBuilder();
  private int depth;
  private boolean details;
  private long input = -1;
  private long output = -1;
  private long cached = -1;

  private UsageReader() {}

  /** The last complete usage of these bytes. */
  static Tokens last(byte[] bytes) {
    Tokens found = Tokens.NONE;
    for (int at = bytes.length - USAGE.length; at >= 0 && found.equals(Tokens.NONE); at--) {
      found = at(bytes, at);
    }
    return found;
  }

  /** The first complete usage of these bytes. */
  static Tokens first(byte[] bytes) {
    Tokens found = Tokens.NONE;
    for (int at = 0; at <= bytes.length - USAGE.length && found.equals(Tokens.NONE); at++) {
      found = at(bytes, at);
    }
    return found;
  }

  private static Tokens at(byte[] bytes, int at) {
    if (bytes[at] == '"' && startsWith(bytes, at)) {
      int start = skip(bytes, at + USAGE.length, ':');
      UsageReader reader = new UsageReader();
      if (start > 0 && reader.read(bytes, start)) {
        return new Tokens(reader.input, reader.output, reader.cached);
      }
    }
    return Tokens.NONE;
  }

  private static boolean startsWith(byte[] bytes, int at) {
    for (int i = 0; i < USAGE.length; i++) {
      if (bytes[at + i] != USAGE[i]) {
        return false;
      }
    }
    return true;
  }

  /** The index of the object behind a colon; -1 when there is none. */
  private static int skip(byte[] bytes, int from, int wanted) {
    for (int i = from; i < bytes.length; i++) {
      int c = bytes[i];
      if (c == wanted) {
        if (wanted == '{') {
          return i;
        }
        return skip(bytes, i + 1, '{');
      }
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
        return -1;
      }
    }
    return -1;
  }

  private boolean read(byte[] bytes, int start) {
    lexer.reset(DEPTH);
    // What follows the object would be a mistake to the lexer, so it is fed up to each brace.
    for (int from = start; from < bytes.length && !lexer.failed(); ) {
      int to = from;
      while (to < bytes.length && bytes[to] != '}') {
        to++;
      }
      to = Math.min(bytes.length, to + 1);
      lexer.feed(bytes, from, to - from);
      if (lexer.done()) {
        return input >= 0 || output >= 0;
      }
      from = to;
    }
    return false;
  }

  @Override
  public void beginObject() {
    depth++;
    if (depth == 2) {
      details = is("prompt_tokens_details") || is("input_tokens_details");
    }
  }

  @Override
  public void endObject() {
    depth--;
    details &= depth >= 2;
  }

  @Override
  public void beginArray() {
    depth++;
  }

  @Override
  public void endArray() {
    depth--;
  }

  @Override
  public void beginKey() {
    key.setLength(0);
  }

  @Override
  public void endKey() {}

  @Override
  public boolean beginString() {
    return false;
  }

  @Override
  public void endString() {}

  @Override
  public boolean beginNumber() {
    return false;
  }

  @Override
  public void endNumber() {
    long value = Math.max(-1, lexer.integer(-1));
    if (depth == 1) {
      if (is("prompt_tokens") || is("input_tokens")) {
        input = value;
      } else if (is("completion_tokens") || is("output_tokens")) {
        output = value;
      } else if (is("cache_read_input_tokens")) {
        cached = value;
      }
    } else if (details && depth == 2 && is("cached_tokens")) {
      cached = value;
    }
  }

  private boolean is(String name) {
    return name.contentEquals(key);
  }

  @Override
  public void literal(byte letter) {}

  @Override
  public void piece(byte[] bytes, int offset, int length) {
    // Only keys are wanted; those that matter are ASCII.
    for (int i = offset; i < offset + length; i++) {
      key.append((char) bytes[i]);
    }
  }
}

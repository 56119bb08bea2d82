package io.pickwick.kv.hash;

import java.util.Arrays;

/**
 * The bytes that an engine takes a block's hash of: the triple of the parent's hash, the tokens and
 * the extra keys, serialised.
 *
 * <p>A block is written as {@link #begin}, then {@link #none} or the extra keys between {@link
 * #open} and {@link #close}, then {@link #end}. The buffer only grows, so that a block as large as
 * one before allocates nothing. Used by one thread.
 */
abstract sealed class Preimage permits CborPreimage, PicklePreimage {
  private static final int SLACK = 64;

  byte[] bytes = new byte[512];
  int length;

  /** Writes a text and nothing else: what the first block's parent is the hash of. */
  abstract void root(String text);

  /** Starts a block with its parent's hash and its tokens. */
  abstract void begin(byte[] parent, int parentLength, int[] tokens, int from, int count);

  /** There are no extra keys. */
  abstract void none();

  /** Starts a tuple of that many items. */
  abstract void open(int items);

  /** Ends a tuple of that many items. */
  abstract void close(int items);

  /** One of vLLM's own words. */
  abstract void tag(String word);

  /** A text from a request or a configuration. */
  abstract void text(String text);

  abstract void number(int number);

  abstract void bytes(byte[] source, int from, int count);

  /** Ends the block. */
  abstract void end();

  /** Makes room for that many bytes and a few more. */
  final void ensure(int more) {
    int needed = Math.addExact(Math.addExact(length, more), SLACK);
    if (needed > bytes.length) {
      bytes =
          Arrays.copyOf(
              bytes, (int) Math.min(Integer.MAX_VALUE - 8L, Math.max(needed, 2L * bytes.length)));
    }
  }

  final void put(int value) {
    bytes[length++] = (byte) value;
  }

  final void put(byte[] source, int from, int count) {
    System.arraycopy(source, from, bytes, length, count);
    length += count;
  }

  /**
   * How many bytes a text takes in UTF-8. A surrogate without its other half takes three, as
   * Python's {@code surrogatepass} has it.
   */
  static int utf8Length(String text) {
    int count = text.length();
    int total = count;
    for (int i = 0; i < count; i++) {
      char c = text.charAt(i);
      if (c >= 0x800) {
        total += 2;
        if (Character.isHighSurrogate(c)
            && i + 1 < count
            && Character.isLowSurrogate(text.charAt(i + 1))) {
          i++;
        }
      } else if (c >= 0x80) {
        total++;
      }
    }
    return total;
  }

  final void putUtf8(String text) {
    int count = text.length();
    for (int i = 0; i < count; i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        put(c);
      } else if (c < 0x800) {
        put(0xC0 | (c >> 6));
        put(0x80 | (c & 0x3F));
      } else if (Character.isHighSurrogate(c)
          && i + 1 < count
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        int point = Character.toCodePoint(c, text.charAt(++i));
        put(0xF0 | (point >> 18));
        put(0x80 | ((point >> 12) & 0x3F));
        put(0x80 | ((point >> 6) & 0x3F));
        put(0x80 | (point & 0x3F));
      } else {
        put(0xE0 | (c >> 12));
        put(0x80 | ((c >> 6) & 0x3F));
        put(0x80 | (c & 0x3F));
      }
    }
  }
}

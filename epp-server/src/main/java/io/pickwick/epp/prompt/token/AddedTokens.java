package io.pickwick.epp.prompt.token;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Finds added tokens in UTF-8 text: the leftmost one, of several at a place the longest, then on
 * behind it, as the Hugging Face library's {@code AddedVocabulary::find_matches} does.
 */
final class AddedTokens {
  /** Takes what is found. */
  @FunctionalInterface
  interface Sink {
    /**
     * Text between tokens, empty if {@code from >= to}, and the token behind it.
     *
     * @param token its index in the list, or -1 for the end of the text
     * @param end where the token ends, white space that belongs to it included
     */
    void found(int from, int to, int token, int end);
  }

  private static final int NONE = -1;
  private static final int MOST_STARTS = 4;

  private final List<AddedToken> tokens;
  private final Node root = new Node();
  private final boolean[] first = new boolean[256];
  private final long[] starts;

  AddedTokens(List<AddedToken> tokens) {
    this.tokens = List.copyOf(tokens);
    for (int i = 0; i < this.tokens.size(); i++) {
      byte[] content = this.tokens.get(i).content().getBytes(StandardCharsets.UTF_8);
      if (content.length == 0) {
        continue;
      }
      first[content[0] & 0xFF] = true;
      Node node = root;
      for (byte value : content) {
        node = node.grow(value);
      }
      if (node.token == NONE) {
        node.token = i;
      }
    }
    this.starts =
        IntStream.range(0, first.length)
            .filter(value -> first[value])
            .mapToLong(value -> Bytes.repeated((byte) value))
            .toArray();
  }

  boolean isEmpty() {
    return tokens.isEmpty();
  }

  AddedToken token(int index) {
    return tokens.get(index);
  }

  /** Cuts the text from {@code from} to before {@code to}; it counts as all there is. */
  void split(byte[] text, int from, int to, Sink sink) {
    int told = from;
    int at = from;
    while (at < to) {
      at = next(text, at, to);
      if (at == to) {
        break;
      }
      int token = NONE;
      int matchEnd = at;
      Node node = root;
      for (int i = at; i < to; i++) {
        int child = node.find(text[i]);
        if (child < 0) {
          break;
        }
        node = node.children[child];
        if (node.token != NONE) {
          token = node.token;
          matchEnd = i + 1;
        }
      }
      if (token == NONE) {
        at++;
        continue;
      }
      int start = at;
      at = matchEnd;
      AddedToken match = tokens.get(token);
      if (match.singleWord() && (wordBefore(text, from, start) || wordAt(text, matchEnd, to))) {
        continue;
      }
      if (match.lstrip()) {
        start = Math.max(spaceBefore(text, from, start), told);
      }
      int end = match.rstrip() ? CodePoints.run(text, matchEnd, to, CodePoints.SPACE) : matchEnd;
      sink.found(told, start, token, end);
      told = end;
    }
    sink.found(told, to, NONE, to);
  }

  /** The next place at which a token may start. */
  private int next(byte[] text, int from, int to) {
    int at = from;
    if (starts.length > 0 && starts.length <= MOST_STARTS) {
      for (; to - at >= Long.BYTES; at += Long.BYTES) {
        long found = 0;
        for (long start : starts) {
          found |= Bytes.zeros(Bytes.eight(text, at) ^ start);
        }
        if (found != 0) {
          return at + Bytes.first(found);
        }
      }
    }
    while (at < to && !first[text[at] & 0xFF]) {
      at++;
    }
    return at;
  }

  private static boolean wordBefore(byte[] text, int from, int at) {
    return at > from
        && CodePoints.wordCharacter(CodePoints.codePoint(text, before(text, from, at), at));
  }

  private static boolean wordAt(byte[] text, int at, int to) {
    return at < to && CodePoints.wordCharacter(CodePoints.codePoint(text, at, to));
  }

  private static int spaceBefore(byte[] text, int from, int at) {
    int start = at;
    while (start > from) {
      int previous = before(text, from, start);
      if ((CodePoints.look(text, previous, start) & CodePoints.SPACE) == 0) {
        break;
      }
      start = previous;
    }
    return start;
  }

  /** Where the character before a position starts. */
  private static int before(byte[] text, int from, int at) {
    int start = at - 1;
    while (start > from && (text[start] & 0xC0) == 0x80) {
      start--;
    }
    return start;
  }

  private static final class Node {
    private byte[] labels = new byte[0];
    private Node[] children = new Node[0];
    private int token = NONE;

    int find(byte label) {
      for (int i = 0; i < labels.length; i++) {
        if (labels[i] == label) {
          return i;
        }
      }
      return NONE;
    }

    Node grow(byte label) {
      int at = find(label);
      if (at >= 0) {
        return children[at];
      }
      int count = labels.length;
      labels = Arrays.copyOf(labels, count + 1);
      labels[count] = label;
      Node child = new Node();
      Node[] more = new Node[count + 1];
      System.arraycopy(children, 0, more, 0, count);
      more[count] = child;
      children = more;
      return child;
    }
  }
}

package io.pickwick.epp.prompt.token;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * Turns text into token ids; safe for concurrent use.
 *
 * <p>Text comes as UTF-8 bytes. What is not valid UTF-8 gives some ids, but no promise which. Added
 * tokens, such as {@code <|im_start|>}, are found in the text, as model servers do.
 */
public interface Tokenizer {
  /**
   * Tells the ids of a text in order, without {@link #before()} and {@link #after()}.
   *
   * @param utf8 the text; the bytes from {@code from} to before {@code to}
   */
  void encode(byte[] utf8, int from, int to, IntConsumer ids);

  /** The ids that the post-processor puts before a text, such as a begin-of-sequence. */
  int[] before();

  /** The ids that the post-processor puts behind a text. */
  int[] after();

  /**
   * The places, ascending and inside the text, at which it can be cut so that the ids of the parts
   * are the ids of the whole; as far as the tokenizer knows them. A place depends only on the text
   * near it: a longer text with the same beginning has the same seams there, the last one possibly
   * excepted.
   */
  int[] seams(byte[] utf8);

  /**
   * The text of a token, for people to read: bytes that are no whole character become U+FFFD. Empty
   * if there is no such token.
   */
  Optional<String> text(int id);

  /** How it works, in a few words for logs: {@code byte-level BPE}, {@code native}. */
  String kind();

  /**
   * Tells the ids of a text in order. A lone surrogate, which UTF-8 cannot say, counts as a
   * question mark.
   *
   * @param special whether {@link #before()} and {@link #after()} are told too
   */
  default void encode(String text, boolean special, IntConsumer ids) {
    if (special) {
      tell(before(), ids);
    }
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    encode(utf8, 0, utf8.length, ids);
    if (special) {
      tell(after(), ids);
    }
  }

  private static void tell(int[] ids, IntConsumer to) {
    for (int id : ids) {
      to.accept(id);
    }
  }
}

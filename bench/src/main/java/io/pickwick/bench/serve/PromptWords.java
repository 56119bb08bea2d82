package io.pickwick.bench.serve;

import io.pickwick.epp.prompt.token.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Says a workload's tokens in words or in ids of a model: equal tokens alike, always. */
interface PromptWords {
  /** Adds the word of a token, which begins with a space. */
  void append(StringBuilder text, int token);

  /** The id of a token. */
  int id(int token);

  /**
   * Words of five bytes, one for each of 2^20 tokens. To the simulated pods' toy tokenizer each is
   * one token; to a model's it is several.
   */
  static PromptWords spelled() {
    return new Spelled();
  }

  /**
   * Words of a model's vocabulary, each one token to its tokenizer wherever it stands. A workload's
   * tokens outnumber them, so that some share a word.
   *
   * @throws ServeException if the vocabulary has too few words of which that holds
   */
  static PromptWords of(Tokenizer tokenizer) throws ServeException {
    return Known.of(tokenizer);
  }

  /** Four letters or digits of five bits each. */
  final class Spelled implements PromptWords {
    private static final String DIGITS = "abcdefghijklmnopqrstuvwxyz234567";

    private Spelled() {}

    @Override
    public void append(StringBuilder text, int token) {
      text.append(' ')
          .append(DIGITS.charAt(token >>> 15 & 31))
          .append(DIGITS.charAt(token >>> 10 & 31))
          .append(DIGITS.charAt(token >>> 5 & 31))
          .append(DIGITS.charAt(token & 31));
    }

    @Override
    public int id(int token) {
      return token;
    }
  }

  /** Words that a tokenizer has as they are. */
  final class Known implements PromptWords {
    private static final int MOST_IDS = 1 << 19;
    private static final int MOST_WORDS = 1 << 15;
    private static final int LEAST_WORDS = 256;

    private final List<String> words;
    private final int[] ids;

    private Known(List<String> words, int[] ids) {
      this.words = words;
      this.ids = ids;
    }

    static Known of(Tokenizer tokenizer) throws ServeException {
      List<String> words = new ArrayList<>();
      List<Integer> ids = new ArrayList<>();
      for (int id = 0; id < MOST_IDS && words.size() < MOST_WORDS; id++) {
        String word = tokenizer.text(id).orElse("");
        if (spaced(word) && single(tokenizer, word, id)) {
          words.add(word);
          ids.add(id);
        }
      }
      if (words.size() < LEAST_WORDS) {
        throw new ServeException(
            "The tokenizer has only %d words that are one token each, too few for prompts; take its"
                    .formatted(words.size())
                + " token ids with --prompt-ids and no --tokenizer.");
      }
      return new Known(List.copyOf(words), ids.stream().mapToInt(id -> id).toArray());
    }

    private static boolean spaced(String word) {
      return word.length() > 1
          && word.charAt(0) == ' '
          && word.chars().skip(1).allMatch(c -> c >= 'a' && c <= 'z');
    }

    private static boolean single(Tokenizer tokenizer, String word, int id) {
      // Twice, as it must stay one token beside others.
      byte[] twice = (word + word).getBytes(StandardCharsets.UTF_8);
      List<Integer> found = new ArrayList<>();
      tokenizer.encode(twice, 0, twice.length, found::add);
      return found.equals(List.of(id, id));
    }

    @Override
    public void append(StringBuilder text, int token) {
      text.append(words.get(token % ids.length));
    }

    @Override
    public int id(int token) {
      return ids[token % ids.length];
    }
  }
}

package io.pickwick.bench.simulate;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;

/** The words that the simulated models say; each is one token of {@link ToyTokenizer}. */
final class Vocabulary {
  private static final List<String> WORDS =
      List.of(
          " the", " of", " and", " to", " in", " is", " that", " it", " for", " was", " on", " are",
          " as", " with", " his", " they", " at", " be", " this", " have", " from", " or", " one",
          " had", " by", " word", " but", " not", " what", " all", " were", " we", " when", " your",
          " can", " said", " use", " an", " each", " she", " do", " how", " if", " will", " up",
          " out", " many", " then", " them", " so", " some", " her", " make", " like", " him",
          " into", " time", " has", " look", " two", " more", " go", " see", " way");
  private static final int[] IDS =
      WORDS.stream().mapToInt(word -> ToyTokenizer.encode(word)[0]).toArray();
  private static final Map<Integer, String> TEXTS = texts();

  private Vocabulary() {}

  /** The words, each with a space before it. */
  static List<String> words() {
    return WORDS;
  }

  /** The answer that a prompt always gets: the token at each position. */
  static IntUnaryOperator answer(int[] prompt, int choice) {
    long seed = 31L * Arrays.hashCode(prompt) + choice;
    return index -> {
      long mixed = (seed + index * 0x9E3779B97F4A7C15L) * 0xD6E8FEB86659FD93L;
      return IDS[(int) (mixed >>> 58)];
    };
  }

  /** The text of a token that {@link #answer} gave. */
  static String text(int token) {
    return TEXTS.getOrDefault(token, "?");
  }

  private static Map<Integer, String> texts() {
    Map<Integer, String> texts = new HashMap<>();
    for (int i = 0; i < IDS.length; i++) {
      texts.put(IDS[i], WORDS.get(i));
    }
    return Map.copyOf(texts);
  }
}

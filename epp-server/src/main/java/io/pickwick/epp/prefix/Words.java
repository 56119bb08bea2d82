package io.pickwick.epp.prefix;

import io.pickwick.epp.config.GoDuration;
import io.pickwick.kv.hash.HashAlgorithm;
import io.pickwick.kv.hash.HashScheme;
import io.pickwick.schedule.spec.SpecException;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Values that are checked alike wherever they are written. */
final class Words {
  private static final long LARGEST_SEED = 4_294_967_295L;
  private static final Duration LONGEST_SPECULATION = Duration.ofMinutes(1);
  private static final Pattern BIND =
      Pattern.compile("tcp://(\\*|[A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+]):([0-9]{1,5})");

  private Words() {}

  /**
   * A hash seed as it is written, or the text that vLLM hashes by default; empty stands for none.
   */
  static String seed(String said, Function<String, SpecException> mistake) {
    if (said.isEmpty() || said.equals(HashScheme.DEFAULT_SEED)) {
      return said;
    }
    if (said.equals("random")) {
      throw mistake.apply(
          "a random seed can't be followed; set PYTHONHASHSEED to the same number on all endpoints"
              + " and here");
    }
    if (!said.matches("[0-9]{1,20}") || Double.parseDouble(said) > LARGEST_SEED) {
      throw mistake.apply(
          "\""
              + said
              + "\" can't be a seed: Python takes a whole number from 0 to "
              + LARGEST_SEED
              + " as PYTHONHASHSEED");
    }
    return said;
  }

  /** An address to listen at; empty stands for none. */
  static String bind(String said, Function<String, SpecException> mistake) {
    if (said.isEmpty()) {
      return said;
    }
    Matcher matcher = BIND.matcher(said);
    if (!matcher.matches() || Integer.parseInt(matcher.group(2)) > 65_535) {
      throw mistake.apply(
          "\"" + said + "\" can't be listened at; write it as " + KvEventSettings.BIND);
    }
    return said;
  }

  /** How long a prompt may count for its endpoint before any event confirms it. */
  static Duration speculation(Duration said, Function<String, SpecException> mistake) {
    if (said.compareTo(LONGEST_SPECULATION) > 0) {
      throw mistake.apply(
          "%s is too long: by then events have told; at most %s"
              .formatted(GoDuration.format(said), GoDuration.format(LONGEST_SPECULATION)));
    }
    return said;
  }

  static String unknownAlgorithm(String said) {
    return "\""
        + said
        + "\" is not known; known: "
        + Arrays.stream(HashAlgorithm.values())
            .map(HashAlgorithm::label)
            .collect(Collectors.joining(", "));
  }
}

package io.pickwick.kv.hash;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A release of vLLM as {@code GET /version} writes it; what follows the third number does not
 * count.
 */
record EngineVersion(int major, int minor, int patch) {
  private static final EngineVersion NEWEST =
      new EngineVersion(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE);

  private static final Pattern NUMBERS =
      Pattern.compile("v?(\\d{1,6})\\.(\\d{1,6})(?:\\.(\\d{1,6}))?(?:\\D.*)?");

  /** The version in this text; newer than all others when there is none. */
  static EngineVersion parse(String text) {
    Matcher matcher = NUMBERS.matcher(text.strip());
    if (!matcher.matches()) {
      return NEWEST;
    }
    String patch = Optional.ofNullable(matcher.group(3)).orElse("0");
    return new EngineVersion(
        Integer.parseInt(matcher.group(1)),
        Integer.parseInt(matcher.group(2)),
        Integer.parseInt(patch));
  }

  boolean atLeast(int otherMajor, int otherMinor, int otherPatch) {
    if (major != otherMajor) {
      return major > otherMajor;
    }
    return minor != otherMinor ? minor > otherMinor : patch >= otherPatch;
  }
}

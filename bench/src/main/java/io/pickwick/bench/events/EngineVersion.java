package io.pickwick.bench.events;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A release of vLLM, as far as it decides what its KV events look like.
 *
 * <p>The boundaries are those of the released packages, see {@code docs/simulator.md}.
 *
 * @param major 0 so far
 * @param minor such as 32
 * @param patch such as 1
 */
public record EngineVersion(int major, int minor, int patch) implements Comparable<EngineVersion> {
  /** The newest that was looked at. */
  public static final EngineVersion NEWEST = new EngineVersion(0, 32, 0);

  private static final Pattern FORM =
      Pattern.compile("v?(\\d{1,4})\\.(\\d{1,4})(?:\\.(\\d{1,4}))?");

  /** The version of a text such as {@code 0.32.0}, {@code 0.22} or {@code v0.10.2}. */
  public static EngineVersion parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(text + " is not a version such as 0.32.0.");
    }
    String patch = matcher.group(3);
    return new EngineVersion(
        Integer.parseInt(matcher.group(1)),
        Integer.parseInt(matcher.group(2)),
        patch == null ? 0 : Integer.parseInt(patch));
  }

  /** Whether it is that release or a later one. */
  public boolean atLeast(int otherMinor, int otherPatch) {
    return compareTo(new EngineVersion(0, otherMinor, otherPatch)) >= 0;
  }

  boolean batchesTellTheRank() {
    return atLeast(9, 2);
  }

  boolean tellsMedium() {
    return atLeast(10, 2);
  }

  boolean tellsLoraName() {
    return atLeast(14, 1);
  }

  boolean tellsExtraKeys() {
    return atLeast(17, 1);
  }

  boolean tellsGroup() {
    return atLeast(20, 2);
  }

  boolean tellsGroupKind() {
    return atLeast(22, 1);
  }

  /** Whether a freed block without a hash is the next to be used. */
  public boolean freesUnhashedFirst() {
    return atLeast(23, 0);
  }

  boolean writesMaps() {
    return atLeast(24, 0);
  }

  boolean replaysTopics() {
    return atLeast(26, 0);
  }

  boolean tellsSession() {
    return atLeast(30, 0);
  }

  /** Whether {@code /kv_event_sources} is there. */
  public boolean tellsEventSources() {
    return atLeast(31, 0);
  }

  @Override
  public int compareTo(EngineVersion other) {
    int order = Integer.compare(major, other.major);
    if (order == 0) {
      order = Integer.compare(minor, other.minor);
    }
    return order == 0 ? Integer.compare(patch, other.patch) : order;
  }

  @Override
  public String toString() {
    return major + "." + minor + "." + patch;
  }
}

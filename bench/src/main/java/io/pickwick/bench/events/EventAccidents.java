package io.pickwick.bench.events;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What goes wrong with a publisher's messages; start from {@link #NONE} and change what shall.
 *
 * <p>Counts are of messages since the accident began. A message that is not sent, or is sent
 * wrongly, is still in the replay buffer as it should have been.
 *
 * @param dropEvery every so many'th message is not sent; 0: none
 * @param dropNext so many of the next messages are not sent, as at a full high-water mark
 * @param duplicateEvery every so many'th message is sent twice; 0: none
 * @param reorderEvery every so many'th message is sent behind the one after it; 0: none
 * @param garbageEvery every so many'th message has bytes without meaning; 0: none
 * @param topic the topic that is claimed; empty: the true one
 * @param replay how requests for a replay are answered
 */
public record EventAccidents(
    int dropEvery,
    int dropNext,
    int duplicateEvery,
    int reorderEvery,
    int garbageEvery,
    String topic,
    Replay replay) {

  /** All is well. */
  public static final EventAccidents NONE = new EventAccidents(0, 0, 0, 0, 0, "", Replay.TRUE);

  /** How requests for a replay are answered. */
  public enum Replay {
    /** With what is in the buffer, and the end marker. */
    TRUE,
    /** Not at all. */
    SILENT,
    /** With what is in the buffer, but without the end marker. */
    ENDLESS,
    /** With the end marker alone. */
    EMPTY;

    /** The one of that name; {@code true}, or nothing, ends what was amiss. */
    private static Replay named(String value) {
      for (Replay one : values()) {
        if (one.name().equalsIgnoreCase(value.isEmpty() ? TRUE.name() : value)) {
          return one;
        }
      }
      throw new IllegalArgumentException(
          "There is no way to replay called %s; there are %s."
              .formatted(
                  value,
                  Arrays.stream(values())
                      .map(one -> one.name().toLowerCase(Locale.ROOT))
                      .collect(Collectors.joining(", "))));
    }
  }

  /** Checks the ranges. */
  public EventAccidents {
    if (dropEvery < 0
        || dropNext < 0
        || duplicateEvery < 0
        || reorderEvery < 0
        || garbageEvery < 0) {
      throw new IllegalArgumentException("Counts of messages are not negative.");
    }
  }

  /**
   * What the names say, as on the command line and in {@code POST /accident}: {@code drop_every},
   * {@code drop_next}, {@code duplicate_every}, {@code reorder_every}, {@code garbage_every},
   * {@code topic}, {@code replay}.
   *
   * @throws IllegalArgumentException for an unknown name or a value that can't be
   */
  public static EventAccidents of(Map<String, String> named) {
    EventAccidents all = NONE;
    for (Map.Entry<String, String> each : named.entrySet()) {
      String value = each.getValue();
      all =
          switch (each.getKey()) {
            case "drop_every" -> all.withDropEvery(count(each));
            case "drop_next" -> all.withDropNext(count(each));
            case "duplicate_every" -> all.withDuplicateEvery(count(each));
            case "reorder_every" -> all.withReorderEvery(count(each));
            case "garbage_every" -> all.withGarbageEvery(count(each));
            case "topic" -> all.withTopic(value);
            case "replay" -> all.withReplay(Replay.named(value));
            default ->
                throw new IllegalArgumentException(
                    "There is no accident of events called " + each.getKey() + ".");
          };
    }
    return all;
  }

  private static int count(Map.Entry<String, String> named) {
    try {
      int count = Integer.parseInt(named.getValue());
      if (count >= 0) {
        return count;
      }
    } catch (NumberFormatException e) {
      // Answered below, as a negative number is.
    }
    throw new IllegalArgumentException(
        "%s is %s; it is a whole number from 0 to %,d."
            .formatted(named.getKey(), named.getValue(), Integer.MAX_VALUE));
  }

  /** The same with every so many'th message not sent. */
  public EventAccidents withDropEvery(int count) {
    return new EventAccidents(
        count, dropNext, duplicateEvery, reorderEvery, garbageEvery, topic, replay);
  }

  /** The same with so many of the next messages not sent. */
  public EventAccidents withDropNext(int count) {
    return new EventAccidents(
        dropEvery, count, duplicateEvery, reorderEvery, garbageEvery, topic, replay);
  }

  /** The same with every so many'th message sent twice. */
  public EventAccidents withDuplicateEvery(int count) {
    return new EventAccidents(
        dropEvery, dropNext, count, reorderEvery, garbageEvery, topic, replay);
  }

  /** The same with every so many'th message sent behind the one after it. */
  public EventAccidents withReorderEvery(int count) {
    return new EventAccidents(
        dropEvery, dropNext, duplicateEvery, count, garbageEvery, topic, replay);
  }

  /** The same with every so many'th message without meaning. */
  public EventAccidents withGarbageEvery(int count) {
    return new EventAccidents(
        dropEvery, dropNext, duplicateEvery, reorderEvery, count, topic, replay);
  }

  /** The same with another topic claimed. */
  public EventAccidents withTopic(String claimed) {
    return new EventAccidents(
        dropEvery, dropNext, duplicateEvery, reorderEvery, garbageEvery, claimed, replay);
  }

  /** The same with replays answered in another way. */
  public EventAccidents withReplay(Replay answer) {
    return new EventAccidents(
        dropEvery, dropNext, duplicateEvery, reorderEvery, garbageEvery, topic, answer);
  }
}

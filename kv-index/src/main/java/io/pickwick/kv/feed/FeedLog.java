package io.pickwick.kv.feed;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Says in the log what keeps events away, once for each endpoint and cause, and where feeds come to
 * stand; used by one thread at a time.
 */
final class FeedLog {
  /*
   * Strangers choose what they send, and a pool may be large, so there are only so many lines in a
   * minute; one more says how many were left out.
   */
  private static final long MINUTE_NANOS = 60_000_000_000L;
  private static final int MOST_WARNINGS = 20;
  private static final int MOST_CHANGES = 40;
  private static final int MOST_REMEMBERED = 1024;
  private static final int MOST_QUOTED = 100;

  /** Where lines go. */
  interface Lines {
    /** Somebody must do something. */
    void warn(String line);

    /** Worth knowing. */
    void info(String line);
  }

  private final Lines lines;
  private final long patienceNanos;
  private final Set<String> said = new LinkedHashSet<>();
  private boolean counting;
  private long minuteNanos;
  private int warnings;
  private int changes;

  /**
   * One that has said nothing yet.
   *
   * @param patienceNanos how long something must be amiss before it is told
   */
  FeedLog(Lines lines, long patienceNanos) {
    this.lines = lines;
    this.patienceNanos = patienceNanos;
  }

  /** Time goes on. */
  void at(long nowNanos) {
    if (counting && nowNanos - minuteNanos < MINUTE_NANOS) {
      return;
    }
    int left = Math.max(0, warnings - MOST_WARNINGS) + Math.max(0, changes - MOST_CHANGES);
    if (left > 0) {
      lines.warn(
          "%d more lines on KV events were left out; /debug/pool tells of each endpoint"
              .formatted(left));
    }
    counting = true;
    minuteNanos = nowNanos;
    warnings = 0;
    changes = 0;
  }

  /** Says what is amiss with an endpoint, if that lasts and was not said. */
  void tell(FeedSource source, Outage outage, String mend, long nowNanos) {
    outage
        .news(nowNanos, patienceNanos)
        .ifPresent(what ->
            warn(
                "endpoint %s: no KV events, so its cache is estimated: %s; %s"
                    .formatted(source.name(), what, mend)));
  }

  /** Says that what is missed of an endpoint can't be had again. */
  void tellReplay(FeedSource source, Outage outage, String mend, long nowNanos) {
    outage
        .news(nowNanos, 0)
        .ifPresent(what ->
            warn(
                "endpoint %s: no replay of KV events, so those that are missed are lost: %s; %s"
                    .formatted(source.name(), what, mend)));
  }

  /** Says that messages are dropped, whoever sends them, if that lasts and was not said. */
  void tell(Outage outage, long nowNanos) {
    outage
        .news(nowNanos, patienceNanos)
        .filter(this::isNew)
        .ifPresent(what -> warn("KV events are dropped: " + what));
  }

  private boolean isNew(String what) {
    if (said.size() >= MOST_REMEMBERED) {
      said.clear();
    }
    return said.add(what);
  }

  private void warn(String line) {
    if (warnings++ < MOST_WARNINGS) {
      lines.warn(line);
    }
  }

  /** A publisher came into another state. */
  void changed(FeedSource source, int rank, FeedState before, FeedState now, String why) {
    if (changes++ < MOST_CHANGES) {
      lines.info(
          "endpoint %s, rank %d: KV feed %s, was %s%s"
              .formatted(source.name(), rank, now, before, why.isEmpty() ? "" : ": " + why));
    }
  }

  /** What somebody else chose, fit for a line. */
  static String quoted(String text) {
    String plain = text.replaceAll("[^\\x20-\\x7e]", "?");
    return "\""
        + (plain.length() > MOST_QUOTED ? plain.substring(0, MOST_QUOTED) + "…" : plain)
        + "\"";
  }
}

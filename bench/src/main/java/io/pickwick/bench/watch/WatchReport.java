package io.pickwick.bench.watch;

import io.pickwick.bench.measure.Measurement;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;

/**
 * What a run has shown.
 *
 * @param cold from the start to all pods known
 * @param calm what was measured while nothing changed
 * @param changing what was measured while pods changed, each after the calm one of its place
 * @param told what the API server told at the end
 * @param refused decisions that found no endpoint
 * @param equal whether the endpoints at the end were those that the API server had
 */
record WatchReport(
    WatchLoad load,
    Duration cold,
    List<Window> calm,
    List<Window> changing,
    PodCluster.Told told,
    long refused,
    boolean equal)
    implements Measurement.Report {
  private static final double PERCENT = 100;

  /**
   * One measurement.
   *
   * @param wallNanos how long
   * @param changes made by the API server meanwhile
   * @param used by our process
   * @param decisions in nanoseconds
   * @param seen from a change to its endpoint's arrival in the pool, in microseconds
   */
  record Window(long wallNanos, long changes, Usage used, Histogram decisions, Histogram seen) {
    Window with(long number) {
      return new Window(wallNanos, number, used, decisions, seen);
    }

    /** Share of a core in hundredths. */
    private double share(long nanos) {
      return PERCENT * nanos / wallNanos;
    }
  }

  /** Whether all went well, whatever it cost. */
  @Override
  public boolean right() {
    return equal && refused == 0;
  }

  /** As a table; medians over the rounds, with the least and the most. */
  @Override
  public String markdown() {
    StringBuilder text = new StringBuilder();
    row(text, "1 core = 100 %", "calm", "pods change");
    row(text, "---", "---", "---");
    row(text, "Changes per second", spread(calm, this::pace), spread(changing, this::pace));
    both(text, "Watching, %", window -> window.share(window.used().watching()));
    for (Usage.Part part : Usage.Part.values()) {
      both(
          text,
          (part.compareTo(Usage.Part.APPLYING) <= 0 ? "- " : "") + part.words + ", %",
          window -> window.share(window.used().of(part)));
    }
    both(text, "Whole process, %", window -> window.share(window.used().process()));
    both(text, "Allocated, MB/s", window -> window.used().allocated() * 1e3 / window.wallNanos());
    both(text, "Decision p50, µs", window -> window.decisions().getValueAtPercentile(50) / 1e3);
    both(text, "Decision p99, µs", window -> window.decisions().getValueAtPercentile(99) / 1e3);
    both(text, "Decision p99.9, µs", window -> window.decisions().getValueAtPercentile(99.9) / 1e3);
    row(text, "Seen after, p50, ms", "", seen(50));
    row(text, "Seen after, p99, ms", "", seen(99));
    row(text, "Seen after, most, ms", "", seen(100));
    text.append(
        String.format(
            Locale.ROOT,
            "%nAll %,d pods known after %.2f s. In the end %,d pods were ready; the pool was %s."
                + " Decisions refused: %d. Changes late by %.1f ms at most.%n",
            load.pods(),
            cold.toNanos() / 1e9,
            told.ready(),
            equal ? "equal" : "NOT EQUAL",
            refused,
            told.lateMicros() / 1e3));
    return text.toString();
  }

  private double pace(Window window) {
    return window.changes() * 1e9 / window.wallNanos();
  }

  private String seen(double percentile) {
    return spread(changing, window -> window.seen().getValueAtPercentile(percentile) / 1e3);
  }

  private void both(StringBuilder text, String what, ToDoubleFunction<Window> value) {
    row(text, what, spread(calm, value), spread(changing, value));
  }

  private static String spread(List<Window> windows, ToDoubleFunction<Window> value) {
    double[] sorted = windows.stream().mapToDouble(value).sorted().toArray();
    double median = sorted[sorted.length / 2];
    return sorted.length == 1
        ? String.format(Locale.ROOT, "%.2f", median)
        : String.format(
            Locale.ROOT, "%.2f (%.2f–%.2f)", median, sorted[0], sorted[sorted.length - 1]);
  }

  private static void row(StringBuilder text, String... cells) {
    for (String cell : cells) {
      text.append("| ").append(cell).append(' ');
    }
    text.append("|\n");
  }
}

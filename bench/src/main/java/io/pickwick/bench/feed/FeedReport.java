package io.pickwick.bench.feed;

import io.pickwick.bench.measure.Measurement;
import io.pickwick.kv.feed.FeedStats;
import io.pickwick.kv.index.IndexStats;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * What a run has shown.
 *
 * @param connected publishers that had their subscriber when it began
 * @param window what was measured
 * @param lateMicros how far the publishers fell behind their schedule at most
 * @param end what was counted when everything was drained
 * @param whole whether every message sent was applied
 * @param drained what was known at the end
 */
record FeedReport(
    FeedLoad load,
    int connected,
    Window window,
    long lateMicros,
    FeedStats end,
    boolean whole,
    Drained drained)
    implements Measurement.Report {

  /** Whether at the end everything was known that the publishers hold, and nothing else. */
  @Override
  public boolean right() {
    return whole && drained.equal() && connected == load.publishers();
  }

  /** As a table. */
  @Override
  public String markdown() {
    FeedStats before = window.before();
    FeedStats after = window.after();
    Usage used = window.used();
    IndexStats index = window.index();
    double wallNanos = window.wallNanos();
    double seconds = wallNanos / 1e9;
    long operations = window.operations();
    StringBuilder text = new StringBuilder();
    row(text, "", "");
    row(text, "---", "---");
    row(text, "Publishers connected", "%,d of %,d".formatted(connected, load.publishers()));
    row(
        text,
        "Block operations per second",
        String.format(
            Locale.ROOT,
            "%,.0f applied of %,d offered; %,.0f messages, %,.1f MB",
            operations / seconds,
            (long) load.publishers() * load.rate(),
            (after.messages() - before.messages()) / seconds,
            (after.bytes() - before.bytes()) / seconds / 1e6));
    row(
        text,
        "CPU per block operation",
        String.format(Locale.ROOT, "%.3f µs", used.process() / 1e3 / Math.max(1, operations)));
    row(text, "Cores used", String.format(Locale.ROOT, "%.2f", used.process() / wallNanos));
    used.threads()
        .forEach((name, nanos) ->
            row(text, "- " + name, String.format(Locale.ROOT, "%.2f", nanos / wallNanos)));
    row(
        text,
        "Cores that the publishers used",
        String.format(Locale.ROOT, "%.2f", window.publishersUsed().toNanos() / wallNanos));
    row(text, "Publishers late, max", millis(lateMicros));
    row(text, "Oldest waiting message, p50 / p99 / max", percentiles(window.waits(), 1e3, "ms"));
    row(text, "From made to applied, p50 / p99 / max", percentiles(window.arrivals(), 1e3, "ms"));
    row(text, "Lookup of 512 blocks, p50 / p99 / max", percentiles(window.lookups(), 1e3, "µs"));
    row(
        text,
        "Gaps, losses, overflows, disconnects",
        "%d, %d, %d, %d".formatted(end.gaps(), end.losses(), end.overflows(), end.disconnects()));
    row(
        text,
        "Index",
        String.format(
            Locale.ROOT,
            "%,d blocks, %.1f bytes each; process %.0f MiB resident, %.0f bytes each",
            index.holderBlocks(),
            index.bytes() / (double) Math.max(1, index.holderBlocks()),
            window.residentBytes() / (double) (1 << 20),
            window.residentBytes() / (double) Math.max(1, index.holderBlocks())));
    row(
        text,
        "Drained",
        String.format(
            Locale.ROOT,
            "%s: %,d blocks held, %,d indexed; %d publishers wrong, %d last prompts not found",
            right() ? "equal" : "NOT EQUAL" + (whole ? "" : " (messages missing)"),
            drained.held(),
            drained.indexed(),
            drained.wrong(),
            drained.unfound()));
    return text.toString();
  }

  private static void row(StringBuilder text, String what, String value) {
    text.append("| ").append(what).append(" | ").append(value).append(" |\n");
  }

  private static String millis(long micros) {
    return String.format(Locale.ROOT, "%.1f ms", micros / 1e3);
  }

  private static String percentiles(Histogram histogram, double unit, String name) {
    if (histogram.getTotalCount() == 0) {
      return "none";
    }
    return String.format(
        Locale.ROOT,
        "%.2f / %.2f / %.2f %s",
        histogram.getValueAtPercentile(50) / unit,
        histogram.getValueAtPercentile(99) / unit,
        histogram.getMaxValue() / unit,
        name);
  }
}

package io.pickwick.bench.load;

import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * A case as both servers did it.
 *
 * @param loadCase what was measured
 * @param echo the echo's windows
 * @param pickwick Pickwick's windows
 */
record Comparison(LoadCase loadCase, List<Sample> echo, List<Sample> pickwick) {
  Comparison {
    echo = List.copyOf(echo);
    pickwick = List.copyOf(pickwick);
  }

  static Spread net(List<Sample> samples) {
    return Spread.of(samples.stream().map(Sample::netMillis).toList());
  }

  static Spread loops(List<Sample> samples) {
    return Spread.of(samples.stream().map(Sample::loopMillis).toList());
  }

  /** The client's wait for the pick, in milliseconds, over all windows. */
  static double decisionMillis(List<Sample> samples, double percentile) {
    Histogram all = new Histogram(3);
    samples.forEach(sample -> all.add(sample.outcome().decision()));
    return all.getValueAtPercentile(percentile) / 1000.0;
  }

  /** The most memory that was held at a window's end, in MiB. */
  static double residentMebibytes(List<Sample> samples) {
    return samples.stream().mapToLong(Sample::residentBytes).max().orElse(0) / 1048576.0;
  }

  /** How many metrics pages were read in a second of a window. */
  static double scrapesPerSecond(List<Sample> samples) {
    return samples.stream().mapToDouble(Sample::scrapes).sum()
        / samples.stream().mapToDouble(it -> it.outcome().wall().toNanos() / 1e9).sum();
  }

  /** What Pickwick needs for what the echo needs one. */
  double ratio() {
    return net(pickwick).median() / net(echo).median();
  }

  /** The same of the event loops alone. */
  double loopRatio() {
    return loops(pickwick).median() / loops(echo).median();
  }

  /** How many requests did not come back as they should, of both. */
  long failed() {
    return echo.stream().mapToLong(it -> it.outcome().failed()).sum()
        + pickwick.stream().mapToLong(it -> it.outcome().failed()).sum();
  }
}

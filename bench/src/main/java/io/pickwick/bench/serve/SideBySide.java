package io.pickwick.bench.serve;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * The figures of several targets beside each other, and each as a multiple of the first one's.
 *
 * @param metrics the latencies to tell
 * @param percentiles of each
 * @param goodput whether there were limits to keep
 */
record SideBySide(List<Metric> metrics, List<Double> percentiles, boolean goodput) {
  private static final int LABEL = 40;
  private static final int LEAST_COLUMN = 12;

  SideBySide {
    metrics = List.copyOf(metrics);
    percentiles = List.copyOf(percentiles);
  }

  /** What became of the requests to one target. */
  record Column(String name, List<Outcome> outcomes, Summary summary) {}

  private record Row(String label, ToDoubleFunction<Column> value, boolean whole) {}

  /**
   * The table, with lines on what the failed requests are to the first token, and on how many
   * requests each answered sooner than the first.
   */
  String of(List<Column> columns) {
    int width = columns.stream().mapToInt(column -> column.name().length() + 2).max().orElse(0);
    width = Math.max(LEAST_COLUMN, width);
    StringBuilder text = new StringBuilder();
    Column first = columns.getFirst();
    List<Column> others = columns.subList(1, columns.size());
    text.append(" ".repeat(LABEL));
    for (Column column : columns) {
      text.append(padded(column.name(), width));
    }
    for (Column other : others) {
      text.append("  ").append(padded(other.name() + "/" + first.name(), width));
    }
    text.append('\n');
    for (Row row : rows()) {
      text.append(String.format(Locale.ROOT, "%-" + LABEL + "s", row.label()));
      for (Column column : columns) {
        double value = row.value().applyAsDouble(column);
        text.append(padded(row.whole() ? Long.toString((long) value) : cell(value), width));
      }
      for (Column other : others) {
        text.append("  ")
            .append(
                padded(
                    ratio(row.value().applyAsDouble(other), row.value().applyAsDouble(first)),
                    width));
      }
      text.append('\n');
    }
    text.append(failures(columns));
    others.forEach(other -> text.append(pairs(other, first)));
    return text.toString();
  }

  private List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    rows.add(new Row("Successful requests", one -> one.summary().completed(), true));
    rows.add(new Row("Failed requests", one -> one.summary().failed(), true));
    rows.add(
        new Row("Request throughput (req/s)", one -> one.summary().requestThroughput(), false));
    if (goodput) {
      rows.add(new Row("Request goodput (req/s)", one -> one.summary().goodput(), false));
    }
    rows.add(
        new Row("Output token throughput (tok/s)", one -> one.summary().outputThroughput(), false));
    rows.add(
        new Row("Total token throughput (tok/s)", one -> one.summary().totalThroughput(), false));
    for (Metric metric : metrics) {
      rows.add(millis("Mean", metric, Distribution::mean));
      rows.add(millis("Median", metric, Distribution::median));
      for (double percentile : percentiles) {
        rows.add(
            millis(
                "P" + ResultBlock.word(percentile),
                metric,
                values -> values.percentile(percentile)));
      }
    }
    rows.add(new Row("Prompt tokens cached (%)", one -> cached(one.outcomes()), false));
    return rows;
  }

  private static String cell(double value) {
    return Double.isNaN(value) ? "–" : ResultBlock.decimals(value);
  }

  private static String failures(List<Column> columns) {
    if (columns.stream().allMatch(column -> column.summary().failed() == 0)) {
      return "";
    }
    return columns.stream()
        .map(column ->
            column.name()
                + " "
                + Notes.percentiles(column.summary().ttft(), column.summary().failed()))
        .collect(
            Collectors.joining(
                "; ",
                "The latencies above leave failed requests out. TTFT with these as never answered: ",
                ".\n"));
  }

  private static Row millis(String what, Metric metric, Function<Distribution, Double> statistic) {
    return new Row(
        what + " " + metric.label() + " (ms)",
        one -> statistic.apply(metric.of(one.summary())) * 1000,
        false);
  }

  private static double cached(List<Outcome> outcomes) {
    long prompts = 0;
    long cached = 0;
    for (Outcome one : outcomes) {
      if (one.cachedTokens() >= 0) {
        prompts += one.promptTokens();
        cached += one.cachedTokens();
      }
    }
    return prompts == 0 ? Double.NaN : 100.0 * cached / prompts;
  }

  private static String ratio(double value, double first) {
    return first == 0 || Double.isNaN(value / first)
        ? "–"
        : String.format(Locale.ROOT, "%.3f", value / first);
  }

  private static String pairs(Column other, Column first) {
    Map<Integer, Outcome> firsts =
        first.outcomes().stream()
            .filter(Outcome::completed)
            .collect(Collectors.toMap(Outcome::id, Function.identity()));
    double[] differences =
        other.outcomes().stream()
            .filter(one -> one.completed() && firsts.containsKey(one.id()))
            .mapToDouble(one -> {
              Outcome same = firsts.get(one.id());
              return same == null ? 0 : one.ttftSeconds() - same.ttftSeconds();
            })
            .toArray();
    Distribution all = Distribution.of(differences);
    if (all.size() == 0) {
      return "No request was answered by both %s and %s.%n".formatted(first.name(), other.name());
    }
    return String.format(
        Locale.ROOT,
        "Of %d requests that both answered, %s was sooner with the first token in %d; the median"
            + " difference is %.2f ms.%n",
        all.size(),
        other.name(),
        all.size() - all.above(0) - equal(differences),
        all.median() * 1000);
  }

  private static int equal(double[] differences) {
    int count = 0;
    for (double one : differences) {
      count += one == 0 ? 1 : 0;
    }
    return count;
  }

  private static String padded(String text, int width) {
    return " ".repeat(Math.max(1, width - text.length())) + text;
  }
}

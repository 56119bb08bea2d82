package io.pickwick.bench.serve;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The block that vLLM's benchmark ends with, byte for byte but for the numbers.
 *
 * @param layout whose lines
 * @param maxConcurrency the limit of concurrency; 0 for none
 * @param requestRate requests a second, if they were ordered so
 * @param goodput whether there were limits to keep
 * @param metrics the latencies to tell
 * @param percentiles of each
 */
record ResultBlock(
    Layout layout,
    int maxConcurrency,
    OptionalDouble requestRate,
    boolean goodput,
    List<Metric> metrics,
    List<Double> percentiles) {
  /** Whose lines: what vLLM prints has grown. */
  enum Layout {
    /** {@code vllm bench serve} of vLLM 0.32. */
    V0_32,
    /** {@code benchmark_serving.py} of spring 2025, vLLM 0.8. */
    V0_8
  }

  private static final int WIDTH = 50;
  private static final int LABEL = 40;
  private static final int VALUE = 10;

  ResultBlock {
    metrics = List.copyOf(metrics);
    percentiles = List.copyOf(percentiles);
  }

  /** All lines, each with its end. */
  String of(Summary summary) {
    Lines lines = new Lines();
    boolean newer = layout == Layout.V0_32;
    lines.title(" Serving Benchmark Result ", '=');
    lines.count("Successful requests:", summary.completed());
    if (newer) {
      lines.count("Failed requests:", summary.failed());
      if (maxConcurrency > 0) {
        lines.count("Maximum request concurrency:", maxConcurrency);
      }
      requestRate.ifPresent(rate -> lines.line("Request rate configured (RPS):", rate(rate)));
    }
    lines.number("Benchmark duration (s):", summary.durationSeconds());
    lines.count("Total input tokens:", summary.inputTokens());
    lines.count("Total generated tokens:", summary.outputTokens());
    lines.number("Request throughput (req/s):", summary.requestThroughput());
    if (goodput) {
      lines.number("Request goodput (req/s):", summary.goodput());
    }
    lines.number("Output token throughput (tok/s):", summary.outputThroughput());
    if (newer) {
      lines.number("Peak output token throughput (tok/s):", summary.peakTokens());
      lines.number("Peak concurrent requests:", summary.peakRequests());
    }
    lines.number(
        newer ? "Total token throughput (tok/s):" : "Total Token throughput (tok/s):",
        summary.totalThroughput());
    for (Metric metric : metrics) {
      if (told(metric)) {
        lines.latency(metric, metric.of(summary), percentiles);
      }
    }
    lines.text.append("=".repeat(WIDTH)).append('\n');
    return lines.text.toString();
  }

  private boolean told(Metric metric) {
    return switch (metric) {
      case TTFT, TPOT, ITL, E2EL -> true;
      case CLIENT_QUEUE_TIME -> maxConcurrency > 0;
      case E2EL_INCLUDING_CLIENT_QUEUE -> maxConcurrency > 0 && requestRate.isPresent();
    };
  }

  /** A percentile as a part of a name: 99, 99.9. */
  static String word(double percentile) {
    return percentile == Math.rint(percentile)
        ? Integer.toString((int) percentile)
        : Double.toString(percentile);
  }

  /** With two decimals, but for a rate that those would not tell from 0. */
  private static String rate(double rate) {
    return rate < 0.01 ? new BigDecimal(Double.toString(rate)).toPlainString() : decimals(rate);
  }

  /** Two decimals as Python rounds them: of the number as it is in binary, halves to even. */
  static String decimals(double value) {
    if (!Double.isFinite(value)) {
      return Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
    }
    return new BigDecimal(value).setScale(2, RoundingMode.HALF_EVEN).toPlainString();
  }

  private static final class Lines {
    private final StringBuilder text = new StringBuilder();

    void title(String title, char fill) {
      int left = (WIDTH - title.length()) / 2;
      text.append(String.valueOf(fill).repeat(left))
          .append(title)
          .append(String.valueOf(fill).repeat(WIDTH - title.length() - left))
          .append('\n');
    }

    void count(String label, long value) {
      line(label, Long.toString(value));
    }

    void number(String label, double value) {
      line(label, decimals(value));
    }

    void latency(Metric metric, Distribution seconds, List<Double> percentiles) {
      title(metric.title(), '-');
      String name = " " + metric.label() + " (ms):";
      number("Mean" + name, seconds.mean() * 1000);
      number("Median" + name, seconds.median() * 1000);
      for (double percentile : percentiles) {
        number("P" + word(percentile) + name, seconds.percentile(percentile) * 1000);
      }
    }

    private void line(String label, String value) {
      text.append(label)
          .append(" ".repeat(Math.max(0, LABEL - label.length())))
          .append(' ')
          .append(value)
          .append(" ".repeat(Math.max(0, VALUE - value.length())))
          .append('\n');
    }
  }
}

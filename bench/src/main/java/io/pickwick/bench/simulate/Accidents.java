package io.pickwick.bench.simulate;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What goes wrong on a pod; start from {@link #NONE} and change what shall.
 *
 * @param failRate the share of inference requests answered with 500, from 0 to 1
 * @param hang whether inference requests get no answer at all, while metrics and health go on
 * @param dieAfter the pod is killed when it has taken that many inference requests; negative: never
 * @param closeAfterTokens a response is cut off after that many tokens; negative: never
 * @param metrics what the metrics page is
 * @param metricsDelay how long the metrics page takes
 */
public record Accidents(
    double failRate,
    boolean hang,
    int dieAfter,
    int closeAfterTokens,
    Metrics metrics,
    Duration metricsDelay) {

  private static final Duration LONGEST_DELAY = Duration.ofHours(1);

  /** All is well. */
  public static final Accidents NONE = new Accidents(0, false, -1, -1, Metrics.TRUE, Duration.ZERO);

  /** What a pod says of itself. */
  public enum Metrics {
    /** The truth. */
    TRUE,
    /** Always idle. */
    IDLE,
    /** Garbage instead of numbers. */
    GARBAGE,
    /** A page without end. */
    ENDLESS,
    /** No page at all: 500. */
    FAILS,
    /** The connection is closed in the middle of the page. */
    TORN;

    /**
     * The one of that name.
     *
     * @throws IllegalArgumentException if there is none; it says which there are
     */
    static Metrics named(String name) {
      for (Metrics one : values()) {
        if (one.name().equalsIgnoreCase(name)) {
          return one;
        }
      }
      throw new IllegalArgumentException(
          "'%s' is no kind of metrics; there are %s."
              .formatted(
                  name,
                  Arrays.stream(values())
                      .map(one -> one.name().toLowerCase(Locale.ROOT))
                      .collect(Collectors.joining(", "))));
    }
  }

  /** Checks the ranges. */
  public Accidents {
    if (!(failRate >= 0 && failRate <= 1)) {
      throw new IllegalArgumentException(
          "fail_rate is %s; it is a number from 0 to 1.".formatted(failRate));
    }
    if (metricsDelay.isNegative() || metricsDelay.compareTo(LONGEST_DELAY) > 0) {
      throw new IllegalArgumentException(
          "metrics_delay_ms is %d; it is a whole number from 0 to %d."
              .formatted(metricsDelay.toMillis(), LONGEST_DELAY.toMillis()));
    }
  }

  /** The same with another rate of failures. */
  public Accidents withFailRate(double rate) {
    return new Accidents(rate, hang, dieAfter, closeAfterTokens, metrics, metricsDelay);
  }

  /** The same with or without an answer. */
  public Accidents withHang(boolean hangs) {
    return new Accidents(failRate, hangs, dieAfter, closeAfterTokens, metrics, metricsDelay);
  }

  /** The same with another number of requests to live for. */
  public Accidents withDieAfter(int requests) {
    return new Accidents(failRate, hang, requests, closeAfterTokens, metrics, metricsDelay);
  }

  /** The same with responses cut off after so many tokens. */
  public Accidents withCloseAfterTokens(int tokens) {
    return new Accidents(failRate, hang, dieAfter, tokens, metrics, metricsDelay);
  }

  /** The same with other metrics. */
  public Accidents withMetrics(Metrics kind, Duration delay) {
    return new Accidents(failRate, hang, dieAfter, closeAfterTokens, kind, delay);
  }
}

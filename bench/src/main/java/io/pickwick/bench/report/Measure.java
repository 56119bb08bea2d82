package io.pickwick.bench.report;

/**
 * What is measured of a run, and where its file has it.
 *
 * <p>In a line of {@code replay} it is below {@code summary}; in a result in the form of vLLM's
 * benchmark it is at the top. Times are milliseconds in both.
 */
public enum Measure {
  /** From when a request was sent to its first token. */
  TTFT_MEAN("ttft/mean", "mean_ttft_ms"),
  /** Half of the requests were as fast. */
  TTFT_P50("ttft/p50", "median_ttft_ms"),
  /** 90 % were. */
  TTFT_P90("ttft/p90", "p90_ttft_ms"),
  /** 99 % were. */
  TTFT_P99("ttft/p99", "p99_ttft_ms"),
  /** From the first token to the end, by the tokens after the first. */
  TPOT_MEAN("tpot/mean", "mean_tpot_ms"),
  /** Half of the requests were as fast. */
  TPOT_P50("tpot/p50", "median_tpot_ms"),
  /** 90 % were. */
  TPOT_P90("tpot/p90", "p90_tpot_ms"),
  /** 99 % were. */
  TPOT_P99("tpot/p99", "p99_tpot_ms"),
  /** Between two tokens of a request. */
  ITL_MEAN("itl/mean", "mean_itl_ms"),
  /** Half of the tokens came as fast. */
  ITL_P50("itl/p50", "median_itl_ms"),
  /** 90 % did. */
  ITL_P90("itl/p90", "p90_itl_ms"),
  /** 99 % did. */
  ITL_P99("itl/p99", "p99_itl_ms"),
  /** From when a request was sent to its end. */
  E2E_MEAN("e2e/mean", "mean_e2el_ms"),
  /** Half of the requests were as fast. */
  E2E_P50("e2e/p50", "median_e2el_ms"),
  /** 90 % were. */
  E2E_P90("e2e/p90", "p90_e2el_ms"),
  /** 99 % were. */
  E2E_P99("e2e/p99", "p99_e2el_ms"),
  /** Requests that met the SLO, a second. */
  GOOD_RATE("goodPerSecond", "request_goodput"),
  /** Their share, 0 to 1. */
  GOOD_SHARE("goodShare", ""),
  /** The share of the prompts' tokens that was cached, 0 to 1. */
  HITS("hitRatio", ""),
  /** How long the busiest pod computed, by the mean of all. */
  IMBALANCE("imbalance", ""),
  /** Requests in a pod's queue, over all pods and seconds. */
  QUEUE("meanQueue", ""),
  /** The share of KV blocks in use, 0 to 1. */
  KV_USAGE("kvUsage", ""),
  /** Generated tokens a second. */
  OUTPUT_RATE("outputTokensPerSecond", "output_throughput"),
  /** Requests that got all their tokens. */
  COMPLETED("completed", "completed"),
  /** Those that did not. */
  FAILED("failed", "failed");

  private final String replay;
  private final String serve;

  Measure(String replay, String serve) {
    this.replay = replay;
    this.serve = serve;
  }

  /** Its path in the summary of a line of {@code replay}. */
  String replay() {
    return replay;
  }

  /** Its key in a result in the form of vLLM's benchmark; empty if that has none. */
  String serve() {
    return serve;
  }

  /** The most that it can be; it is never less than 0. */
  double most() {
    return switch (this) {
      case GOOD_SHARE, HITS, KV_USAGE -> 1;
      default -> Double.MAX_VALUE;
    };
  }

  /** Whether it is a latency. */
  boolean time() {
    return name().matches("(TTFT|TPOT|ITL|E2E)_.*");
  }

  /** Whether a failed request counts in it, as having taken for ever; a load has TTFT and E2E. */
  boolean withFailed(boolean live) {
    return percentile() && !(live && name().matches("(TPOT|ITL)_.*"));
  }

  /** Whether it is a time that so many of the requests did not exceed. */
  boolean percentile() {
    return name().contains("_P");
  }
}

package io.pickwick.bench.replay;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * One run in numbers, without its warm-up; the imbalance is that of the whole run.
 *
 * @param ttft from when a request was sent to its first token
 * @param tpot from its first token to its end, by the tokens after the first
 * @param itl between two of its tokens
 * @param e2e from when it was sent to its end
 * @param goodShare the share of all requests that met the SLO; a failed one did not
 * @param goodPerSecond how many of those there were per second of the run
 * @param hitRatio the share of the prompts' tokens that the pods' caches held
 * @param imbalance how long the busiest pod computed, by the mean of all
 * @param meanQueue requests in a pod's queue, over all pods and seconds
 * @param longestQueue the most of them at any full second
 * @param kvUsage the share of the KV blocks in use, over all pods and seconds
 * @param outputTokensPerSecond generated tokens per second of the run
 * @param preemptions how often a request lost its blocks
 * @param durationSeconds from the begin to the end of the last request
 */
public record Summary(
    Latency ttft,
    Latency tpot,
    Latency itl,
    Latency e2e,
    int completed,
    int failed,
    double goodShare,
    double goodPerSecond,
    double hitRatio,
    double imbalance,
    double meanQueue,
    int longestQueue,
    double kvUsage,
    double outputTokensPerSecond,
    long preemptions,
    double durationSeconds) {

  /** Sums a run up. */
  public static Summary of(RunResult run, Slo slo) {
    int requests = run.requests() - run.firstMeasured();
    long[] ttft = new long[requests];
    long[] e2e = new long[requests];
    long[] tpot = new long[requests];
    int completed = 0;
    int paced = 0;
    int good = 0;
    long prompts = 0;
    long cached = 0;
    long outputs = 0;
    for (int id = run.firstMeasured(); id < run.requests(); id++) {
      if (!run.completed(id)) {
        continue;
      }
      ttft[completed] = run.firstTokenNanos(id) - run.sentNanos(id);
      e2e[completed] = run.endNanos(id) - run.sentNanos(id);
      boolean fast = ttft[completed] <= slo.ttftMillis() * 1e6;
      int following = run.outputTokens(id) - 1;
      if (following > 0) {
        long pace = (run.endNanos(id) - run.firstTokenNanos(id)) / following;
        tpot[paced++] = pace;
        fast &= pace <= slo.tpotMillis() * 1e6;
      }
      good += fast ? 1 : 0;
      prompts += run.promptTokens(id);
      cached += run.cachedTokens(id);
      outputs += run.outputTokens(id);
      completed++;
    }
    int failed = requests - completed;
    double seconds = (run.durationNanos() - run.measuredFromNanos()) / 1e9;
    return new Summary(
        Latency.of(Arrays.copyOf(ttft, completed), failed),
        Latency.of(Arrays.copyOf(tpot, paced), failed),
        gaps(run.tokenGaps()),
        Latency.of(Arrays.copyOf(e2e, completed), failed),
        completed,
        failed,
        (double) good / requests,
        good / seconds,
        prompts == 0 ? 0 : (double) cached / prompts,
        imbalance(run.shares()),
        pods(run).mapToInt(RunResult.PodState::waiting).average().orElse(0),
        pods(run).mapToInt(RunResult.PodState::waiting).max().orElse(0),
        pods(run).mapToDouble(RunResult.PodState::kvUsage).average().orElse(0),
        outputs / seconds,
        run.shares().stream().mapToLong(RunResult.PodShare::preemptions).sum(),
        seconds);
  }

  private static Stream<RunResult.PodState> pods(RunResult run) {
    return run.samples().stream()
        .filter(sample -> sample.atNanos() >= run.measuredFromNanos())
        .flatMap(sample -> sample.pods().stream());
  }

  private static Latency gaps(Histogram micros) {
    if (micros.getTotalCount() == 0) {
      return new Latency(Double.NaN, Double.NaN, Double.NaN, Double.NaN);
    }
    return new Latency(
        micros.getMean() / 1000,
        micros.getValueAtPercentile(50) / 1000.0,
        micros.getValueAtPercentile(90) / 1000.0,
        micros.getValueAtPercentile(99) / 1000.0);
  }

  private static double imbalance(List<RunResult.PodShare> shares) {
    double mean = shares.stream().mapToLong(RunResult.PodShare::busyNanos).average().orElse(0);
    long most = shares.stream().mapToLong(RunResult.PodShare::busyNanos).max().orElse(0);
    return mean == 0 ? 1 : most / mean;
  }
}

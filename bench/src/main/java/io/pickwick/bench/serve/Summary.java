package io.pickwick.bench.serve;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * The figures of one target, reckoned as vLLM's benchmark does: latencies are those of completed
 * requests. Seconds, and tokens or requests per second.
 *
 * @param durationSeconds from the start to the end of the last request
 * @param inputTokens the prompts of completed requests
 * @param good how many kept the limits of the goodput
 * @param ttft from when a request was due to its first chunk
 * @param tpot of requests with more than one token
 * @param itl between two chunks of one request
 * @param e2el from when a request was due to its last chunk
 * @param queue how long completed requests waited for room under the limit of concurrency
 * @param queuedE2el that and {@code e2el} together
 * @param peakTokens the most chunks in a second, counted from the first due request
 * @param peakRequests the most requests that were under way in such a second
 */
record Summary(
    int completed,
    int failed,
    double durationSeconds,
    long inputTokens,
    long outputTokens,
    int good,
    Distribution ttft,
    Distribution tpot,
    Distribution itl,
    Distribution e2el,
    Distribution queue,
    Distribution queuedE2el,
    double peakTokens,
    int peakRequests) {

  /** Sums up what was measured of a target. */
  static Summary of(List<Outcome> outcomes, double durationSeconds, Goodput goodput) {
    List<Outcome> completed = outcomes.stream().filter(Outcome::completed).toList();
    Seconds seconds = Seconds.of(completed);
    return new Summary(
        completed.size(),
        outcomes.size() - completed.size(),
        durationSeconds,
        completed.stream().mapToLong(Outcome::promptTokens).sum(),
        completed.stream().mapToLong(Outcome::outputTokens).sum(),
        (int) completed.stream().filter(goodput::met).count(),
        distribution(completed.stream().mapToDouble(Outcome::ttftSeconds)),
        distribution(
            completed.stream()
                .filter(one -> one.outputTokens() > 1)
                .mapToDouble(Outcome::tpotSeconds)),
        distribution(
            completed.stream()
                .flatMapToDouble(one -> one.gaps().stream().mapToDouble(gap -> gap / 1e9))),
        distribution(completed.stream().mapToDouble(Outcome::latencySeconds)),
        distribution(completed.stream().mapToDouble(Outcome::queueSeconds)),
        distribution(
            completed.stream().mapToDouble(one -> one.queueSeconds() + one.latencySeconds())),
        seconds.mostTokens(),
        seconds.mostRequests());
  }

  private static Distribution distribution(DoubleStream values) {
    return Distribution.of(values.toArray());
  }

  double requestThroughput() {
    return completed / durationSeconds;
  }

  double goodput() {
    return good / durationSeconds;
  }

  double outputThroughput() {
    return outputTokens / durationSeconds;
  }

  double totalThroughput() {
    return (inputTokens + outputTokens) / durationSeconds;
  }

  /** What happened in each full second from the first due request on. */
  private record Seconds(List<int[]> tokensAndRequests) {
    static Seconds of(List<Outcome> completed) {
      long start = completed.stream().mapToLong(Outcome::dueNanos).min().orElse(0);
      long end = completed.stream().mapToLong(Outcome::endNanos).max().orElse(0);
      int count =
          completed.isEmpty() ? 0 : (int) ((end - start + 999_999_999L) / 1_000_000_000L) + 1;
      List<int[]> seconds = new ArrayList<>();
      for (int second = 0; second < count; second++) {
        seconds.add(new int[2]);
      }
      for (Outcome one : completed) {
        long at = one.firstNanos();
        seconds.get(second(at, start))[0]++;
        for (long gap : one.gaps().stream().toArray()) {
          at += gap;
          seconds.get(second(at, start))[0]++;
        }
        for (int second = second(one.dueNanos(), start);
            second <= second(one.endNanos(), start);
            second++) {
          seconds.get(second)[1]++;
        }
      }
      return new Seconds(seconds);
    }

    private static int second(long nanos, long start) {
      return (int) ((nanos - start) / 1_000_000_000L);
    }

    int mostTokens() {
      return tokensAndRequests.stream().mapToInt(second -> second[0]).max().orElse(0);
    }

    int mostRequests() {
      return tokensAndRequests.stream().mapToInt(second -> second[1]).max().orElse(0);
    }
  }
}

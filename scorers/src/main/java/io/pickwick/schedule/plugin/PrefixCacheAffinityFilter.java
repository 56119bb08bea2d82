package io.pickwick.schedule.plugin;

import io.pickwick.schedule.Candidates;
import io.pickwick.schedule.Filter;
import io.pickwick.schedule.PluginProvider;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.spec.Spec;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;

/**
 * Keeps the endpoints that hold enough of the prompt, unless the best of them would keep it waiting
 * too much longer than the best of the others.
 *
 * <p>The wait is prompt tokens of requests without a first token, over the peak throughput.
 *
 * @param affinityThreshold the share of the prompt's full blocks that is enough
 * @param explorationProbability how often all are kept regardless
 * @param maxTtftPenaltyMs how much longer is too much; 0 for never
 * @param peakPrefillThroughput tokens per second
 * @param random asked for a number from 0 to 1 before each decision that needs one
 */
public record PrefixCacheAffinityFilter(
    String name,
    double affinityThreshold,
    double explorationProbability,
    double maxTtftPenaltyMs,
    double peakPrefillThroughput,
    DoubleSupplier random)
    implements Filter {
  /** The default share. */
  public static final double AFFINITY_THRESHOLD = 0.80;

  /** The default penalty. */
  public static final double MAX_TTFT_PENALTY_MS = 18_000;

  /** The default throughput. */
  public static final double PEAK_PREFILL_THROUGHPUT = 15_928;

  @Override
  public void filter(ScheduleRequest request, Candidates candidates) {
    if (candidates.size() <= 1 || affinityThreshold <= 0) {
      return;
    }
    if (explorationProbability > 0 && random.getAsDouble() < explorationProbability) {
      return;
    }
    long sticky = Long.MAX_VALUE;
    long other = Long.MAX_VALUE;
    for (int row = 0; row < candidates.size(); row++) {
      long tokens = candidates.prefillingTokens(row);
      if (holdsEnough(request, candidates, row)) {
        sticky = Math.min(sticky, tokens);
      } else {
        other = Math.min(other, tokens);
      }
    }
    if (sticky == Long.MAX_VALUE || other == Long.MAX_VALUE) {
      return;
    }
    double penalty = (sticky - other) / peakPrefillThroughput * 1000;
    if (maxTtftPenaltyMs > 0 && penalty > maxTtftPenaltyMs) {
      return;
    }
    candidates.retain(row -> holdsEnough(request, candidates, row));
  }

  private boolean holdsEnough(ScheduleRequest request, Candidates candidates, int row) {
    return PrefixCacheScorer.ratio(request.prompt(), candidates.matchedTokens(row))
        >= affinityThreshold;
  }

  /** Makes it. */
  public static final class Provider implements PluginProvider {
    @Override
    public String type() {
      return "prefix-cache-affinity-filter";
    }

    @Override
    public String description() {
      return "Keeps the endpoints that hold enough of the prompt, unless they are too busy.";
    }

    @Override
    public List<Parameter> parameters() {
      return List.of(
          new Parameter("affinityThreshold", "0.8", "The share of the prompt that is enough."),
          new Parameter("explorationProbability", "0", "How often all are kept regardless."),
          new Parameter(
              "maxTTFTPenaltyMs", "18000", "Milliseconds of longer wait that are too much."),
          new Parameter("peakPrefillThroughput", "15928", "Prompt tokens per second."),
          new Parameter("ttftSource", "prefillThroughput", "Where the wait is from; this only."));
    }

    @Override
    public PrefixCacheAffinityFilter create(String name, Spec parameters) {
      parameters
          .get("ttftSource")
          .ifPresent(source -> {
            if (!source.text().equals("prefillThroughput")) {
              throw source.mistake("this version knows prefillThroughput only");
            }
          });
      return new PrefixCacheAffinityFilter(
          name,
          parameters.get("affinityThreshold").map(s -> s.decimal(0, 1)).orElse(AFFINITY_THRESHOLD),
          parameters.get("explorationProbability").map(s -> s.decimal(0, 1)).orElse(0.0),
          parameters
              .get("maxTTFTPenaltyMs")
              .map(s -> s.decimal(0, 1e12))
              .orElse(MAX_TTFT_PENALTY_MS),
          parameters
              .get("peakPrefillThroughput")
              .map(s -> s.decimal(1, 1e12))
              .orElse(PEAK_PREFILL_THROUGHPUT),
          () -> ThreadLocalRandom.current().nextDouble());
    }
  }
}

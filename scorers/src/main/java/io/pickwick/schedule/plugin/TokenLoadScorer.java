package io.pickwick.schedule.plugin;

import io.pickwick.schedule.Candidates;
import io.pickwick.schedule.PluginProvider;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.Scorer;
import io.pickwick.schedule.spec.Spec;
import java.util.List;

/**
 * Prefers endpoints with few prompt tokens to work through: 1 - min(1, tokens / threshold), tokens
 * being those of our requests without a first token, and this request's uncached ones.
 *
 * @param queueThresholdTokens tokens at which the score is 0
 */
public record TokenLoadScorer(String name, long queueThresholdTokens) implements Scorer {
  /** The default threshold: 128 requests of 32k tokens. */
  public static final long THRESHOLD_TOKENS = 4_194_304;

  @Override
  public void score(ScheduleRequest request, Candidates candidates, double[] scores) {
    for (int row = 0; row < candidates.size(); row++) {
      double tokens = (double) candidates.prefillingTokens(row) + candidates.uncachedTokens(row);
      scores[row] = 1 - Math.min(1, tokens / queueThresholdTokens);
    }
  }

  /** Makes it. */
  public static final class Provider implements PluginProvider {
    @Override
    public String type() {
      return "token-load-scorer";
    }

    @Override
    public String description() {
      return "Prefers endpoints with the fewest prompt tokens in flight.";
    }

    @Override
    public List<Parameter> parameters() {
      return List.of(
          new Parameter("queueThresholdTokens", "4194304", "Tokens at which the score is 0."));
    }

    @Override
    public TokenLoadScorer create(String name, Spec parameters) {
      return new TokenLoadScorer(
          name,
          parameters
              .get("queueThresholdTokens")
              .map(s -> s.integer(1, Long.MAX_VALUE))
              .orElse(THRESHOLD_TOKENS));
    }
  }
}

package io.pickwick.schedule.plugin;

import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.schedule.Candidates;
import io.pickwick.schedule.PluginProvider;
import io.pickwick.schedule.PrefixSettings;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.Scorer;
import io.pickwick.schedule.spec.Spec;
import java.util.List;

/**
 * Prefers endpoints that hold the prompt's beginning.
 *
 * <p>{@code w * min(1, matched / scale)^2 + (1 - w) * matched / total}, where total counts the
 * tokens in the prompt's full blocks; 0 when it has none.
 *
 * @param matchLengthWeight w, 0 to 1
 * @param matchLengthScaleTokens scale
 * @param settings what the configuration says of the estimation, for whoever estimates
 */
public record PrefixCacheScorer(
    String name, double matchLengthWeight, long matchLengthScaleTokens, PrefixSettings settings)
    implements Scorer {
  /** The default of {@link #matchLengthScaleTokens}. */
  public static final long SCALE_TOKENS = 8192;

  @Override
  public void score(ScheduleRequest request, Candidates candidates, double[] scores) {
    for (int row = 0; row < candidates.size(); row++) {
      int matched = candidates.matchedTokens(row);
      double length = Math.min(1, (double) matched / matchLengthScaleTokens);
      scores[row] =
          matchLengthWeight * length * length
              + (1 - matchLengthWeight) * ratio(request.prompt(), matched);
    }
  }

  /** The share of the prompt's full blocks that is held, 0 to 1. */
  static double ratio(PromptKeys prompt, int matched) {
    int total = prompt.tokensIn(prompt.count());
    return total == 0 ? 0 : Math.min(1, (double) matched / total);
  }

  /** Makes it. */
  public static final class Provider implements PluginProvider {
    @Override
    public String type() {
      return "prefix-cache-scorer";
    }

    @Override
    public List<String> aliases() {
      return List.of("prefix-cache");
    }

    @Override
    public String description() {
      return "Prefers endpoints that already hold the prompt's beginning.";
    }

    @Override
    public List<Parameter> parameters() {
      return PrefixParameters.with(
          new Parameter(
              "matchLengthWeight", "0", "What the length of the match counts against its share."),
          new Parameter(
              "matchLengthScaleTokens",
              "8192",
              "The match in tokens that counts as a full length."),
          new Parameter(
              "prefixMatchInfoProducerName", "-", "Accepted; there is one source of matches."));
    }

    @Override
    public PrefixCacheScorer create(String name, Spec parameters) {
      return new PrefixCacheScorer(
          name,
          parameters.get("matchLengthWeight").map(s -> s.decimal(0, 1)).orElse(0.0),
          parameters
              .get("matchLengthScaleTokens")
              .map(s -> s.integer(1, Integer.MAX_VALUE))
              .orElse(SCALE_TOKENS),
          PrefixParameters.read(parameters));
    }
  }
}

package io.pickwick.schedule.plugin;

import io.pickwick.schedule.Candidates;
import io.pickwick.schedule.PluginProvider;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.Scorer;
import io.pickwick.schedule.spec.Spec;
import java.util.List;

/**
 * Prefers short queues against a fixed measure: 0.5 * (1 - waiting / threshold), 0 from the
 * threshold on.
 *
 * @param threshold the queue at which the score is 0
 */
public record LoadAwareScorer(String name, long threshold) implements Scorer {
  /** The default threshold. */
  public static final long THRESHOLD = 128;

  @Override
  public void score(ScheduleRequest request, Candidates candidates, double[] scores) {
    for (int row = 0; row < candidates.size(); row++) {
      scores[row] = 0.5 * (1 - Math.min(1, candidates.waiting(row) / threshold));
    }
  }

  /** Makes it. */
  public static final class Provider implements PluginProvider {
    @Override
    public String type() {
      return "load-aware-scorer";
    }

    @Override
    public String description() {
      return "Prefers endpoints with short queues, measured against a fixed length.";
    }

    @Override
    public List<Parameter> parameters() {
      return List.of(new Parameter("threshold", "128", "The queue at which the score is 0."));
    }

    @Override
    public LoadAwareScorer create(String name, Spec parameters) {
      return new LoadAwareScorer(
          name,
          parameters.get("threshold").map(s -> s.integer(1, Integer.MAX_VALUE)).orElse(THRESHOLD));
    }
  }
}

package io.pickwick.schedule.plugin;

import io.pickwick.schedule.Candidates;
import io.pickwick.schedule.PluginProvider;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.Scorer;
import io.pickwick.schedule.spec.Spec;

/** Prefers small batches: (max - running) / (max - min), all 1 when equal. */
public record RunningRequestsSizeScorer(String name) implements Scorer {
  @Override
  public void score(ScheduleRequest request, Candidates candidates, double[] scores) {
    for (int row = 0; row < candidates.size(); row++) {
      scores[row] = candidates.running(row);
    }
    LeastFirst.rate(scores, candidates.size());
  }

  /** Makes it. */
  public static final class Provider implements PluginProvider {
    @Override
    public String type() {
      return "running-requests-size-scorer";
    }

    @Override
    public String description() {
      return "Prefers endpoints with the fewest running requests, relative to the others.";
    }

    @Override
    public RunningRequestsSizeScorer create(String name, Spec parameters) {
      return new RunningRequestsSizeScorer(name);
    }
  }
}

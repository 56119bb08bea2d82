package io.pickwick.schedule.plugin;

import io.pickwick.schedule.Candidates;
import io.pickwick.schedule.PluginProvider;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.Scorer;
import io.pickwick.schedule.spec.Spec;

/** Prefers short queues: (max - waiting) / (max - min), all 1 when equal. */
public record QueueScorer(String name) implements Scorer {
  @Override
  public void score(ScheduleRequest request, Candidates candidates, double[] scores) {
    for (int row = 0; row < candidates.size(); row++) {
      scores[row] = candidates.waiting(row);
    }
    LeastFirst.rate(scores, candidates.size());
  }

  /** Makes it. */
  public static final class Provider implements PluginProvider {
    @Override
    public String type() {
      return "queue-scorer";
    }

    @Override
    public String description() {
      return "Prefers endpoints with the fewest waiting requests, relative to the others.";
    }

    @Override
    public QueueScorer create(String name, Spec parameters) {
      return new QueueScorer(name);
    }
  }
}

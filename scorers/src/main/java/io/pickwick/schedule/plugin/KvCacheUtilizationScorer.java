package io.pickwick.schedule.plugin;

import io.pickwick.schedule.Candidates;
import io.pickwick.schedule.PluginProvider;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.Scorer;
import io.pickwick.schedule.spec.Spec;

/** Prefers free KV cache: 1 - usage. */
public record KvCacheUtilizationScorer(String name) implements Scorer {
  @Override
  public void score(ScheduleRequest request, Candidates candidates, double[] scores) {
    for (int row = 0; row < candidates.size(); row++) {
      scores[row] = 1 - candidates.kvUsage(row);
    }
  }

  /** Makes it. */
  public static final class Provider implements PluginProvider {
    @Override
    public String type() {
      return "kv-cache-utilization-scorer";
    }

    @Override
    public String description() {
      return "Prefers endpoints with the most free KV cache.";
    }

    @Override
    public KvCacheUtilizationScorer create(String name, Spec parameters) {
      return new KvCacheUtilizationScorer(name);
    }
  }
}

package io.pickwick.schedule.plugin;

import io.pickwick.schedule.Candidates;
import io.pickwick.schedule.Picker;
import io.pickwick.schedule.PluginProvider;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.spec.Spec;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Picks endpoints by chance in proportion to their scores; when all scores are 0, evenly.
 *
 * <p>A-Res of Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006: the
 * largest keys u^(1/score) win; their logarithms are compared, which keeps small scores apart.
 */
public record WeightedRandomPicker(String name, int maxEndpoints) implements Picker {
  @Override
  public int pick(
      ScheduleRequest request, Candidates candidates, RandomGenerator random, int[] rows) {
    TopRows top = new TopRows(rows, Math.min(maxEndpoints, candidates.size()));
    for (int row = 0; row < candidates.size(); row++) {
      double score = candidates.score(row);
      double key = score > 0 ? Math.log(1 - random.nextDouble()) / score : Double.NEGATIVE_INFINITY;
      top.offer(row, key, random.nextLong());
    }
    return top.size();
  }

  /** Makes it. */
  public static final class Provider implements PluginProvider {
    @Override
    public String type() {
      return "weighted-random-picker";
    }

    @Override
    public String description() {
      return "Picks endpoints by chance in proportion to their scores.";
    }

    @Override
    public List<Parameter> parameters() {
      return List.of(TopRows.MAX_ENDPOINTS);
    }

    @Override
    public WeightedRandomPicker create(String name, Spec parameters) {
      return new WeightedRandomPicker(name, TopRows.maxEndpoints(parameters));
    }
  }
}

package io.pickwick.schedule.plugin;

import io.pickwick.schedule.Candidates;
import io.pickwick.schedule.Picker;
import io.pickwick.schedule.PluginProvider;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.spec.Spec;
import java.util.List;
import java.util.random.RandomGenerator;

/** Picks endpoints by chance, whatever their scores. */
public record RandomPicker(String name, int maxEndpoints) implements Picker {
  @Override
  public int pick(
      ScheduleRequest request, Candidates candidates, RandomGenerator random, int[] rows) {
    TopRows top = new TopRows(rows, Math.min(maxEndpoints, candidates.size()));
    for (int row = 0; row < candidates.size(); row++) {
      top.offer(row, random.nextDouble(), random.nextLong());
    }
    return top.size();
  }

  /** Makes it. */
  public static final class Provider implements PluginProvider {
    @Override
    public String type() {
      return "random-picker";
    }

    @Override
    public String description() {
      return "Picks endpoints by chance.";
    }

    @Override
    public List<Parameter> parameters() {
      return List.of(TopRows.MAX_ENDPOINTS);
    }

    @Override
    public RandomPicker create(String name, Spec parameters) {
      return new RandomPicker(name, TopRows.maxEndpoints(parameters));
    }
  }
}

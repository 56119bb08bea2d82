package io.pickwick.schedule.plugin;

import io.pickwick.schedule.Candidates;
import io.pickwick.schedule.LoraState;
import io.pickwick.schedule.PluginProvider;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.Scorer;
import io.pickwick.schedule.spec.Spec;

/**
 * Prefers endpoints where the target adapter is: 1 when it runs there, 0.8 when a slot is free, 0.6
 * when requests already wait for it there, else 0.
 */
public record LoraAffinityScorer(String name) implements Scorer {
  @Override
  public void score(ScheduleRequest request, Candidates candidates, double[] scores) {
    for (int row = 0; row < candidates.size(); row++) {
      scores[row] = score(request.targetModel(), candidates.lora(row));
    }
  }

  static double score(String adapter, LoraState lora) {
    if (lora.running().contains(adapter)) {
      return 1;
    }
    if (lora.running().size() + lora.waiting().size() < lora.max()) {
      return 0.8;
    }
    return lora.waiting().contains(adapter) ? 0.6 : 0;
  }

  /** Makes it. */
  public static final class Provider implements PluginProvider {
    @Override
    public String type() {
      return "lora-affinity-scorer";
    }

    @Override
    public String description() {
      return "Prefers endpoints that have the LoRA adapter loaded, then those with a free slot.";
    }

    @Override
    public LoraAffinityScorer create(String name, Spec parameters) {
      return new LoraAffinityScorer(name);
    }
  }
}

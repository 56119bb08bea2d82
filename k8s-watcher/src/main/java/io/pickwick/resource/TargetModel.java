package io.pickwick.resource;

import io.pickwick.schedule.spec.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * A model name that requests are sent on under, with its share of them.
 *
 * @param name what the model server knows, a model or an adapter
 * @param weight its share over the sum of all shares, 0 to {@value #MAX_WEIGHT}; absent when none
 *     is said
 */
public record TargetModel(String name, OptionalInt weight) {
  /** The largest weight. */
  public static final int MAX_WEIGHT = 1_000_000;

  static List<TargetModel> readAll(Spec spec, String nameKey) {
    List<TargetModel> targets = new ArrayList<>();
    for (Spec item : spec.items()) {
      Spec name = item.need(nameKey);
      if (name.text().isEmpty()) {
        throw name.mistake("this must not be empty");
      }
      targets.add(
          new TargetModel(
              name.text(),
              item.get("weight")
                  .map(weight -> OptionalInt.of((int) weight.integer(0, MAX_WEIGHT)))
                  .orElse(OptionalInt.empty())));
    }
    return targets;
  }
}

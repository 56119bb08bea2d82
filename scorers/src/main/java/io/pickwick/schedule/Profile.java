package io.pickwick.schedule;

import java.util.List;

/**
 * One scheduling policy: filters in order, weighted scorers, a picker.
 *
 * @param name what the configuration calls it
 */
public record Profile(
    String name, List<Filter> filters, List<WeightedScorer> scorers, Picker picker) {
  /** Keeps its own copies. */
  public Profile {
    filters = List.copyOf(filters);
    scorers = List.copyOf(scorers);
  }

  /** A scorer and how much its score counts. */
  public record WeightedScorer(Scorer scorer, double weight) {}
}

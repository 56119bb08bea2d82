package io.pickwick.bench.scenario;

import io.pickwick.bench.replay.Comparison;
import java.util.List;
import java.util.Map;

/** What came of all trials. */
record Results(Map<Trial, Outcome> outcomes) {
  /** Those of one experiment. */
  Comparison of(Experiment experiment) {
    Comparison comparison = new Comparison();
    for (Trial trial : experiment.trials()) {
      comparison.add(trial.policy(), trial.seed(), outcome(trial).summary());
    }
    return comparison;
  }

  /** What came of a trial. */
  Outcome outcome(Trial trial) {
    Outcome outcome = outcomes.get(trial);
    if (outcome == null) {
      throw new IllegalStateException("It was not run: " + trial);
    }
    return outcome;
  }

  /** The runs of a scenario as lines of JSON, in the order of its experiments. */
  List<String> lines(Scenario scenario) {
    return scenario.experiments().stream()
        .flatMap(experiment -> experiment.trials().stream())
        .distinct()
        .map(trial -> outcome(trial).line())
        .toList();
  }
}

package io.pickwick.bench.scenario;

import io.pickwick.bench.replay.FleetSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * One workload on one fleet, with several policies and seeds.
 *
 * @param label what sets it apart from the others of its scenario
 * @param workload as a command line has it; {@value #TRACES} stands for the folder of the traces
 * @param rateScale how many times as fast as written the requests come
 * @param drains whether stages of a ladder wait for each other, see {@link
 *     io.pickwick.bench.replay.Course}
 * @param seeds how many, from 1 on
 */
record Experiment(
    String label,
    String workload,
    FleetSpec fleet,
    double rateScale,
    boolean drains,
    List<String> policies,
    int seeds) {
  /** What stands for the folder of the traces. */
  static final String TRACES = "{traces}";

  Experiment {
    policies = List.copyOf(policies);
  }

  /** The same with another label and fleet. */
  Experiment on(String otherLabel, FleetSpec otherFleet) {
    return new Experiment(otherLabel, workload, otherFleet, rateScale, drains, policies, seeds);
  }

  /** The same with another label and rate. */
  Experiment at(String otherLabel, double otherScale) {
    return new Experiment(otherLabel, workload, fleet, otherScale, drains, policies, seeds);
  }

  /** The same with other policies and seeds. */
  Experiment with(int otherSeeds, List<String> otherPolicies) {
    return new Experiment(label, workload, fleet, rateScale, drains, otherPolicies, otherSeeds);
  }

  /** The same with another workload. */
  Experiment asking(String otherWorkload) {
    return new Experiment(label, otherWorkload, fleet, rateScale, drains, policies, seeds);
  }

  /** Its runs, seed by seed. */
  List<Trial> trials() {
    List<Trial> trials = new ArrayList<>();
    for (long seed = 1; seed <= seeds; seed++) {
      for (String policy : policies) {
        trials.add(new Trial(workload, fleet, rateScale, drains, policy, seed));
      }
    }
    return trials;
  }
}

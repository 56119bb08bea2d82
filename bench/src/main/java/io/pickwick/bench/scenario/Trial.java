package io.pickwick.bench.scenario;

import io.pickwick.bench.replay.FleetSpec;

/** One run, and all that it depends on: equal ones need to be run once only. */
record Trial(
    String workload, FleetSpec fleet, double rateScale, boolean drains, String policy, long seed) {
  /** What several trials have in common: their hashed requests. */
  record Asked(String workload, int blockSize, long seed) {}

  Asked asked() {
    return new Asked(workload, fleet.engine().blockSize(), seed);
  }
}

package io.pickwick.bench.scenario;

import io.pickwick.bench.replay.FleetSpec;
import io.pickwick.bench.workload.WorkloadException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One run, and all that it depends on: equal ones need to be run once only. */
record Trial(
    String workload, FleetSpec fleet, double rateScale, boolean drains, String policy, long seed) {
  /** What several trials have in common: their hashed requests. */
  record Asked(String workload, int blockSize, long seed) {
    private static final Pattern REQUESTS = Pattern.compile(",requests=(\\d+)");

    /**
     * Holds requests to the number that is asked for: of a shorter trace the scenario's text would
     * not be true.
     */
    void check(int made) {
      Matcher number = REQUESTS.matcher(workload);
      if (number.find() && Integer.parseInt(number.group(1)) > made) {
        throw new WorkloadException(
            String.format(
                Locale.ROOT,
                "There are %,d requests, and the scenario is of %s (%s); give the published trace,"
                    + " whole. The command replay takes any.",
                made,
                number.group(1),
                workload));
      }
    }
  }

  Asked asked() {
    return new Asked(workload, fleet.engine().blockSize(), seed);
  }
}

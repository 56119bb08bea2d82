package io.pickwick.bench.scenario;

import io.pickwick.bench.replay.Summary;
import java.util.List;

/**
 * What came of a trial.
 *
 * @param line the run as a line of JSON
 * @param percentiles 1 to 100 of the times to first token, in milliseconds
 */
record Outcome(Summary summary, String line, List<Double> percentiles) {
  Outcome {
    percentiles = List.copyOf(percentiles);
  }
}

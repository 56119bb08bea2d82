package io.pickwick.schedule.plugin;

import io.pickwick.schedule.Candidates;
import io.pickwick.schedule.PluginProvider;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.Scorer;
import io.pickwick.schedule.spec.Spec;
import java.util.List;

/**
 * Prefers endpoints with few of our requests in flight: 1 up to the idle threshold, else (max - n)
 * / max * maxBusyScore.
 *
 * @param idleThreshold requests up to which an endpoint counts as idle
 * @param maxBusyScore the best score of a busy endpoint, 0 to 1
 */
public record ActiveRequestScorer(String name, long idleThreshold, double maxBusyScore)
    implements Scorer {
  @Override
  public void score(ScheduleRequest request, Candidates candidates, double[] scores) {
    int max = 0;
    for (int row = 0; row < candidates.size(); row++) {
      max = Math.max(max, candidates.inFlight(row));
    }
    for (int row = 0; row < candidates.size(); row++) {
      int active = candidates.inFlight(row);
      scores[row] = active <= idleThreshold ? 1 : (double) (max - active) / max * maxBusyScore;
    }
  }

  /** Makes it. */
  public static final class Provider implements PluginProvider {
    @Override
    public String type() {
      return "active-request-scorer";
    }

    @Override
    public String description() {
      return "Prefers endpoints with the fewest of our own requests in flight.";
    }

    @Override
    public List<Parameter> parameters() {
      return List.of(
          new Parameter("idleThreshold", "0", "Requests up to which an endpoint counts as idle."),
          new Parameter("maxBusyScore", "1", "The best score of a busy endpoint."),
          new Parameter("requestTimeout", "-", "Accepted; requests are followed to their end."));
    }

    @Override
    public ActiveRequestScorer create(String name, Spec parameters) {
      return new ActiveRequestScorer(
          name,
          parameters.get("idleThreshold").map(s -> s.integer(0, Integer.MAX_VALUE)).orElse(0L),
          parameters.get("maxBusyScore").map(s -> s.decimal(0, 1)).orElse(1.0));
    }
  }
}

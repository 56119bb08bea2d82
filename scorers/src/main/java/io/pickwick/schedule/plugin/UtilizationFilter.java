package io.pickwick.schedule.plugin;

import io.pickwick.schedule.Candidates;
import io.pickwick.schedule.Filter;
import io.pickwick.schedule.PluginProvider;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.spec.Spec;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps the endpoints that exceed none of the caps.
 *
 * @param fallbackOnEmpty whether all are kept when none would be
 */
public record UtilizationFilter(String name, List<Cap> conditions, boolean fallbackOnEmpty)
    implements Filter {
  /** Keeps its own copy. */
  public UtilizationFilter {
    conditions = List.copyOf(conditions);
  }

  @Override
  public void filter(ScheduleRequest request, Candidates candidates) {
    if (fallbackOnEmpty && nobodyPasses(candidates)) {
      return;
    }
    candidates.retain(row -> passes(candidates, row));
  }

  private boolean nobodyPasses(Candidates candidates) {
    for (int row = 0; row < candidates.size(); row++) {
      if (passes(candidates, row)) {
        return false;
      }
    }
    return true;
  }

  private boolean passes(Candidates candidates, int row) {
    for (Cap cap : conditions) {
      if (cap.metric().of(candidates, row) > cap.maxValue()) {
        return false;
      }
    }
    return true;
  }

  /** The most that one metric may be. */
  public record Cap(Metric metric, double maxValue) {}

  /** What can be capped. */
  public enum Metric {
    /** Our own requests in flight. */
    ACTIVE_REQUESTS("active-requests"),
    /** Requests in the batch. */
    RUNNING_REQUESTS("running-requests"),
    /** Requests in the queue. */
    WAITING_QUEUE("waiting-queue"),
    /** Share of the KV cache in use. */
    KV_CACHE_UTILIZATION("kv-cache-utilization");

    private final String written;

    Metric(String written) {
      this.written = written;
    }

    double of(Candidates candidates, int row) {
      return switch (this) {
        case ACTIVE_REQUESTS -> candidates.inFlight(row);
        case RUNNING_REQUESTS -> candidates.running(row);
        case WAITING_QUEUE -> candidates.waiting(row);
        case KV_CACHE_UTILIZATION -> candidates.kvUsage(row);
      };
    }

    static Metric read(Spec spec) {
      List<String> known = new ArrayList<>();
      for (Metric metric : values()) {
        if (metric.written.equals(spec.text())) {
          return metric;
        }
        known.add(metric.written);
      }
      throw spec.mistake("unknown metric; known: " + String.join(", ", known));
    }
  }

  /** Makes it. */
  public static final class Provider implements PluginProvider {
    @Override
    public String type() {
      return "utilization-filter";
    }

    @Override
    public String description() {
      return "Keeps the endpoints that exceed none of the given caps.";
    }

    @Override
    public List<Parameter> parameters() {
      return List.of(
          new Parameter(
              "conditions",
              "-",
              "List of {metric, maxValue}; metrics active-requests, running-requests,"
                  + " waiting-queue, kv-cache-utilization."),
          new Parameter("fallbackOnEmpty", "false", "Whether all are kept when none would be."),
          new Parameter(
              "inFlightLoadProducerName", "-", "Accepted; there is one count of requests."));
    }

    @Override
    public UtilizationFilter create(String name, Spec parameters) {
      Spec conditions = parameters.need("conditions");
      List<Cap> caps = conditions.items().stream().map(Provider::cap).toList();
      if (caps.isEmpty()) {
        throw conditions.mistake("at least one condition is wanted");
      }
      return new UtilizationFilter(
          name, caps, parameters.get("fallbackOnEmpty").map(Spec::bool).orElse(false));
    }

    private static Cap cap(Spec spec) {
      spec.only("metric", "maxValue");
      Metric metric = Metric.read(spec.need("metric"));
      double most = metric == Metric.KV_CACHE_UTILIZATION ? 1 : Double.MAX_VALUE;
      return new Cap(metric, spec.need("maxValue").decimal(0, most));
    }
  }
}

package io.pickwick.bench.replay;

import io.pickwick.bench.engine.EngineSpec;

/**
 * The pods that a workload is replayed on, and how well the routers before them are informed.
 *
 * @param engine what each pod is a model of
 * @param pods how many
 * @param routers how many replicas of the router share the requests, taking turns; none knows what
 *     the others do
 * @param scrapeNanos how often a router asks each pod for its gauges; 0: never
 * @param scrapeDelayNanos how old gauges are when they are known
 * @param eventDelayNanos how long after the end of an engine's step its KV events are known
 * @param eventLoss the share of steps whose KV events get lost and are never known, 0 to 1
 * @param dispatchNanos how long after its pick a request gets to its pod
 */
public record FleetSpec(
    EngineSpec engine,
    int pods,
    int routers,
    long scrapeNanos,
    long scrapeDelayNanos,
    long eventDelayNanos,
    double eventLoss,
    long dispatchNanos) {

  /** The most pods; more would not fit into memory. */
  public static final int MOST_PODS = 4096;

  /** Holds the numbers to what can be run. */
  public FleetSpec {
    if (pods < 1 || pods > MOST_PODS || routers < 1 || routers > MOST_PODS) {
      throw new IllegalArgumentException(
          "There are 1 to %d pods and as many routers, not %d and %d."
              .formatted(MOST_PODS, pods, routers));
    }
    if (scrapeNanos < 0 || scrapeDelayNanos < 0 || eventDelayNanos < 0 || dispatchNanos < 0) {
      throw new IllegalArgumentException("An interval or a delay is not negative.");
    }
    if (!(eventLoss >= 0 && eventLoss <= 1)) {
      throw new IllegalArgumentException("The share of lost events is 0 to 1, not " + eventLoss);
    }
  }

  /** A fleet with one router that knows at once what can be known. */
  public static FleetSpec prompt(EngineSpec engine, int pods) {
    return new FleetSpec(engine, pods, 1, 50_000_000, 0, 0, 0, 0);
  }

  /**
   * A fleet with one router that knows things as late as usual: scrapes every 50 ms and 5 ms old,
   * events after 5 ms, and 1 ms to the pod.
   */
  public static FleetSpec usual(EngineSpec engine, int pods) {
    return new FleetSpec(engine, pods, 1, 50_000_000, 5_000_000, 5_000_000, 0, 1_000_000);
  }

  /** The same with other routers. */
  public FleetSpec withRouters(int count) {
    return new FleetSpec(
        engine,
        pods,
        count,
        scrapeNanos,
        scrapeDelayNanos,
        eventDelayNanos,
        eventLoss,
        dispatchNanos);
  }

  /** The same with other scrapes. */
  public FleetSpec withScrapes(long everyNanos, long delayNanos) {
    return new FleetSpec(
        engine, pods, routers, everyNanos, delayNanos, eventDelayNanos, eventLoss, dispatchNanos);
  }

  /** The same with other events. */
  public FleetSpec withEvents(long delayNanos, double loss) {
    return new FleetSpec(
        engine, pods, routers, scrapeNanos, scrapeDelayNanos, delayNanos, loss, dispatchNanos);
  }
}

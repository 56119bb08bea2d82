package io.pickwick.bench.load;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Starts a server several times and looks at its start and its first requests. */
final class ColdRun {
  /** How many requests are the first ones. */
  static final int REQUESTS = 500;

  private ColdRun() {}

  /** Starts a fresh process and returns when it is ready. */
  @FunctionalInterface
  interface Start {
    /** Starts one. */
    Contender fresh() throws IOException, InterruptedException;
  }

  /**
   * What each start came to.
   *
   * @param server which one, with its circumstances
   * @param readyMillis from the start of the process until it was ready, looked for every 10 ms
   * @param startMillis the processor time it had used by then
   * @param requestMillis the processor time of each of the first requests, on average
   * @param residentMebibytes the memory it held after them
   * @param failed how many requests did not come back as they should
   */
  record Result(
      String server,
      List<Double> readyMillis,
      List<Double> startMillis,
      List<Double> requestMillis,
      List<Double> residentMebibytes,
      long failed) {}

  /** Starts it once for the caches of the machine, then as often as asked. */
  static Result measure(String server, int repeat, Start start)
      throws IOException, InterruptedException {
    start.fresh().close();
    Result result =
        new Result(
            server, new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), 0);
    long failed = 0;
    for (int i = 0; i < repeat; i++) {
      long begin = System.nanoTime();
      try (Contender fresh = start.fresh()) {
        result.readyMillis.add((System.nanoTime() - begin) / 1e6);
        Duration ready = fresh.process().cpu();
        result.startMillis.add(ready.toNanos() / 1e6);
        Outcome outcome = fresh.load(Shape.lockstep("cold", 200, 1), REQUESTS);
        failed += outcome.failed();
        result.requestMillis.add(fresh.process().cpu().minus(ready).toNanos() / 1e6 / REQUESTS);
        result.residentMebibytes.add(fresh.process().residentBytes() / 1048576.0);
      }
    }
    return new Result(
        server,
        result.readyMillis,
        result.startMillis,
        result.requestMillis,
        result.residentMebibytes,
        failed);
  }
}

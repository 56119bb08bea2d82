package io.pickwick.bench.replay;

import io.pickwick.bench.workload.Stage;
import io.pickwick.bench.workload.Workload;
import io.pickwick.bench.workload.WorkloadException;
import java.util.List;

/**
 * How the times of a workload are followed.
 *
 * @param rateScale how many times as fast as written the open-loop requests come
 * @param stages of the workload's rate, in their order; requests of leading warm-up stages are
 *     served, but not measured
 * @param drains whether a stage begins when all requests before it have ended, as inference-perf
 *     has it; else it begins at its time
 */
public record Course(double rateScale, List<Stage> stages, boolean drains) {
  /** Holds the scale to what can be run. */
  public Course {
    stages = List.copyOf(stages);
    if (!(rateScale > 0)) {
      throw new IllegalArgumentException("A rate is scaled by more than 0, not " + rateScale);
    }
    if (drains && stages.isEmpty()) {
      throw new IllegalArgumentException(
          "Only a workload with stages can be drained between them, as with rate=3..60.");
    }
  }

  /** Each request at its time, and all measured. */
  public static Course at(double rateScale) {
    return new Course(rateScale, List.of(), false);
  }

  /**
   * Holds a workload to what can be run: pods are looked at all the time, so that a run takes long
   * if it lasts long, whatever comes in it.
   *
   * @throws WorkloadException if its last request comes too late
   */
  void check(Workload workload) {
    WorkloadException.checkLast(workload.lastNanos() / rateScale);
  }

  /** How many requests come before those that are measured. */
  int warmUp() {
    int requests = 0;
    for (Stage stage : stages) {
      if (!stage.warmUp()) {
        return requests;
      }
      requests += stage.requests();
    }
    return 0;
  }

  /** The first request of each stage; a last entry behind all. */
  int[] firsts() {
    int[] firsts = new int[stages.size() + 1];
    for (int stage = 0; stage < stages.size(); stage++) {
      firsts[stage + 1] = firsts[stage] + stages.get(stage).requests();
    }
    return firsts;
  }

  /** When a stage is to begin if none before it is late. */
  long startNanos(int stage) {
    double seconds = 0;
    for (int before = 0; before < stage; before++) {
      seconds += stages.get(before).seconds();
    }
    return Math.round(seconds * 1e9 / rateScale);
  }
}

package io.pickwick.bench.serve;

import io.pickwick.bench.workload.Workload;
import io.pickwick.bench.workload.WorkloadRequest;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Optional;

/**
 * One target's way through the workload: which requests follow which, which wait for room under the
 * limit of concurrency, and what became of them. Guarded by the lock of the run.
 */
final class Lane {
  /** A request that waits for room. */
  record Waiting(int id, long wantedNanos) {}

  private final TargetClient client;
  private final RequestWriter.Own own;
  private final int limit;
  private final int[] firstFollower;
  private final int[] nextFollower;
  private final Outcome[] outcomes;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private int underWay;
  private int ended;
  private int failed;

  Lane(TargetClient client, RequestWriter.Own own, Workload workload) {
    this.client = client;
    this.own = own;
    int count = workload.requests().size();
    limit = workload.maxConcurrency() == 0 ? Integer.MAX_VALUE : workload.maxConcurrency();
    outcomes = new Outcome[count];
    firstFollower = new int[count];
    nextFollower = new int[count];
    Arrays.fill(firstFollower, WorkloadRequest.NONE);
    for (int id = count - 1; id >= 0; id--) {
      int after = workload.requests().get(id).after();
      if (after != WorkloadRequest.NONE) {
        nextFollower[id] = firstFollower[after];
        firstFollower[after] = id;
      }
    }
  }

  TargetClient client() {
    return client;
  }

  RequestWriter.Own own() {
    return own;
  }

  /** Whether a request that is wanted now would be sent. */
  boolean hasRoom() {
    return underWay < limit;
  }

  /** A request is wanted: whether it may be sent now, else it waits in line. */
  boolean mayStart(int id, long wantedNanos) {
    if (underWay < limit) {
      underWay++;
      return true;
    }
    waiting.addLast(new Waiting(id, wantedNanos));
    return false;
  }

  /** A request has ended: the next in line, which takes its place. */
  Optional<Waiting> end(Outcome outcome) {
    outcomes[outcome.id()] = outcome;
    ended++;
    failed += outcome.completed() ? 0 : 1;
    Waiting next = waiting.pollFirst();
    if (next == null) {
      underWay--;
      return Optional.empty();
    }
    return Optional.of(next);
  }

  /** Which waits at the head of the line. */
  Optional<Waiting> next() {
    return Optional.ofNullable(waiting.peekFirst());
  }

  /** The first of those that follow a request; {@link WorkloadRequest#NONE} for none. */
  int firstFollower(int id) {
    return firstFollower[id];
  }

  /** The next that follows the same request as one; {@link WorkloadRequest#NONE} for none. */
  int nextFollower(int id) {
    return nextFollower[id];
  }

  /** What was answered to a request that has ended; empty if that is not known. */
  String said(int id) {
    Outcome outcome = outcomes[id];
    return outcome == null || !outcome.completed() ? "" : outcome.text();
  }

  int underWay() {
    return underWay;
  }

  int ended() {
    return ended;
  }

  int failed() {
    return failed;
  }

  int left() {
    return outcomes.length - ended;
  }

  /** What became of the requests that have ended, in the order of the workload. */
  java.util.List<Outcome> outcomes() {
    return Arrays.stream(outcomes).filter(java.util.Objects::nonNull).toList();
  }
}

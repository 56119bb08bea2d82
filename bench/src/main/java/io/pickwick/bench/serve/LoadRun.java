package io.pickwick.bench.serve;

import io.pickwick.bench.workload.Workload;
import io.pickwick.bench.workload.WorkloadRequest;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Sends a workload to its targets, each of which gets all of it, and waits for the last answer.
 *
 * <p>A request is due when the workload wants it sent, or later when the limit of concurrency lets
 * it be; all times are counted from then, however late it is sent.
 */
final class LoadRun {
  /*
   * One thread keeps the times: it waits for the earliest thing on the agenda and hands it over.
   * Everything that takes time is done by virtual threads, one for each request under way. A body is
   * made a little before its request is due, or while its request is the next in line, so that
   * making it does not delay it.
   *
   * Two targets want the same requests at the same times. Which of them is first is drawn anew for
   * each, so that neither always finds the machine warmed or busied by the other.
   */
  private static final long LEAD_NANOS = Duration.ofMillis(50).toNanos();
  private static final long TICK_NANOS = Duration.ofMillis(200).toNanos();

  /** Hears how the run goes, about five times a second. */
  interface Progress {
    /** How many requests have ended, of all; how many have failed and are under way. */
    void at(int ended, int all, int failed, int underWay);
  }

  private enum What {
    PREPARE,
    SEND
  }

  private record Entry(long nanos, long tie, What what, int lane, int id) {
    static final Comparator<Entry> ORDER =
        Comparator.comparingLong(Entry::nanos).thenComparingLong(Entry::tie);
  }

  private record Running(Exchange exchange, long deadline) {}

  private final Workload workload;
  private final RequestWriter writer;
  private final List<Lane> lanes;
  private final long warmUpNanos;
  private final Duration patience;
  private final boolean keepsText;
  private final boolean repeatsAnswers;
  private final Turns turns;
  private final LongSupplier clock;
  private final Executor threads;
  private final RandomGenerator random;
  private final String runId;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final PriorityQueue<Entry> agenda = new PriorityQueue<>(Entry.ORDER);
  private final Map<Long, CompletableFuture<byte[]>> bodies = new HashMap<>();
  private final Map<Long, Running> running = new HashMap<>();
  private long start;
  private boolean stopped;

  /**
   * Prepares a run.
   *
   * @param warmUpNanos requests that are wanted before then are not to be measured
   * @param patience how long a request may take from when it is sent
   * @param keepsText whether what is generated is kept
   * @param repeatsAnswers whether a prompt that repeats an answer has what was really said
   * @param threads runs what blocks
   * @param runId begins the ids of all requests
   */
  LoadRun(
      Workload workload,
      RequestWriter writer,
      List<Lane> lanes,
      long warmUpNanos,
      Duration patience,
      boolean keepsText,
      boolean repeatsAnswers,
      LongSupplier clock,
      Executor threads,
      RandomGenerator random,
      String runId) {
    this.workload = workload;
    this.writer = writer;
    this.lanes = List.copyOf(lanes);
    this.warmUpNanos = warmUpNanos;
    this.patience = patience;
    this.keepsText = keepsText;
    this.repeatsAnswers = repeatsAnswers;
    this.turns = new Turns(workload);
    this.clock = clock;
    this.threads = threads;
    this.random = random;
    this.runId = runId;
  }

  /** Runs it to the end of its last request. */
  void run(Progress progress) throws InterruptedException {
    lock.lock();
    try {
      // Room to make the first bodies.
      start = clock.getAsLong() + LEAD_NANOS;
      for (WorkloadRequest request : workload.requests()) {
        if (!request.follows()) {
          for (int lane = 0; lane < lanes.size(); lane++) {
            plan(lane, request.id(), start + request.atNanos());
          }
        }
      }
      long nextTick = start;
      while (lanes.stream().anyMatch(lane -> lane.left() > 0) && !stopped) {
        long now = clock.getAsLong();
        if (now >= nextTick) {
          tick(progress, now);
          nextTick = now + TICK_NANOS;
        }
        Entry next = agenda.peek();
        long until = next == null ? nextTick : Math.min(nextTick, next.nanos());
        if (until > now) {
          var _ = changed.awaitNanos(until - now);
        } else {
          agenda.remove();
          happens(next);
        }
      }
      tick(progress, clock.getAsLong());
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends it early: what is under way counts as failed, what was not sent as not asked. The threads
   * are to end before the outcomes are looked at.
   */
  void stop() {
    lock.lock();
    try {
      stopped = true;
      running.values().forEach(one -> one.exchange().stop(Failure.ENDED));
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Whether it was ended early. */
  boolean stopped() {
    lock.lock();
    try {
      return stopped;
    } finally {
      lock.unlock();
    }
  }

  private void plan(int lane, int id, long nanos) {
    long tie = random.nextLong();
    agenda.add(new Entry(nanos - LEAD_NANOS, tie, What.PREPARE, lane, id));
    agenda.add(new Entry(nanos, tie, What.SEND, lane, id));
  }

  private void tick(Progress progress, long now) {
    for (Running one : running.values()) {
      if (now > one.deadline()) {
        one.exchange().stop(Failure.TIMED_OUT);
      }
    }
    progress.at(
        lanes.stream().mapToInt(Lane::ended).sum(),
        lanes.size() * workload.requests().size(),
        lanes.stream().mapToInt(Lane::failed).sum(),
        lanes.stream().mapToInt(Lane::underWay).sum());
  }

  private void happens(Entry entry) {
    Lane lane = lanes.get(entry.lane());
    switch (entry.what()) {
      case PREPARE -> {
        // What will only wait in line is prepared when its turn is near.
        if (lane.hasRoom()) {
          var _ = prepare(entry.lane(), entry.id());
        }
      }
      case SEND -> {
        if (lane.mayStart(entry.id(), entry.nanos())) {
          send(entry.lane(), entry.id(), entry.nanos(), entry.nanos());
        } else {
          prepareNext(entry.lane());
        }
      }
    }
  }

  private void prepareNext(int lane) {
    lanes
        .get(lane)
        .next()
        .ifPresent(next -> {
          var _ = prepare(lane, next.id());
        });
  }

  private CompletableFuture<byte[]> prepare(int lane, int id) {
    return bodies.computeIfAbsent(
        key(lane, id),
        _ ->
            CompletableFuture.supplyAsync(
                () -> body(lanes.get(lane), workload.requests().get(id)), threads));
  }

  private byte[] body(Lane lane, WorkloadRequest request) {
    int[] tokens = request.prompt().tokens();
    List<Turns.Part> parts =
        turns.parts(request, tokens, id -> repeatsAnswers ? lane.said(id) : "");
    return writer.body(request, tokens, parts, lane.own());
  }

  private void send(int lane, int id, long wantedNanos, long dueNanos) {
    CompletableFuture<byte[]> body = prepare(lane, id);
    bodies.remove(key(lane, id));
    Exchange exchange =
        new Exchange(
            lanes.get(lane).client(), clock, keepsText || (repeatsAnswers && turns.wanted(id)));
    running.put(key(lane, id), new Running(exchange, dueNanos + patience.toNanos()));
    WorkloadRequest request = workload.requests().get(id);
    Exchange.Due due =
        new Exchange.Due(request, wantedNanos - start < warmUpNanos, start, wantedNanos, dueNanos);
    threads.execute(() -> {
      Outcome outcome;
      try {
        byte[] bytes = body.join();
        String name = runId + "-" + lane + "-" + id;
        byte[] head = writer.head(lanes.get(lane).client().target(), bytes.length, name);
        outcome = exchange.run(due, head, bytes);
      } catch (Throwable e) {
        // Whatever goes wrong, the run has to learn that this one is over.
        outcome =
            exchange.failed(
                due, e instanceof CompletionException && e.getCause() != null ? e.getCause() : e);
      }
      ended(lane, outcome);
    });
  }

  private void ended(int which, Outcome outcome) {
    lock.lock();
    try {
      long now = clock.getAsLong();
      Lane lane = lanes.get(which);
      running.remove(key(which, outcome.id()));
      Optional<Lane.Waiting> waiting = lane.end(outcome);
      if (stopped) {
        return;
      }
      waiting.ifPresent(next -> {
        send(which, next.id(), next.wantedNanos(), now);
        prepareNext(which);
      });
      for (int follower = lane.firstFollower(outcome.id());
          follower != WorkloadRequest.NONE;
          follower = lane.nextFollower(follower)) {
        plan(which, follower, now + workload.requests().get(follower).thinkNanos());
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private static long key(int lane, int id) {
    return (long) lane << 32 | id;
  }
}

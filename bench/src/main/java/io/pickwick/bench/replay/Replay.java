package io.pickwick.bench.replay;

import io.pickwick.bench.engine.EngineRequest;
import io.pickwick.bench.engine.PooledCache;
import io.pickwick.bench.workload.WorkloadException;
import io.pickwick.bench.workload.WorkloadRequest;
import io.pickwick.kv.index.BlockChanges;
import io.pickwick.schedule.Gauges;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** One run of a workload over a fleet with one policy; of one thread, and run once. */
public final class Replay implements Pod.Listener {
  /*
   * Everything happens on the agenda: a request is due, is picked a pod, gets there, a step of that
   * pod ends, a router's scrape begins and is answered, events get to a router. Chance is drawn
   * from generators that are split off the seed in a fixed order, so equal arguments give equal
   * results to the last bit.
   *
   * At the end of a step the events go out before the tokens do, as the engine publishes what a step
   * stored when the step has ended.
   */
  private static final long SAMPLE_NANOS = 1_000_000_000L;

  /** Pods are looked at all the time, so that a run takes long if it lasts long. */
  private static final long MOST_NANOS = 2 * 86_400_000_000_000L * WorkloadException.MOST_DAYS;

  private final KeyedWorkload workload;
  private final FleetSpec fleet;
  private final Agenda agenda = new Agenda();
  private final List<Pod> pods = new ArrayList<>();
  private final List<Router> routers = new ArrayList<>();
  private final RunResult result;
  private final Router[] routedBy;
  private final int[] firstFollower;
  private final int[] nextFollower;
  private final ArrayDeque<Integer> due = new ArrayDeque<>();
  private final SplittableRandom chance;
  private final Course course;
  private final int[] firsts;
  private int stage;
  private long late;
  private boolean draining;
  private int opened;
  private int turn;
  private int underWay;
  private int left;

  /** Prepares a run. */
  public Replay(KeyedWorkload workload, FleetSpec fleet, Policy policy, Course course, long seed) {
    this.workload = workload;
    this.fleet = fleet;
    this.course = course;
    firsts = course.firsts();
    int count = workload.requests().size();
    left = count;
    result = new RunResult(workload, policy.name(), fleet, course, seed);
    routedBy = new Router[count];
    firstFollower = new int[count];
    nextFollower = new int[count];
    Arrays.fill(firstFollower, WorkloadRequest.NONE);
    for (int id = count - 1; id >= 0; id--) {
      int after = workload.requests().get(id).asked().after();
      if (after != WorkloadRequest.NONE) {
        nextFollower[id] = firstFollower[after];
        firstFollower[after] = id;
      }
    }
    SplittableRandom random = new SplittableRandom(seed);
    chance = random.split();
    PooledCache pooled =
        policy.poolsCaches()
            ? new PooledCache(fleet.pods() * (fleet.engine().kvBlocks() - 1))
            : PooledCache.NONE;
    for (int slot = 0; slot < fleet.pods(); slot++) {
      pods.add(new Pod(slot, fleet.engine(), agenda, policy.followsEvents(), pooled, this));
    }
    for (int i = 0; i < fleet.routers(); i++) {
      routers.add(
          policy.router(new Setup(workload, fleet, List.copyOf(pods), agenda, random.split())));
    }
  }

  /** Runs it to the end of its last request. */
  public RunResult run() {
    openNext();
    startScrapes();
    sample();
    while (left > 0 && agenda.step()) {
      // The events do the work.
      if (agenda.now() > MOST_NANOS) {
        throw new WorkloadException(
            "After %d days %,d requests have not ended; take fewer, shorter ones or shorter times between them."
                .formatted(2 * WorkloadException.MOST_DAYS, left));
      }
    }
    if (left > 0) {
      throw new IllegalStateException(left + " requests never ended.");
    }
    result.ended(agenda.now(), pods);
    return result;
  }

  List<Pod> pods() {
    return pods;
  }

  List<Router> routers() {
    return routers;
  }

  Agenda agenda() {
    return agenda;
  }

  private void openNext() {
    List<KeyedRequest> requests = workload.requests();
    while (opened < requests.size() && requests.get(opened).asked().follows()) {
      opened++;
    }
    if (opened < requests.size()) {
      draining = !begun(opened);
      if (draining) {
        return;
      }
      int id = opened++;
      long at = late + Math.round(requests.get(id).asked().atNanos() / course.rateScale());
      agenda.at(
          at,
          () -> {
            openNext();
            due(id);
          });
    }
  }

  /** Whether the stage of a request may begin, if it is the first of one. */
  private boolean begun(int id) {
    if (!course.drains() || stage + 1 >= firsts.length || id < firsts[stage + 1]) {
      return true;
    }
    if (requests() - left < id) {
      return false;
    }
    while (stage + 1 < firsts.length && firsts[stage + 1] <= id) {
      stage++;
    }
    late = Math.max(0, agenda.now() - course.startNanos(stage));
    return true;
  }

  private int requests() {
    return workload.requests().size();
  }

  private void due(int id) {
    int most = workload.workload().maxConcurrency();
    if (most > 0 && underWay >= most) {
      due.addLast(id);
    } else {
      send(id);
    }
  }

  private void send(int id) {
    underWay++;
    long now = agenda.now();
    KeyedRequest request = workload.requests().get(id);
    result.sent(id, now);
    Router router = routers.get(turn);
    turn = (turn + 1) % routers.size();
    int slot = router.pick(request, now);
    if (slot == Router.NONE) {
      failed(id, RunResult.Failure.NO_POD);
      return;
    }
    routedBy[id] = router;
    Pod pod = pods.get(slot);
    result.picked(id, slot);
    if (fleet.dispatchNanos() == 0) {
      arrive(request, pod);
    } else {
      agenda.at(now + fleet.dispatchNanos(), () -> arrive(request, pod));
    }
  }

  private void arrive(KeyedRequest request, Pod pod) {
    EngineRequest submitted = request.forEngine();
    if (submitted.promptTokens() >= pod.engine().spec().maxModelLength()
        || (!submitted.lora().isEmpty() && pod.engine().spec().maxLoras() == 0)) {
      routedBy[request.id()].ended(request, agenda.now());
      failed(request.id(), RunResult.Failure.REFUSED);
      return;
    }
    pod.submit(submitted);
  }

  private void failed(int id, RunResult.Failure why) {
    result.failed(id, why, agenda.now());
    over(id);
  }

  private void over(int id) {
    left--;
    underWay--;
    if (draining) {
      openNext();
    }
    long now = agenda.now();
    for (int follower = firstFollower[id];
        follower != WorkloadRequest.NONE;
        follower = nextFollower[follower]) {
      int next = follower;
      agenda.at(now + workload.requests().get(next).asked().thinkNanos(), () -> due(next));
    }
    int most = workload.workload().maxConcurrency();
    if (!due.isEmpty() && (most == 0 || underWay < most)) {
      int next = due.removeFirst();
      // Not at once: a row of failures must not become a tower of calls.
      underWay++;
      agenda.at(
          now,
          () -> {
            underWay--;
            send(next);
          });
    }
  }

  @Override
  public boolean changed(Pod pod, BlockChanges changes) {
    boolean late = fleet.eventDelayNanos() > 0;
    long known = agenda.now() + fleet.eventDelayNanos();
    for (Router router : routers) {
      if (fleet.eventLoss() > 0 && chance.nextDouble() < fleet.eventLoss()) {
        continue;
      }
      if (late) {
        agenda.at(known, () -> router.changed(pod.slot(), changes));
      } else {
        router.changed(pod.slot(), changes);
      }
    }
    return late;
  }

  @Override
  public void produced(Pod pod, EngineRequest submitted) {
    int id = submitted.number();
    long now = agenda.now();
    int output = submitted.outputTokens();
    if (output == 1) {
      result.firstToken(id, submitted, now);
      routedBy[id].firstToken(workload.requests().get(id), now);
    } else {
      result.token(id, now);
    }
    if ((submitted.promptTokens() + output) % workload.blockSize() == 0) {
      routedBy[id].progressed(workload.requests().get(id), output);
    }
  }

  @Override
  public void finished(Pod pod, EngineRequest submitted) {
    int id = submitted.number();
    result.completed(id, submitted, agenda.now());
    routedBy[id].ended(workload.requests().get(id), agenda.now());
    over(id);
  }

  private void startScrapes() {
    if (fleet.scrapeNanos() == 0) {
      return;
    }
    for (int i = 0; i < routers.size(); i++) {
      Router router = routers.get(i);
      if (router.scrapes()) {
        // Replicas do not scrape in step.
        agenda.at(i * fleet.scrapeNanos() / routers.size(), () -> scrape(router));
      }
    }
  }

  private void scrape(Router router) {
    Gauges[] pages = new Gauges[pods.size()];
    for (Pod pod : pods) {
      router.scrapeBegins(pod.slot(), agenda.now());
      pages[pod.slot()] = pod.gauges();
    }
    if (fleet.scrapeDelayNanos() == 0) {
      answered(router, pages);
    } else {
      agenda.at(agenda.now() + fleet.scrapeDelayNanos(), () -> answered(router, pages));
    }
    agenda.at(agenda.now() + fleet.scrapeNanos(), () -> scrape(router));
  }

  private static void answered(Router router, Gauges[] pages) {
    for (int slot = 0; slot < pages.length; slot++) {
      router.scraped(slot, pages[slot]);
    }
  }

  private void sample() {
    result.sample(agenda.now(), pods);
    agenda.at(agenda.now() + SAMPLE_NANOS, this::sample);
  }
}

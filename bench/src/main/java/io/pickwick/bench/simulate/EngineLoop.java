package io.pickwick.bench.simulate;

import io.pickwick.bench.engine.BlockHashing;
import io.pickwick.bench.engine.CacheObserver;
import io.pickwick.bench.engine.Engine;
import io.pickwick.bench.engine.EngineRequest;
import io.pickwick.bench.engine.EngineSpec;
import io.pickwick.bench.engine.Step;
import io.pickwick.bench.events.KvEvents;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Drives an {@link Engine} in scaled real time on a virtual thread of its own. */
final class EngineLoop {
  /*
   * The engine belongs to the loop's thread. Others leave commands in a queue and wake the loop,
   * which takes them between two steps; gauges go out through volatile fields.
   *
   * The engine's clock stands still during a step and then moves by the step's time. The loop sleeps
   * until real time has come as far, so that rounding and late wake-ups do not add up; only when it
   * has fallen far behind, or was idle, does the clock jump to the present.
   */
  private static final Logger LOG = LoggerFactory.getLogger(EngineLoop.class);
  private static final long SHORTEST_SLEEP = 30_000;
  private static final long FAR_BEHIND = 200_000_000;

  private static final long RESET_SECONDS = 30;

  private record Owner(Generation generation, int choice) {}

  private final Engine engine;
  private final Optional<KvEvents> events;
  private final Meters meters;
  private final double speed;
  private final long origin = System.nanoTime();
  private final ConcurrentLinkedQueue<Runnable> commands = new ConcurrentLinkedQueue<>();
  private final AtomicInteger submitted = new AtomicInteger();
  private final IdentityHashMap<EngineRequest, Owner> owners = new IdentityHashMap<>();
  private final Thread thread;
  private long clock;
  private volatile boolean stopped;
  private volatile int running;
  private volatile int waiting;
  private volatile double usage;

  private EngineLoop(
      String name,
      EngineSpec spec,
      double speed,
      Meters meters,
      BlockHashing hashing,
      boolean unhashedFirst,
      Optional<KvEvents> events) {
    this.engine =
        new Engine(
            spec,
            () -> clock,
            hashing,
            events.map(KvEvents::observer).orElse(CacheObserver.NONE),
            unhashedFirst);
    this.events = events;
    this.speed = speed;
    this.meters = meters;
    this.thread = Thread.ofVirtual().name("engine " + name).unstarted(this::run);
  }

  static EngineLoop start(
      String name,
      EngineSpec spec,
      double speed,
      Meters meters,
      BlockHashing hashing,
      boolean unhashedFirst,
      Optional<KvEvents> events) {
    EngineLoop loop = new EngineLoop(name, spec, speed, meters, hashing, unhashedFirst, events);
    loop.thread.start();
    return loop;
  }

  /** Queues all choices of a generation. */
  void submit(Generation generation) {
    long arrived = virtualNow();
    int count = generation.choices().size();
    submitted.addAndGet(count);
    command(() -> {
      submitted.addAndGet(-count);
      for (int i = 0; i < count; i++) {
        EngineRequest request = generation.choices().get(i);
        owners.put(request, new Owner(generation, i));
        engine.submit(request, arrived);
      }
    });
  }

  /** Takes all choices of a generation out. */
  void abort(Generation generation) {
    command(() -> {
      for (EngineRequest request : generation.choices()) {
        if (engine.abort(request)) {
          owners.remove(request);
          meters.aborted(request);
        }
      }
    });
  }

  /** Empties the cache, unless a block is in use; whether it did. */
  boolean resetCache() throws InterruptedException {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    command(() -> done.complete(engine.resetCache()));
    try {
      return done.get(RESET_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      return false;
    }
  }

  void stop() {
    stopped = true;
    LockSupport.unpark(thread);
  }

  int running() {
    return running;
  }

  int waiting() {
    return waiting + submitted.get();
  }

  double usage() {
    return usage;
  }

  private void command(Runnable command) {
    commands.add(command);
    LockSupport.unpark(thread);
  }

  private void run() {
    try {
      while (!stopped) {
        for (Runnable next = commands.poll(); next != null; next = commands.poll()) {
          next.run();
        }
        if (engine.idle()) {
          gauges();
          if (commands.isEmpty() && !stopped) {
            LockSupport.park(this);
          }
          clock = Math.max(clock, virtualNow());
        } else {
          step();
        }
      }
    } catch (RuntimeException e) {
      LOG.error("{} stopped", thread.getName(), e);
    }
  }

  private void step() {
    long now = virtualNow();
    if (now - clock > FAR_BEHIND * speed) {
      clock = now;
    }
    Step step = engine.schedule();
    gauges();
    sleepUntil(clock + step.durationNanos());
    clock += step.durationNanos();
    engine.complete();
    events.ifPresent(KvEvents::stepEnded);
    meters.step(step, engine);
    for (EngineRequest request : step.produced()) {
      Owner owner = owners.get(request);
      if (owner != null) {
        owner.generation.token(owner.choice, request);
      }
    }
    step.finished().forEach(owners::remove);
  }

  private void gauges() {
    running = engine.running();
    waiting = engine.waiting();
    usage = engine.kvUsage();
    meters.gauges(
        running,
        waiting,
        usage,
        joined(engine.runningAdapters()),
        joined(engine.waitingAdapters()));
  }

  private static String joined(Set<String> names) {
    return names.isEmpty() ? "" : String.join(",", new TreeSet<>(names));
  }

  private long virtualNow() {
    return (long) ((System.nanoTime() - origin) * speed);
  }

  private void sleepUntil(long virtualNanos) {
    long deadline = origin + (long) (virtualNanos / speed);
    boolean slept = false;
    for (long left = deadline - System.nanoTime();
        left > SHORTEST_SLEEP && !stopped;
        left = deadline - System.nanoTime()) {
      LockSupport.parkNanos(this, left);
      slept = true;
    }
    if (!slept) {
      Thread.yield();
    }
  }
}

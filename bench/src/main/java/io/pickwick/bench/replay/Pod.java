package io.pickwick.bench.replay;

import io.pickwick.bench.engine.BlockHashing;
import io.pickwick.bench.engine.CacheObserver;
import io.pickwick.bench.engine.Engine;
import io.pickwick.bench.engine.EngineRequest;
import io.pickwick.bench.engine.EngineSpec;
import io.pickwick.bench.engine.PooledCache;
import io.pickwick.bench.engine.Step;
import io.pickwick.kv.event.Medium;
import io.pickwick.kv.index.BlockChanges;
import io.pickwick.schedule.Gauges;
import io.pickwick.schedule.LoraState;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** An engine on the agenda: its steps follow each other as long as there is something to do. */
final class Pod {
  /** One who is told how the requests on a pod fare, at the end of each step. */
  interface Listener {
    /**
     * What the step changed in the cache; told before its tokens, and only if something did.
     *
     * @return whether it keeps the changes
     */
    boolean changed(Pod pod, BlockChanges changes);

    /** A request generated a token. */
    void produced(Pod pod, EngineRequest request);

    /** A request has ended with the token told last. */
    void finished(Pod pod, EngineRequest request);
  }

  private final int slot;
  private final Agenda agenda;
  private final Engine engine;
  private final Listener listener;
  private BlockChanges changes = new BlockChanges();
  private final Map<Integer, EngineRequest> requests = new HashMap<>();
  private final Runnable begin = this::begin;
  private final Runnable end = this::end;
  private long[] keys = new long[64];
  private boolean busy;
  private long stepEnd;
  private long busyNanos;
  private long prefilled;
  private long decoded;

  Pod(
      int slot,
      EngineSpec spec,
      Agenda agenda,
      boolean observed,
      PooledCache pooled,
      Listener listener) {
    this.slot = slot;
    this.agenda = agenda;
    this.listener = listener;
    this.engine =
        new Engine(
            spec,
            agenda::now,
            BlockHashing.CHEAP,
            observed ? new Gatherer() : CacheObserver.NONE,
            true,
            pooled);
  }

  int slot() {
    return slot;
  }

  Engine engine() {
    return engine;
  }

  /** The time by its clock. */
  long now() {
    return agenda.now();
  }

  /** When the present step ends; in the past when there is none. */
  long stepEnd() {
    return stepEnd;
  }

  /** How long it computed so far. */
  long busyNanos() {
    return busyNanos;
  }

  /** A request that it has and that has not ended, by its number. */
  Optional<EngineRequest> request(int number) {
    return Optional.ofNullable(requests.get(number));
  }

  /** The prompt tokens that it computed so far. */
  long prefilled() {
    return prefilled;
  }

  /** The tokens that it decoded so far. */
  long decoded() {
    return decoded;
  }

  /**
   * Takes a request now.
   *
   * @throws IllegalArgumentException if the engine can't serve it
   */
  void submit(EngineRequest request) {
    engine.submit(request);
    requests.put(request.number(), request);
    if (!busy) {
      busy = true;
      // Whatever else comes at this very moment is in the same step.
      agenda.at(agenda.now(), begin);
    }
  }

  /** What its metrics page would say now. */
  Gauges gauges() {
    EngineSpec spec = engine.spec();
    LoraState lora =
        spec.maxLoras() == 0
            ? LoraState.NONE
            : new LoraState(spec.maxLoras(), engine.runningAdapters(), engine.waitingAdapters());
    return new Gauges(
        agenda.now(),
        engine.waiting(),
        engine.running(),
        engine.kvUsage(),
        spec.blockSize(),
        spec.kvBlocks(),
        lora);
  }

  private void begin() {
    Step step = engine.schedule();
    if (step.idle()) {
      throw new IllegalStateException("Pod " + slot + " can't serve what it has taken.");
    }
    stepEnd = agenda.now() + step.durationNanos();
    busyNanos += step.durationNanos();
    prefilled += step.prefillTokens();
    decoded += step.decodeSequences();
    agenda.at(stepEnd, end);
  }

  private void end() {
    Step step = engine.complete();
    if (changes.blocks() > 0) {
      if (listener.changed(this, changes)) {
        changes = new BlockChanges();
      } else {
        changes.clear();
      }
    }
    for (EngineRequest request : step.produced()) {
      listener.produced(this, request);
    }
    for (EngineRequest request : step.finished()) {
      requests.remove(request.number());
      listener.finished(this, request);
    }
    if (engine.idle()) {
      busy = false;
    } else {
      begin();
    }
  }

  /** Gathers what a step changes. */
  private final class Gatherer implements CacheObserver {
    @Override
    public void stored(EngineRequest request, int from, int to) {
      int count = to - from;
      if (keys.length < count) {
        keys = new long[Math.max(count, 2 * keys.length)];
      }
      for (int i = 0; i < count; i++) {
        keys[i] = request.blockHash(from + i);
      }
      long parent = from == 0 ? 0 : request.blockHash(from - 1);
      changes.store(parent, keys, count, Medium.GPU, 0);
    }

    @Override
    public void removed(long hash) {
      changes.remove(hash, Medium.GPU);
    }

    @Override
    public void cleared() {
      throw new IllegalStateException("Nobody resets the cache of a replayed engine.");
    }
  }
}

package io.pickwick.bench.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * A model of vLLM's engine core in virtual time: continuous batching with chunked prefill over a
 * block-granular prefix cache.
 *
 * <p>It never waits: {@link #schedule} says how long the step would take, {@link #complete} hands
 * out its tokens, and whoever drives it moves the clock by that time in between. Not thread-safe.
 */
public final class Engine {
  /*
   * A step in vLLM's order:
   *
   * 1. The running requests, oldest first, each with the tokens it lacks, within the step's token
   *    budget. When blocks run out, the last running request is preempted: its blocks are released
   *    (what they hold stays cached), and it goes to the head of the queue, to be computed again.
   * 2. Unless somebody was preempted, the queue, first come first served: a request enters when its
   *    whole input fits into the free blocks. One whose adapter has no slot is stepped over.
   *
   * A lookup may hit at most the tokens but one, since the last must be computed to sample from it:
   * a prompt that is cached entirely and ends on a block's edge loses that whole block. Full blocks
   * are known to the cache from the moment the step is scheduled, so equal prompts in one step share
   * them. A sampled token has no KV before the step that reads it; the last one never gets any.
   */
  private final EngineSpec spec;
  private final LongSupplier nanos;
  private final BlockPool pool;
  private final BlockHashing hashing;
  private final CacheObserver observer;
  private final PooledCache pooled;
  private final ArrayDeque<EngineRequest> waiting = new ArrayDeque<>();
  private final List<EngineRequest> running = new ArrayList<>();
  private final List<EngineRequest> skipped = new ArrayList<>();
  private final Set<String> adapters = new HashSet<>();
  private final Step step = new Step();
  private int[] found = new int[64];
  private int ownHits;
  private int idleHits;
  private boolean inFlight;
  private long queriedTokens;
  private long hitTokens;
  private long preemptions;

  /** An idle engine with an empty cache, on a clock in nanoseconds. */
  public Engine(EngineSpec spec, LongSupplier nanos) {
    this(spec, nanos, BlockHashing.CHEAP, CacheObserver.NONE, true);
  }

  /**
   * An idle engine with an empty cache.
   *
   * @param hashing how its blocks get their hashes
   * @param observer is told what they hold
   * @param unhashedFirst whether a freed block without a hash is the next to be used, as since 0.23
   */
  public Engine(
      EngineSpec spec,
      LongSupplier nanos,
      BlockHashing hashing,
      CacheObserver observer,
      boolean unhashedFirst) {
    this(spec, nanos, hashing, observer, unhashedFirst, PooledCache.NONE);
  }

  /**
   * An idle engine with an empty cache that gets what others have computed as if it had itself.
   *
   * @param pooled the cache that it has in common with others
   */
  public Engine(
      EngineSpec spec,
      LongSupplier nanos,
      BlockHashing hashing,
      CacheObserver observer,
      boolean unhashedFirst,
      PooledCache pooled) {
    this.spec = spec;
    this.nanos = nanos;
    this.hashing = hashing;
    this.observer = observer;
    this.pooled = pooled;
    this.pool = new BlockPool(spec.kvBlocks(), unhashedFirst, observer::removed);
  }

  /** What it is a model of. */
  public EngineSpec spec() {
    return spec;
  }

  /** Puts a request at the end of the queue, as having come now. */
  public void submit(EngineRequest request) {
    submit(request, nanos.getAsLong());
  }

  /** Puts a request at the end of the queue, as having come at the given time. */
  public void submit(EngineRequest request, long arrivedNanos) {
    if (request.state != EngineRequest.State.NEW) {
      throw new IllegalArgumentException("A request is submitted once.");
    }
    if (request.length >= spec.maxModelLength()) {
      throw new IllegalArgumentException(
          "A prompt of %d tokens leaves no room below %d."
              .formatted(request.length, spec.maxModelLength()));
    }
    if (!request.lora().isEmpty() && spec.maxLoras() == 0) {
      throw new IllegalArgumentException("The engine has no slot for adapters.");
    }
    request.arrived = arrivedNanos;
    if (!request.hashed()) {
      request.chain = hashing.chain(request.lora(), request.salt());
    }
    request.state = EngineRequest.State.WAITING;
    waiting.addLast(request);
  }

  /** Takes a request out wherever it stands; false when it has ended already. */
  public boolean abort(EngineRequest request) {
    switch (request.state) {
      case WAITING -> waiting.remove(request);
      case RUNNING -> {
        running.remove(request);
        release(request);
      }
      default -> {
        return false;
      }
    }
    request.state = EngineRequest.State.ABORTED;
    request.ended = nanos.getAsLong();
    return true;
  }

  /** Schedules and completes a step at once. */
  public Step step() {
    schedule();
    return complete();
  }

  /** Chooses the batch of the next step and what it takes; idle when there is nothing to do. */
  public Step schedule() {
    if (inFlight) {
      throw new IllegalStateException("The last step is not completed.");
    }
    inFlight = true;
    step.reset(nanos.getAsLong());
    adapters.clear();
    int budget = scheduleRunning(spec.maxBatchedTokens());
    if (step.preempted == 0) {
      scheduleWaiting(budget);
    }
    if (!step.batch.isEmpty()) {
      step.durationNanos =
          spec.stepNanos(step.prefillTokens, step.decodeSequences, step.contextTokens);
    }
    return step;
  }

  /** Hands out the tokens of the scheduled step, at the time of its end. */
  public Step complete() {
    if (!inFlight) {
      throw new IllegalStateException("No step is scheduled.");
    }
    inFlight = false;
    long end = step.startNanos + step.durationNanos;
    for (EngineRequest request : step.batch) {
      if (request.state != EngineRequest.State.RUNNING || request.computed < request.length) {
        continue;
      }
      request.generate();
      if (request.firstToken < 0) {
        request.firstToken = end;
      }
      if (request.state == EngineRequest.State.RUNNING && request.length >= spec.maxModelLength()) {
        request.state = EngineRequest.State.LENGTH;
      }
      step.produced.add(request);
      if (request.state.ended()) {
        request.ended = end;
        release(request);
        step.finished.add(request);
      }
    }
    if (!step.finished.isEmpty()) {
      running.removeIf(request -> request.state != EngineRequest.State.RUNNING);
    }
    return step;
  }

  private int scheduleRunning(int tokens) {
    int budget = tokens;
    for (int i = 0; i < running.size() && budget > 0; i++) {
      EngineRequest request = running.get(i);
      int fresh = Math.min(request.length - request.computed, budget);
      boolean fits = fits(request, fresh);
      while (!fits) {
        EngineRequest victim = running.removeLast();
        preempt(victim);
        if (victim == request) {
          break;
        }
        fits = fits(request, fresh);
      }
      if (!fits) {
        break;
      }
      enter(request, fresh);
      budget -= fresh;
    }
    return budget;
  }

  private void scheduleWaiting(int tokens) {
    int budget = tokens;
    while (budget > 0 && running.size() < spec.maxSequences()) {
      EngineRequest request = waiting.peekFirst();
      if (request == null) {
        break;
      }
      String lora = request.lora();
      if (!lora.isEmpty() && adapters.size() == spec.maxLoras() && !adapters.contains(lora)) {
        skipped.add(waiting.removeFirst());
        continue;
      }
      int hits = lookup(request);
      if (blocksOf(request.length) - ownHits + idleHits > pool.free()) {
        break;
      }
      waiting.removeFirst();
      take(request, hits);
      int fresh = Math.min(request.length - request.computed, budget);
      running.add(request);
      request.state = EngineRequest.State.RUNNING;
      enter(request, fresh);
      budget -= fresh;
    }
    for (int i = skipped.size() - 1; i >= 0; i--) {
      waiting.addFirst(skipped.get(i));
    }
    skipped.clear();
  }

  /**
   * How many leading blocks are cached, and in {@link #found} where: a block, or a negative number
   * when only the pooled cache has it. Taking those that nobody references uses up free blocks too.
   */
  private int lookup(EngineRequest request) {
    int most = request.readsCache() ? (request.length - 1) / spec.blockSize() : 0;
    ownHits = 0;
    idleHits = 0;
    int hits = 0;
    while (hits < most) {
      long hash = request.hash(hits, spec.blockSize());
      int block = pool.find(hash);
      if (block >= 0) {
        ownHits++;
        idleHits += pool.references(block) == 0 ? 1 : 0;
      } else if (!pooled.holds(hash)) {
        break;
      }
      if (hits == found.length) {
        found = Arrays.copyOf(found, 2 * hits);
      }
      found[hits++] = block;
    }
    return hits;
  }

  private void take(EngineRequest request, int hits) {
    for (int i = 0; i < hits; i++) {
      if (found[i] >= 0) {
        pool.take(found[i]);
      }
    }
    for (int i = 0; i < hits; i++) {
      if (found[i] >= 0) {
        request.addBlock(found[i]);
      } else {
        request.addBlock(pool.pop());
        pool.publish(request.blocks[i], request.hashes[i]);
        observer.stored(request, i, i + 1);
      }
    }
    pooled.use(request.hashes, 0, hits);
    if (hits > 0 && request.reportsHits()) {
      observer.found(request, hits);
    }
    request.published = hits;
    request.computed = hits * spec.blockSize();
    if (request.scheduled < 0) {
      request.scheduled = step.startNanos;
      request.cachedTokens = request.computed;
      queriedTokens += request.length;
      hitTokens += request.computed;
    }
  }

  private boolean fits(EngineRequest request, int fresh) {
    return blocksOf(request.computed + fresh) - request.blockCount <= pool.free();
  }

  private void enter(EngineRequest request, int fresh) {
    int size = spec.blockSize();
    boolean decodes = request.outputTokens() > 0 && request.length - request.computed == 1;
    request.computed += fresh;
    for (int need = blocksOf(request.computed); request.blockCount < need; ) {
      request.addBlock(pool.pop());
    }
    int from = request.published;
    for (int full = request.computed / size; request.published < full; request.published++) {
      pool.publish(request.blocks[request.published], request.hash(request.published, size));
    }
    if (from < request.published) {
      pooled.use(request.hashes, from, request.published);
      observer.stored(request, from, request.published);
    }
    if (decodes) {
      step.decodeSequences++;
      step.contextTokens += request.length;
    } else {
      step.prefillTokens += fresh;
    }
    if (!request.lora().isEmpty()) {
      adapters.add(request.lora());
    }
    step.batch.add(request);
  }

  private void preempt(EngineRequest request) {
    release(request);
    request.computed = 0;
    request.state = EngineRequest.State.WAITING;
    request.preemptions++;
    waiting.addFirst(request);
    step.preempted++;
    preemptions++;
  }

  private void release(EngineRequest request) {
    pool.release(request.blocks, request.blockCount);
    request.blockCount = 0;
    request.published = 0;
  }

  private int blocksOf(int tokens) {
    return (tokens + spec.blockSize() - 1) / spec.blockSize();
  }

  /** Empties the cache, unless a block is in use; whether it did. */
  public boolean resetCache() {
    boolean done = pool.reset();
    if (done) {
      observer.cleared();
    }
    return done;
  }

  /** What is cached: how many blocks hold each hash. */
  public Map<Long, Integer> cached() {
    return pool.cached();
  }

  /** Whether a lookup would find a block of that hash now. */
  public boolean holds(long hash) {
    return pool.find(hash) >= 0 || pooled.holds(hash);
  }

  /** Whether nobody runs or waits. */
  public boolean idle() {
    return running.isEmpty() && waiting.isEmpty();
  }

  /** How many requests are in the batch. */
  public int running() {
    return running.size();
  }

  /** How many requests are in the queue. */
  public int waiting() {
    return waiting.size();
  }

  /** The adapters of the requests in the batch. */
  public Set<String> runningAdapters() {
    return adaptersOf(running);
  }

  /** The adapters of the requests in the queue. */
  public Set<String> waitingAdapters() {
    return adaptersOf(waiting);
  }

  private static Set<String> adaptersOf(Iterable<EngineRequest> requests) {
    Set<String> names = new HashSet<>();
    for (EngineRequest request : requests) {
      if (!request.lora().isEmpty()) {
        names.add(request.lora());
      }
    }
    return names;
  }

  /** The share of the usable blocks that are referenced, from 0 to 1. */
  public double kvUsage() {
    return 1 - (double) pool.free() / pool.usable();
  }

  /** How many blocks nobody references, cached or not. */
  public int freeBlocks() {
    return pool.free();
  }

  /** The tokens looked up in the prefix cache so far. */
  public long queriedTokens() {
    return queriedTokens;
  }

  /** The tokens found in it so far. */
  public long hitTokens() {
    return hitTokens;
  }

  /** The preemptions so far. */
  public long preemptions() {
    return preemptions;
  }

  /** The cached blocks that made room so far. */
  public long evictions() {
    return pool.evictions();
  }
}

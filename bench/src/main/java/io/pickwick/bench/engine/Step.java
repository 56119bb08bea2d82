package io.pickwick.bench.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * One pass of an engine over its batch: who is in it, how long it takes, what comes out.
 *
 * <p>The engine reuses it: what it says holds until the next step is scheduled. {@link #produced}
 * and {@link #finished} are empty until the step is completed.
 */
public final class Step {
  final List<EngineRequest> batch = new ArrayList<>();
  final List<EngineRequest> produced = new ArrayList<>();
  final List<EngineRequest> finished = new ArrayList<>();
  long startNanos;
  long durationNanos;
  int prefillTokens;
  int decodeSequences;
  long contextTokens;
  int preempted;

  Step() {}

  void reset(long now) {
    batch.clear();
    produced.clear();
    finished.clear();
    startNanos = now;
    durationNanos = 0;
    prefillTokens = 0;
    decodeSequences = 0;
    contextTokens = 0;
    preempted = 0;
  }

  /** Whether there was nothing to compute. */
  public boolean idle() {
    return batch.isEmpty();
  }

  /** When it began, by the engine's clock. */
  public long startNanos() {
    return startNanos;
  }

  /** How long it takes; 0 when idle. */
  public long durationNanos() {
    return durationNanos;
  }

  /** The prompt tokens computed. */
  public int prefillTokens() {
    return prefillTokens;
  }

  /** The sequences that decode a token. */
  public int decodeSequences() {
    return decodeSequences;
  }

  /** The context that those sequences read. */
  public long contextTokens() {
    return contextTokens;
  }

  /** How many sequences lost their blocks. */
  public int preempted() {
    return preempted;
  }

  /** The requests that got one token each. */
  public List<EngineRequest> produced() {
    return Collections.unmodifiableList(produced);
  }

  /** The requests among {@link #produced} that ended with that token. */
  public List<EngineRequest> finished() {
    return Collections.unmodifiableList(finished);
  }
}

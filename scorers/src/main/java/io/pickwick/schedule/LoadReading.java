package io.pickwick.schedule;

import org.jspecify.annotations.Nullable;

/** A consistent copy of one endpoint's load; a scratch object of one thread. */
final class LoadReading {
  long version;
  int inFlight;
  int detached;
  int decoding;
  int delta;
  long requests;
  long dispatched;
  long prefillingTokens;
  double queuedTokens;
  double prefillRate;
  boolean reachable;
  @Nullable Gauges gauges;

  LoadSnapshot toSnapshot() {
    Gauges told = gauges;
    return new LoadSnapshot(
        inFlight,
        detached,
        decoding,
        requests,
        dispatched,
        prefillingTokens,
        queuedTokens,
        prefillRate,
        Math.max(0, (told == null ? 0 : told.waiting()) + delta),
        Math.max(0, (told == null ? 0 : told.running()) + delta));
  }
}

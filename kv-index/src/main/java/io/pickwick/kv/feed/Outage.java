package io.pickwick.kv.feed;

import java.util.Optional;

/** Something that keeps events away, from when it begins until it is over; any thread. */
final class Outage {
  private String what = "";
  private long sinceNanos;
  private boolean told;

  /** It is so now; if it was so already, only the words may be others. */
  synchronized void is(String what, long nowNanos) {
    if (this.what.isEmpty()) {
      sinceNanos = nowNanos;
      told = false;
    }
    this.what = what;
  }

  synchronized void over() {
    what = "";
  }

  /** What it is; empty when all is well. */
  synchronized String what() {
    return what;
  }

  /** What it is once it has lasted, and only the first time that this is asked. */
  synchronized Optional<String> news(long nowNanos, long patienceNanos) {
    if (what.isEmpty() || told || nowNanos - sinceNanos < patienceNanos) {
      return Optional.empty();
    }
    told = true;
    return Optional.of(what);
  }
}

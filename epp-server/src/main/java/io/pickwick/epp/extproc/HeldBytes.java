package io.pickwick.epp.extproc;

import java.util.concurrent.atomic.AtomicLong;

/** Counts the bytes of all bodies held at once and keeps them under a limit. */
final class HeldBytes {
  private final long limit;
  private final AtomicLong held = new AtomicLong();

  HeldBytes(long limit) {
    this.limit = limit;
  }

  /** Takes so many bytes if they fit under the limit. */
  boolean take(long bytes) {
    if (held.addAndGet(bytes) <= limit) {
      return true;
    }
    held.addAndGet(-bytes);
    return false;
  }

  void giveBack(long bytes) {
    held.addAndGet(-bytes);
  }

  long held() {
    return held.get();
  }
}

package io.pickwick.kv.zmtp;

import java.util.concurrent.atomic.AtomicLong;

/** The bytes that messages not yet complete may take, over many connections. Any thread. */
public final class Budget {
  private final long most;
  private final AtomicLong taken = new AtomicLong();

  /** A budget of so many bytes. */
  public Budget(long most) {
    this.most = most;
  }

  /** Takes some, or none when there are not so many left. */
  boolean take(long bytes) {
    if (taken.addAndGet(bytes) > most) {
      taken.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  void give(long bytes) {
    taken.addAndGet(-bytes);
  }

  /** How many bytes are taken now. */
  public long taken() {
    return taken.get();
  }
}

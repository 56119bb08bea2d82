package io.pickwick.schedule;

/**
 * Requests whose end nobody will report, counted by when they were let go.
 *
 * <p>At most {@value #BUCKETS} groups are kept; more are merged into the newest, whose requests
 * then live a little longer. Guarded by the endpoint's seqlock.
 */
final class DetachedRequests {
  static final int BUCKETS = 32;

  private final long ttl;
  private final long[] first = new long[BUCKETS];
  private final long[] last = new long[BUCKETS];
  private final int[] counts = new int[BUCKETS];
  private int head;
  private int size;
  private int count;
  private boolean closed = true;

  DetachedRequests(long ttlNanos) {
    this.ttl = ttlNanos;
  }

  int count() {
    return count;
  }

  /** Whether some have outlived their time; may be asked while a writer is inside. */
  boolean expired(long nanos) {
    return size > 0 && nanos - last[head & (BUCKETS - 1)] >= ttl;
  }

  void add(long nanos) {
    expire(nanos);
    int newest = (head + size - 1) & (BUCKETS - 1);
    boolean open = size > 0 && !closed && nanos - first[newest] < ttl / (BUCKETS - 1);
    if (!open && size < BUCKETS) {
      newest = (head + size) & (BUCKETS - 1);
      first[newest] = nanos;
      last[newest] = nanos;
      counts[newest] = 0;
      size++;
      closed = false;
    }
    counts[newest]++;
    last[newest] = nanos - last[newest] > 0 ? nanos : last[newest];
    count++;
  }

  /** Nothing that comes later may join a group that is there now. */
  void close() {
    closed = true;
  }

  void forgetUntil(long nanos) {
    while (size > 0 && last[head] - nanos <= 0) {
      drop();
    }
  }

  void expire(long nanos) {
    while (size > 0 && nanos - last[head] >= ttl) {
      drop();
    }
  }

  private void drop() {
    count -= counts[head];
    head = (head + 1) & (BUCKETS - 1);
    size--;
  }
}

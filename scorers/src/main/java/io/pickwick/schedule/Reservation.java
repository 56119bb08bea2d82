package io.pickwick.schedule;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * One request's share of an endpoint's load, from its pick to its end.
 *
 * <p>Safe for concurrent use. Each of its events counts once, and none after the end.
 */
public final class Reservation {
  private static final int RESERVED = 0;
  private static final int DECODING = 1;
  private static final int ENDED = 2;
  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Reservation.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Endpoint endpoint;
  private final int uncachedTokens;
  private final long reservedNanos;
  private long ticket;
  private volatile int state;

  Reservation(Endpoint endpoint, int uncachedTokens, long reservedNanos) {
    this.endpoint = endpoint;
    this.uncachedTokens = uncachedTokens;
    this.reservedNanos = reservedNanos;
  }

  /** Whose load it is. */
  public Endpoint endpoint() {
    return endpoint;
  }

  /** Prompt tokens that the endpoint has to work through for it. */
  public int uncachedTokens() {
    return uncachedTokens;
  }

  /** When it was made. */
  public long reservedNanos() {
    return reservedNanos;
  }

  /** The first generated token came: the prompt is done. */
  public void firstToken(long nanos) {
    if (STATE.compareAndSet(this, RESERVED, DECODING)) {
      endpoint.load().firstToken(this, nanos);
    }
  }

  /** The request ended, in whatever way. */
  public void release(long nanos) {
    int before = (int) STATE.getAndSet(this, ENDED);
    if (before != ENDED) {
      endpoint.load().release(this, before == DECODING, nanos);
    }
  }

  /** The request goes on, but its end will not be seen. */
  public void detach(long nanos) {
    int before = (int) STATE.getAndSet(this, ENDED);
    if (before != ENDED) {
      endpoint.load().detach(this, before == DECODING, nanos);
    }
  }

  /** Whether it was released or detached. */
  public boolean ended() {
    return state == ENDED;
  }

  long ticket() {
    return ticket;
  }

  void ticket(long value) {
    ticket = value;
  }
}

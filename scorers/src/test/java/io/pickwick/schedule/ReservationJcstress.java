package io.pickwick.schedule;

import static io.pickwick.schedule.Pods.pod;
import static io.pickwick.schedule.Pods.reserve;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;

/**
 * Two events of one reservation at the same time: it counts once in each place and leaves nothing.
 *
 * <p>Results are the endpoint's requests in flight, those decoding, the tokens that wait for their
 * first token, and its detached requests, when both events are over.
 */
public final class ReservationJcstress {
  private static final int TOKENS = 100;

  private ReservationJcstress() {}

  /** One request on one endpoint, and what is left of it. */
  public abstract static class OneRequest {
    private final Endpoint pod = pod(0);
    final Reservation reservation = reserve(pod, TOKENS, 0);

    final void left(IIII_Result r) {
      LoadSnapshot load = pod.load().snapshot(0);
      r.r1 = load.inFlight();
      r.r2 = load.decoding();
      r.r3 = (int) load.prefillingTokens();
      r.r4 = load.detached();
    }
  }

  /** The first token races with the end. */
  @JCStressTest
  @Outcome(id = "0, 0, 0, 0", expect = ACCEPTABLE, desc = "nothing is left")
  @Outcome(expect = FORBIDDEN, desc = "a leak, or counted twice")
  @State
  public static class FirstTokenBesideRelease extends OneRequest {
    @Actor
    public void firstToken() {
      reservation.firstToken(0);
    }

    @Actor
    public void release() {
      reservation.release(0);
    }

    @Arbiter
    public void end(IIII_Result r) {
      left(r);
    }
  }

  /** The first token races with being let go. */
  @JCStressTest
  @Outcome(id = "0, 0, 0, 1", expect = ACCEPTABLE, desc = "detached once")
  @Outcome(expect = FORBIDDEN, desc = "a leak, or counted twice")
  @State
  public static class FirstTokenBesideDetach extends OneRequest {
    @Actor
    public void firstToken() {
      reservation.firstToken(0);
    }

    @Actor
    public void detach() {
      reservation.detach(0);
    }

    @Arbiter
    public void end(IIII_Result r) {
      left(r);
    }
  }

  /** Two ends of different kinds: one of them counts. */
  @JCStressTest
  @Outcome(id = "0, 0, 0, 0", expect = ACCEPTABLE, desc = "released")
  @Outcome(id = "0, 0, 0, 1", expect = ACCEPTABLE, desc = "detached")
  @Outcome(expect = FORBIDDEN, desc = "a leak, or both ends counted")
  @State
  public static class ReleaseBesideDetach extends OneRequest {
    @Actor
    public void release() {
      reservation.release(0);
    }

    @Actor
    public void detach() {
      reservation.detach(0);
    }

    @Arbiter
    public void end(IIII_Result r) {
      left(r);
    }
  }

  /** Two ends of the same kind: one of them counts. */
  @JCStressTest
  @Outcome(id = "0, 0, 0, 0", expect = ACCEPTABLE, desc = "released once")
  @Outcome(id = "-1, .*", expect = FORBIDDEN, desc = "released twice")
  @Outcome(expect = FORBIDDEN, desc = "a leak")
  @State
  public static class ReleaseTwice extends OneRequest {
    @Actor
    public void first() {
      reservation.release(0);
    }

    @Actor
    public void second() {
      reservation.release(0);
    }

    @Arbiter
    public void end(IIII_Result r) {
      left(r);
    }
  }
}

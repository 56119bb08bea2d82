package io.pickwick.schedule;

import static io.pickwick.schedule.Pods.gauges;
import static io.pickwick.schedule.Pods.pod;
import static io.pickwick.schedule.Pods.reserve;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIJ_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.IJ_Result;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/**
 * An endpoint's load between two racing threads: what the seqlock promises.
 *
 * <p>Two actors each, so that every test runs on two cores.
 */
public final class EndpointLoadJcstress {
  private static final int TOKENS = 100;

  private EndpointLoadJcstress() {}

  private static LoadReading read(Endpoint pod) {
    LoadReading reading = new LoadReading();
    pod.load().read(0, reading);
    return reading;
  }

  /** The requests in flight and the tokens dispatched are of one version. */
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "read before the reservation")
  @Outcome(id = "1, 100", expect = ACCEPTABLE, desc = "read after the reservation")
  @Outcome(id = "1, 0", expect = FORBIDDEN, desc = "torn: the request without its tokens")
  @Outcome(id = "0, 100", expect = FORBIDDEN, desc = "torn: the tokens without their request")
  @Outcome(expect = FORBIDDEN, desc = "values that never were")
  @State
  public static class ReadBesideReserve {
    private final Endpoint pod = pod(0);
    private final Reservation reservation = new Reservation(pod, TOKENS, 0);

    @Actor
    public void writer() {
      pod.load().reserve(reservation);
    }

    @Actor
    public void reader(IJ_Result r) {
      LoadReading reading = read(pod);
      r.r1 = reading.inFlight;
      r.r2 = reading.dispatched;
    }
  }

  /** A request is either waiting for its first token, with its tokens, or decoding. */
  @JCStressTest
  @Outcome(id = "0, 100", expect = ACCEPTABLE, desc = "read before the first token")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "read after the first token")
  @Outcome(id = "1, 100", expect = FORBIDDEN, desc = "torn: counted in both phases")
  @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "torn: counted in neither phase")
  @Outcome(expect = FORBIDDEN, desc = "values that never were")
  @State
  public static class ReadBesideFirstToken {
    private final Endpoint pod = pod(0);
    private final Reservation reservation = reserve(pod, TOKENS, 0);

    @Actor
    public void writer() {
      reservation.firstToken(0);
    }

    @Actor
    public void reader(IJ_Result r) {
      LoadReading reading = read(pod);
      r.r1 = reading.decoding;
      r.r2 = reading.prefillingTokens;
    }
  }

  /** A request of ours is counted by us until a scrape tells of it, and by the scrape from then. */
  @JCStressTest
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "read before the scrape")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "read after the scrape")
  @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "torn: counted by us and by the scrape")
  @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "torn: counted by nobody")
  @Outcome(expect = FORBIDDEN, desc = "values that never were")
  @State
  public static class ReadBesideScrape {
    private final Endpoint pod = pod(0);

    public ReadBesideScrape() {
      reserve(pod, TOKENS, 0);
      pod.load().scrapeBegins(0);
    }

    @Actor
    public void scraper() {
      pod.load().observe(gauges(0, 0, 1, 0));
    }

    @Actor
    public void reader(II_Result r) {
      LoadReading reading = read(pod);
      Gauges told = reading.gauges;
      r.r1 = told == null ? 0 : told.running();
      r.r2 = reading.delta;
    }
  }

  /** Of two picks that saw the same version exactly one is counted. */
  @JCStressTest
  @Outcome(id = "true, false, 1", expect = ACCEPTABLE, desc = "the first won")
  @Outcome(id = "false, true, 1", expect = ACCEPTABLE, desc = "the second won")
  @Outcome(id = "true, true, .*", expect = FORBIDDEN, desc = "both won: the burst herds")
  @Outcome(id = "false, false, .*", expect = FORBIDDEN, desc = "both lost though nothing changed")
  @Outcome(expect = FORBIDDEN, desc = "what was counted is not what was answered")
  @State
  public static class TwoReserveWhatTheySaw {
    private final Endpoint pod = pod(0);
    private final long seen = read(pod).version;

    @Actor
    public void first(ZZI_Result r) {
      r.r1 = pod.load().tryReserve(seen, new Reservation(pod, TOKENS, 0));
    }

    @Actor
    public void second(ZZI_Result r) {
      r.r2 = pod.load().tryReserve(seen, new Reservation(pod, TOKENS, 0));
    }

    @Arbiter
    public void end(ZZI_Result r) {
      r.r3 = read(pod).inFlight;
    }
  }

  /** Writers exclude each other: no update is lost, and each gets a ticket of its own. */
  @JCStressTest
  @Outcome(id = "100, 200, 2", expect = ACCEPTABLE, desc = "the first came first")
  @Outcome(id = "200, 100, 2", expect = ACCEPTABLE, desc = "the second came first")
  @Outcome(id = "100, 100, .*", expect = FORBIDDEN, desc = "both hold the same ticket")
  @Outcome(expect = FORBIDDEN, desc = "a lost update")
  @State
  public static class TwoReserve {
    private final Endpoint pod = pod(0);

    @Actor
    public void first(IIJ_Result r) {
      r.r1 = (int) reserve(pod, TOKENS, 0).ticket();
    }

    @Actor
    public void second(IIJ_Result r) {
      r.r2 = (int) reserve(pod, TOKENS, 0).ticket();
    }

    @Arbiter
    public void end(IIJ_Result r) {
      r.r3 = read(pod).inFlight;
    }
  }
}

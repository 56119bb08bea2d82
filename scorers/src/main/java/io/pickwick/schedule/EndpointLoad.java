package io.pickwick.schedule;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * How busy one endpoint is: what it last told, and what we sent since.
 *
 * <p>Safe for concurrent use. All times are nanoseconds on one clock, tokens are prompt tokens.
 */
public final class EndpointLoad {
  /*
   * A seqlock. The version is even at rest and odd while a writer is inside; a reader copies the
   * fields between two looks at it and starts over when it moved. It is the lock as well: a writer
   * enters by a compare-and-set from the even version it saw to the next odd one. So "pick and
   * reserve in one step" is that compare-and-set with the version the pick was based on: it fails
   * exactly when somebody else changed this endpoint in between. Memory ordering is that of
   * StampedLock: acquire before the reads and a load fence after them; a store fence after the
   * version became odd and release when it becomes even. Writers hold it for a few dozen
   * instructions and never block inside.
   *
   * The prompt tokens queued at the endpoint are a virtual first-come-first-served queue that
   * drains at three quarters of the prefill rate: requests that decode share its steps, and to
   * think a queue gone too early costs a whole wait, too late only a second choice. A reservation
   * adds its uncached tokens and keeps as its ticket the tokens ever dispatched, its own included.
   * Its first token proves that everything up to its ticket is done, so no more than (dispatched -
   * ticket) can be left. What nobody will report on (detached requests) is left to drain by time
   * alone.
   *
   * The prefill rate is measured between the first tokens of two requests where the second was
   * already waiting when the first came, so the engine did nothing but work through the tokens
   * between their tickets. What comes from the same engine step as the second was worked through
   * in the same time. Few tokens say only how long a step lasts. The rate is all tokens over all
   * time, the older ones counting less: first tokens are told late and in bunches, and a mean of
   * rates would take the bunches for speed. No sample counts more than all before it, since an
   * engine may have stood still.
   *
   * Only where requests queue is anything measured, so what an endpoint was measured at depends on
   * what was sent there. Were that taken for its speed, one found a little faster would be sent
   * more, be measured more, and in the end do the work of several; one found slow would never be
   * measured again. So an endpoint has the rate of the fleet but for what its own samples prove:
   * they count as they are many, and a difference of a quarter counts as none.
   */

  /** How long a request that nobody will report on counts when no scrape takes it over. */
  public static final long DETACHED_NANOS = 60_000_000_000L;

  static final int FAILURES = 5;
  static final long EJECTED_NANOS = 1_000_000_000L;
  static final long EJECTED_MOST_NANOS = 30_000_000_000L;
  static final int EJECTED_DOUBLINGS = 5;

  static final double MIN_RATE = 500;
  static final double MAX_RATE = 2_000_000;
  static final double KEPT = 0.8;
  static final double ASSUMED_NANOS = 200_000_000;
  static final long SAME_STEP_NANOS = 5_000_000L;
  static final long BULK_TOKENS = 512;
  static final double DRAINED = 0.75;
  static final double DOUBT_SAMPLES = 8;
  static final double EQUAL = 1.25;

  private static final VarHandle VERSION;

  static {
    try {
      VERSION = MethodHandles.lookup().findVarHandle(EndpointLoad.class, "version", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("UnusedVariable") // through VERSION only
  private long version;

  private int inFlight;
  private int prefilling;
  private int decoding;
  private final DetachedRequests detached;
  private long requests;
  private long dispatched;
  private long prefillingTokens;
  private double queued;
  private double unseen;
  private long anchor;
  private boolean anchored;

  private final FleetRate fleet;
  private long done;
  private long markTicket;
  private long markNanos;
  private boolean marked;
  private double sampleTokens;
  private double sampleNanos;
  private double sampleWeight;
  private boolean sampling;
  private boolean sampled;
  private double rateTokens;
  private double rateNanos = ASSUMED_NANOS;
  private double ownRate;
  private double freshTokens;
  private double freshNanos;
  private int rateSamples;

  private boolean scraping;
  private long scrapeBegan;
  private int inFlightAtBegin;
  private int baseline;

  private volatile @Nullable Gauges gauges;
  private volatile boolean reachable = true;
  private final AtomicInteger failures = new AtomicInteger();
  private volatile boolean ejected;
  private volatile long ejectedUntil;
  private boolean doubted;
  private long doubtedNanos;

  /** The load of an endpoint that nothing was sent to yet, alone in its fleet. */
  public EndpointLoad() {
    this(new FleetRate());
  }

  /** The same, in a fleet. */
  public EndpointLoad(FleetRate fleet) {
    this(fleet, DETACHED_NANOS);
  }

  /** As above, with another time to live for detached requests. */
  public EndpointLoad(FleetRate fleet, long detachedNanos) {
    this.fleet = fleet;
    this.detached = new DetachedRequests(detachedNanos);
  }

  // What the scraper tells.

  /** A scrape's request is about to be sent; called by the endpoint's scraper alone. */
  public void scrapeBegins(long nanos) {
    lock();
    scraping = true;
    scrapeBegan = nanos;
    inFlightAtBegin = inFlight;
    detached.close();
    unlock();
  }

  /** Takes in what a scrape said; called by the endpoint's scraper alone. */
  public void observe(Gauges told) {
    lock();
    long began = scraping ? scrapeBegan : told.observedNanos();
    baseline = scraping ? inFlightAtBegin : inFlight;
    scraping = false;
    detached.forgetUntil(began);
    gauges = told;
    if (!doubted || began - doubtedNanos >= 0) {
      doubted = false;
      reachable = true;
    }
    unlock();
  }

  /** The endpoint did not answer its last scrape; called by the endpoint's scraper alone. */
  public void unreachable(long nanos) {
    doubt(nanos);
  }

  /** A response seems not to have come from this endpoint though it was picked. */
  public void suspect(long nanos) {
    doubt(nanos);
  }

  /**
   * A response of its own was a server error. From the {@value #FAILURES}th in a row on it counts
   * as unreachable for a second, and twice as long for each further one, up to half a minute:
   * errors come fast, so an endpoint that answers nothing else would look idle and draw every
   * request.
   */
  public void failed(long nanos) {
    int row = failures.incrementAndGet();
    if (row >= FAILURES) {
      long pause = EJECTED_NANOS << Math.min(row - FAILURES, EJECTED_DOUBLINGS);
      ejectedUntil = nanos + Math.min(pause, EJECTED_MOST_NANOS);
      ejected = true;
    }
  }

  /** A response of its own was no server error. */
  public void succeeded() {
    if (failures.get() != 0) {
      failures.set(0);
      ejected = false;
    }
  }

  private void doubt(long nanos) {
    lock();
    doubted = true;
    doubtedNanos = nanos;
    reachable = false;
    unlock();
  }

  // What is known.

  /** Whether no scrape failed and no response cast doubt since the last scrape that went well. */
  public boolean reachable() {
    return reachable;
  }

  /** Whether it is left alone for now because it answered nothing but server errors. */
  public boolean ejected(long nowNanos) {
    return ejected && nowNanos - ejectedUntil < 0;
  }

  /** What the last good scrape said. */
  public Optional<Gauges> gauges() {
    return Optional.ofNullable(gauges);
  }

  /** When the last good scrape's answer was complete; zero before the first. */
  public long toldNanos() {
    Gauges told = gauges;
    return told == null ? 0 : told.observedNanos();
  }

  /** How old the last good scrape is; {@link Long#MAX_VALUE} before the first. */
  public long age(long nowNanos) {
    Gauges told = gauges;
    return told == null ? Long.MAX_VALUE : Math.max(0, nowNanos - told.observedNanos());
  }

  /** Everything counted, at one moment. */
  public LoadSnapshot snapshot(long nowNanos) {
    LoadReading reading = new LoadReading();
    read(nowNanos, reading);
    return reading.toSnapshot();
  }

  /** Copies everything that a scorer may ask for, consistently. */
  void read(long nowNanos, LoadReading into) {
    for (int spins = 0; ; spins++) {
      long before = (long) VERSION.getAcquire(this);
      if ((before & 1) != 0) {
        pause(spins);
        continue;
      }
      boolean expired = detached.expired(nowNanos);
      into.version = before;
      into.inFlight = inFlight;
      into.detached = detached.count();
      // A first token that races with its request's end may be counted after it.
      into.decoding = Math.max(0, decoding);
      into.delta = inFlight + into.detached - baseline;
      into.requests = requests;
      into.dispatched = dispatched;
      into.prefillingTokens = prefillingTokens;
      into.prefillRate = rate();
      double left = queued;
      long since = nowNanos - anchor;
      into.gauges = gauges;
      VarHandle.acquireFence();
      if ((long) VERSION.getOpaque(this) != before) {
        pause(spins);
        continue;
      }
      if (expired) {
        expire(nowNanos);
        continue;
      }
      double drained = DRAINED * into.prefillRate * since * 1e-9;
      into.queuedTokens = since > 0 ? Math.max(0, left - drained) : left;
      into.reachable = reachable && !ejected(nowNanos);
      return;
    }
  }

  private void expire(long nowNanos) {
    lock();
    detached.expire(nowNanos);
    unlock();
  }

  // What reservations tell.

  /** Counts a reservation unless this endpoint's load changed since {@code seen}. */
  boolean tryReserve(long seen, Reservation reservation) {
    if (!VERSION.compareAndSet(this, seen, seen + 1)) {
      return false;
    }
    VarHandle.storeStoreFence();
    enter(reservation);
    unlock();
    return true;
  }

  /** Counts a reservation whatever happened since it was decided. */
  void reserve(Reservation reservation) {
    lock();
    enter(reservation);
    unlock();
  }

  private void enter(Reservation reservation) {
    drain(reservation.reservedNanos());
    inFlight++;
    prefilling++;
    requests++;
    dispatched += reservation.uncachedTokens();
    prefillingTokens += reservation.uncachedTokens();
    queued += reservation.uncachedTokens();
    reservation.ticket(dispatched);
  }

  void firstToken(Reservation reservation, long nanos) {
    long ticket = reservation.ticket();
    lock();
    drain(nanos);
    prefilled(reservation);
    decoding++;
    freshTokens = 0;
    freshNanos = 0;
    measure(ticket, reservation.reservedNanos(), nanos);
    double tokens = freshTokens;
    double took = freshNanos;
    done = Math.max(done, ticket);
    queued = Math.min(queued, (double) (dispatched - ticket));
    settle();
    unlock();
    if (tokens > 0) {
      fleet.add(tokens, took);
    }
  }

  void release(Reservation reservation, boolean hadFirstToken, long nanos) {
    lock();
    drain(nanos);
    inFlight--;
    if (hadFirstToken) {
      decoding--;
    } else {
      prefilled(reservation);
      if (reservation.ticket() > done) {
        queued = Math.max(0, queued - reservation.uncachedTokens());
        marked = marked && reservation.ticket() <= markTicket;
      }
    }
    settle();
    unlock();
  }

  void detach(Reservation reservation, boolean hadFirstToken, long nanos) {
    lock();
    drain(nanos);
    inFlight--;
    if (hadFirstToken) {
      decoding--;
    } else {
      prefilled(reservation);
      unseen = Math.min(queued, unseen + reservation.uncachedTokens());
    }
    detached.add(nanos);
    settle();
    unlock();
  }

  private void drain(long nanos) {
    if (!anchored) {
      anchored = true;
      anchor = nanos;
    }
    long elapsed = nanos - anchor;
    if (elapsed > 0) {
      double tokens = DRAINED * rate() * elapsed * 1e-9;
      queued = Math.max(0, queued - tokens);
      unseen = Math.max(0, unseen - tokens);
      anchor = nanos;
    }
  }

  private void prefilled(Reservation reservation) {
    prefilling--;
    prefillingTokens -= reservation.uncachedTokens();
  }

  private void settle() {
    if (prefilling == 0) {
      queued = Math.min(queued, unseen);
    }
    unseen = Math.min(unseen, queued);
  }

  private void measure(long ticket, long reservedNanos, long nanos) {
    if (marked && ticket <= markTicket) {
      return;
    }
    boolean waited = marked && reservedNanos - markNanos <= 0;
    long tokens = ticket - markTicket;
    long elapsed = nanos - markNanos;
    markTicket = ticket;
    if (waited && elapsed < SAME_STEP_NANOS) {
      if (sampling) {
        sample(tokens);
      }
      return;
    }
    marked = true;
    markNanos = nanos;
    sampling = waited;
    if (waited) {
      sampled = false;
      sampleTokens = 0;
      sampleNanos = elapsed;
      sample(tokens);
    }
  }

  /** More tokens for the sample; it counts from the moment when they are many. */
  private void sample(long tokens) {
    sampleTokens += tokens;
    if (sampleTokens < BULK_TOKENS) {
      return;
    }
    double more = tokens;
    if (!sampled) {
      sampled = true;
      if (rateSamples == 0) {
        rateTokens = fleet.tokensPerSecond() * rateNanos * 1e-9;
      }
      rateSamples++;
      rateTokens *= KEPT;
      rateNanos *= KEPT;
      sampleWeight = Math.min(1, rateNanos / sampleNanos);
      more = sampleTokens;
      freshNanos = sampleWeight * sampleNanos;
    }
    freshTokens = sampleWeight * more;
    rateTokens += freshTokens;
    rateNanos += freshNanos;
    ownRate = rateTokens * 1e9 / rateNanos;
  }

  private double rate() {
    double common = fleet.tokensPerSecond();
    double samples = rateSamples;
    double relative = (ownRate * samples / common + DOUBT_SAMPLES) / (samples + DOUBT_SAMPLES);
    double speed =
        relative > EQUAL ? relative / EQUAL : relative * EQUAL < 1 ? relative * EQUAL : 1;
    return Math.clamp(common * speed, MIN_RATE, MAX_RATE);
  }

  private void lock() {
    for (int spins = 0; ; spins++) {
      long seen = (long) VERSION.getOpaque(this);
      if ((seen & 1) == 0 && VERSION.compareAndSet(this, seen, seen + 1)) {
        VarHandle.storeStoreFence();
        return;
      }
      pause(spins);
    }
  }

  private void unlock() {
    VERSION.setRelease(this, (long) VERSION.getOpaque(this) + 1);
  }

  private static void pause(int spins) {
    if (spins < 64) {
      Thread.onSpinWait();
    } else {
      Thread.yield();
    }
  }
}

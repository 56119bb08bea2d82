package io.pickwick.schedule;

import static io.pickwick.schedule.Pods.MS;
import static io.pickwick.schedule.Pods.SECOND;
import static io.pickwick.schedule.Pods.gauges;
import static io.pickwick.schedule.Pods.pod;
import static io.pickwick.schedule.Pods.reserve;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointLoadTest {
  private static final long T0 = 7 * SECOND;

  private final Endpoint pod = pod(0);
  private final EndpointLoad load = pod.load();
  private long later = T0;

  @Test
  void aReservationCountsAtOnce() {
    reserve(pod, 1000, T0);
    reserve(pod, 500, T0);
    LoadSnapshot now = load.snapshot(T0);
    assertThat(now.inFlight()).isEqualTo(2);
    assertThat(now.queuedTokens()).isEqualTo(1500);
    assertThat(now.prefillingTokens()).isEqualTo(1500);
    assertThat(now.dispatchedTokens()).isEqualTo(1500);
    assertThat(now.waiting()).isEqualTo(2);
    assertThat(now.running()).isEqualTo(2);
  }

  @Test
  void theQueueDrainsAtThreeQuartersOfThePrefillRateAndNeverBelowZero() {
    reserve(pod, 16_000, T0);
    assertThat(load.snapshot(T0 + SECOND / 4).queuedTokens()).isCloseTo(13_000, within(1e-6));
    assertThat(load.snapshot(T0 + 2 * SECOND).queuedTokens()).isZero();
    assertThat(load.snapshot(T0 + 9 * SECOND).queuedTokens()).isZero();
    assertThat(load.snapshot(T0 - SECOND).queuedTokens()).isEqualTo(16_000);
  }

  @Test
  void aFirstTokenProvesThatAllBeforeItIsDone() {
    reserve(pod, 10_000, T0);
    Reservation second = reserve(pod, 5_000, T0);
    reserve(pod, 300, T0);
    second.firstToken(T0 + MS);
    LoadSnapshot now = load.snapshot(T0 + MS);
    assertThat(now.queuedTokens()).isEqualTo(300);
    assertThat(now.decoding()).isEqualTo(1);
    assertThat(now.prefillingTokens()).isEqualTo(10_300);
  }

  @Test
  void aRequestThatGoesBeforeItsFirstTokenTakesItsTokensAlong() {
    reserve(pod, 1000, T0);
    Reservation gone = reserve(pod, 400, T0);
    gone.release(T0);
    assertThat(load.snapshot(T0).queuedTokens()).isEqualTo(1000);
    assertThat(load.snapshot(T0).inFlight()).isEqualTo(1);
  }

  @Test
  void tokensThatALaterFirstTokenProvedDoneAreNotTakenOffTwice() {
    Reservation first = reserve(pod, 1000, T0);
    Reservation second = reserve(pod, 1000, T0);
    reserve(pod, 700, T0);
    second.firstToken(T0);
    first.release(T0);
    assertThat(load.snapshot(T0).queuedTokens()).isEqualTo(700);
  }

  @Test
  void eachEventOfAReservationCountsOnce() {
    Reservation one = reserve(pod, 100, T0);
    reserve(pod, 100, T0);
    one.firstToken(T0);
    one.firstToken(T0);
    one.release(T0);
    one.release(T0);
    one.detach(T0);
    one.firstToken(T0);
    LoadSnapshot now = load.snapshot(T0);
    assertThat(now.inFlight()).isEqualTo(1);
    assertThat(now.decoding()).isZero();
    assertThat(now.detached()).isZero();
    assertThat(one.ended()).isTrue();
  }

  @Test
  void aScrapeCorrectsTheCountAndWhatWasSentSinceIsAddedToIt() {
    Reservation before = reserve(pod, 10, T0);
    load.scrapeBegins(T0 + MS);
    reserve(pod, 10, T0 + 2 * MS);
    load.observe(gauges(T0 + 3 * MS, 4, 9, 0.5));
    assertThat(load.snapshot(T0 + 3 * MS).waiting()).isEqualTo(5);
    assertThat(load.snapshot(T0 + 3 * MS).running()).isEqualTo(10);
    before.release(T0 + 4 * MS);
    assertThat(load.snapshot(T0 + 4 * MS).waiting()).isEqualTo(4);
    assertThat(load.age(T0 + 10 * MS)).isEqualTo(7 * MS);
  }

  @Test
  void theCorrectedCountIsNeverNegative() {
    List<Reservation> many = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      many.add(reserve(pod, 10, T0));
    }
    load.observe(gauges(T0, 0, 2, 0.5));
    many.forEach(each -> each.release(T0));
    assertThat(load.snapshot(T0).waiting()).isZero();
    assertThat(load.snapshot(T0).running()).isZero();
  }

  @Test
  void aDetachedRequestCountsUntilAScrapeThatBeganAfterIt() {
    Reservation one = reserve(pod, 10, T0);
    load.scrapeBegins(T0 + MS);
    one.detach(T0 + 2 * MS);
    load.observe(gauges(T0 + 3 * MS, 0, 1, 0.1));
    assertThat(load.snapshot(T0 + 3 * MS).detached()).isEqualTo(1);
    assertThat(load.snapshot(T0 + 3 * MS).running()).isEqualTo(1);
    load.scrapeBegins(T0 + 4 * MS);
    assertThat(load.snapshot(T0 + 4 * MS).detached()).isEqualTo(1);
    load.observe(gauges(T0 + 5 * MS, 0, 1, 0.1));
    assertThat(load.snapshot(T0 + 5 * MS).detached()).isZero();
    assertThat(load.snapshot(T0 + 5 * MS).running()).isEqualTo(1);
  }

  @Test
  void aFailedScrapeTakesNoDetachedRequestOver() {
    reserve(pod, 10, T0).detach(T0);
    load.scrapeBegins(T0 + MS);
    load.unreachable(T0 + 2 * MS);
    assertThat(load.snapshot(T0 + 2 * MS).detached()).isEqualTo(1);
  }

  @Test
  void aDetachedRequestIsForgottenAfterItsTimeWithoutAnyScrape() {
    for (int i = 0; i < 100; i++) {
      reserve(pod, 10, T0 + i * SECOND / 2).detach(T0 + i * SECOND / 2);
    }
    long last = T0 + 99 * SECOND / 2;
    assertThat(load.snapshot(T0 + 59 * SECOND).detached()).isEqualTo(100);
    assertThat(load.snapshot(T0 + 80 * SECOND).detached()).isBetween(55, 65);
    assertThat(load.snapshot(last + 60 * SECOND).detached()).isZero();
    assertThat(load.snapshot(last + 60 * SECOND).inFlight()).isZero();
  }

  @Test
  void tokensOfADetachedRequestDrainByTime() {
    reserve(pod, 16_000, T0).detach(T0);
    assertThat(load.snapshot(T0).queuedTokens()).isEqualTo(16_000);
    assertThat(load.snapshot(T0).prefillingTokens()).isZero();
    assertThat(load.snapshot(T0 + SECOND / 2).queuedTokens()).isCloseTo(10_000, within(1e-6));
    reserve(pod, 100, T0 + SECOND / 2).release(T0 + SECOND / 2);
    assertThat(load.snapshot(T0 + SECOND / 2).queuedTokens()).isCloseTo(10_000, within(1e-6));
  }

  @Test
  void theRateIsMeasuredBetweenFirstTokensWhileTheQueueIsBusy() {
    Reservation one = reserve(pod, 8000, T0);
    Reservation two = reserve(pod, 8000, T0);
    one.firstToken(T0 + 400 * MS);
    two.firstToken(T0 + 600 * MS);
    // 3,200 tokens in 200 ms are assumed, of which the fleet keeps 98 % and the endpoint 80 %;
    // 8,000 in 200 ms count four fifths, as much as what the endpoint has kept.
    double fleet = (3_136 + 6_400) / (0.196 + 0.16);
    assertThat(load.snapshot(T0 + SECOND).prefillRate()).isCloseTo(fleet, within(1e-6));
  }

  @Test
  void whatComesFromTheSameStepWasWorkedThroughInTheSameTime() {
    for (int i = 0; i < 100; i++) {
      long at = T0 + i * SECOND;
      Reservation before = reserve(pod, 1000, at);
      List<Reservation> step = new ArrayList<>();
      for (int j = 0; j < 8; j++) {
        step.add(reserve(pod, 100, at));
      }
      before.firstToken(at + 100 * MS);
      for (int j = 0; j < 8; j++) {
        step.get(j).firstToken(at + 140 * MS + j * MS / 4);
      }
      before.release(at + 200 * MS);
      step.forEach(one -> one.release(at + 200 * MS));
    }
    assertThat(load.snapshot(T0).prefillRate()).isCloseTo(800 / 0.04, within(500.0));
  }

  @Test
  void firstTokensThatAreToldInBunchesAreNotTakenForSpeed() {
    long at = T0;
    for (int i = 0; i < 100; i++) {
      Reservation one = reserve(pod, 1000, at);
      Reservation two = reserve(pod, 1000, at);
      Reservation three = reserve(pod, 1000, at);
      one.firstToken(at + 100 * MS);
      two.firstToken(at + 290 * MS);
      three.firstToken(at + 300 * MS);
      at += 300 * MS;
    }
    assertThat(load.snapshot(at).prefillRate()).isBetween(9_000.0, 12_000.0);
  }

  @Test
  void anEngineThatStoodStillIsNotSlowForLong() {
    long at = T0;
    for (int i = 0; i < 20; i++) {
      long took = i == 10 ? 60 * SECOND : 100 * MS;
      Reservation one = reserve(pod, 1000, at);
      Reservation two = reserve(pod, 1000, at);
      one.firstToken(at + 10 * MS);
      two.firstToken(at + 10 * MS + took);
      one.release(at + 10 * MS + took);
      two.release(at + 10 * MS + took);
      at += SECOND + took;
      if (i == 10) {
        assertThat(load.snapshot(at).prefillRate()).isGreaterThan(4_000);
      }
    }
    assertThat(load.snapshot(at).prefillRate()).isBetween(8_500.0, 10_500.0);
  }

  @Test
  void aRequestThatFoundTheQueueIdleSaysNothingOfTheRate() {
    Reservation one = reserve(pod, 8000, T0);
    one.firstToken(T0 + 400 * MS);
    Reservation two = reserve(pod, 8000, T0 + 500 * MS);
    two.firstToken(T0 + 600 * MS);
    assertThat(load.snapshot(T0 + SECOND).prefillRate()).isEqualTo(16_000);
  }

  @Test
  void twoFromTheSameStepAndSmallPromptsSayNothingOfTheRate() {
    Reservation one = reserve(pod, 8000, T0);
    Reservation two = reserve(pod, 8000, T0);
    Reservation three = reserve(pod, 20, T0);
    one.firstToken(T0 + 400 * MS);
    two.firstToken(T0 + 401 * MS);
    three.firstToken(T0 + 430 * MS);
    assertThat(load.snapshot(T0 + SECOND).prefillRate()).isEqualTo(16_000);
  }

  @Test
  void aCancelledRequestInBetweenSpoilsTheSample() {
    Reservation one = reserve(pod, 8000, T0);
    Reservation gone = reserve(pod, 100_000, T0);
    Reservation two = reserve(pod, 8000, T0);
    one.firstToken(T0 + 400 * MS);
    gone.release(T0 + 401 * MS);
    two.firstToken(T0 + 800 * MS);
    assertThat(load.snapshot(T0 + SECOND).prefillRate()).isEqualTo(16_000);
  }

  @Test
  void samplesOfTheRateAreClipped() {
    for (int i = 0; i < 200; i++) {
      long at = T0 + i * SECOND;
      Reservation one = reserve(pod, 10_000_000, at);
      Reservation two = reserve(pod, 10_000_000, at);
      one.firstToken(at + MS);
      two.firstToken(at + 7 * MS);
      one.release(at + 8 * MS);
      two.release(at + 8 * MS);
    }
    assertThat(load.snapshot(T0).prefillRate()).isCloseTo(2_000_000, within(1.0));
    assertThat(new EndpointLoad(new FleetRate(1)).snapshot(T0).prefillRate()).isEqualTo(500);
  }

  @Test
  void whatWasNeverMeasuredDoesAsTheFleet() {
    FleetRate fleet = new FleetRate();
    Endpoint busy = pod(1, Map.of(), fleet);
    Endpoint idle = pod(2, Map.of(), fleet);
    work(busy, 4_000, 100, 60);
    assertThat(idle.load().snapshot(T0).prefillRate())
        .isEqualTo(fleet.tokensPerSecond())
        .isCloseTo(40_000, within(2_000.0));
  }

  @Test
  void aQuarterFasterOrSlowerIsNoDifference() {
    FleetRate fleet = new FleetRate();
    Endpoint one = pod(1, Map.of(), fleet);
    Endpoint two = pod(2, Map.of(), fleet);
    for (int i = 0; i < 60; i++) {
      work(one, 4_500, 100, 1);
      work(two, 3_500, 100, 1);
    }
    double rate = one.load().snapshot(T0).prefillRate();
    assertThat(rate).isEqualTo(two.load().snapshot(T0).prefillRate());
    assertThat(rate).isCloseTo(40_000, within(2_000.0));
  }

  @Test
  void aMuchSlowerEndpointIsFoundOutByManySamples() {
    FleetRate fleet = new FleetRate();
    Endpoint fast = pod(1, Map.of(), fleet);
    Endpoint slow = pod(2, Map.of(), fleet);
    work(fast, 4_000, 100, 60);
    work(slow, 400, 100, 1);
    work(fast, 4_000, 100, 60);
    assertThat(slow.load().snapshot(T0).prefillRate())
        .as("after one sample")
        .isEqualTo(fleet.tokensPerSecond());
    for (int i = 0; i < 30; i++) {
      work(slow, 1_000, 250, 1);
      work(fast, 10_000, 250, 1);
    }
    double faster = fast.load().snapshot(T0).prefillRate();
    assertThat(slow.load().snapshot(T0).prefillRate()).isLessThan(faster / 2);
  }

  /** So often two requests, the second of which has its first token so long after the first. */
  private void work(Endpoint at, int tokens, int millis, int times) {
    for (int i = 0; i < times; i++) {
      Reservation one = reserve(at, tokens, later);
      Reservation two = reserve(at, tokens, later);
      one.firstToken(later);
      two.firstToken(later + millis * MS);
      later += SECOND;
      one.release(later);
      two.release(later);
    }
  }

  @Test
  void doubtLastsUntilAGoodScrapeThatBeganAfterIt() {
    assertThat(load.reachable()).isTrue();
    load.scrapeBegins(T0);
    load.suspect(T0 + MS);
    load.observe(gauges(T0 + 2 * MS, 0, 0, 0));
    assertThat(load.reachable()).isFalse();
    load.scrapeBegins(T0 + 3 * MS);
    load.observe(gauges(T0 + 4 * MS, 0, 0, 0));
    assertThat(load.reachable()).isTrue();
    load.scrapeBegins(T0 + 5 * MS);
    load.unreachable(T0 + 6 * MS);
    assertThat(load.reachable()).isFalse();
    load.scrapeBegins(T0 + 7 * MS);
    load.observe(gauges(T0 + 8 * MS, 0, 0, 0));
    assertThat(load.reachable()).isTrue();
  }

  @Test
  void beforeTheFirstScrapeNothingIsToldAndTheAgeIsEndless() {
    assertThat(load.gauges()).isEmpty();
    assertThat(load.age(T0)).isEqualTo(Long.MAX_VALUE);
    assertThat(load.toldNanos()).isZero();
  }

  @Test
  void aReservationFailsExactlyWhenTheLoadChangedSinceItWasRead() {
    LoadReading seen = new LoadReading();
    load.read(T0, seen);
    assertThat(load.tryReserve(seen.version, new Reservation(pod, 5, T0))).isTrue();
    assertThat(load.tryReserve(seen.version, new Reservation(pod, 5, T0))).isFalse();
    assertThat(load.snapshot(T0).inFlight()).isEqualTo(1);
    load.read(T0, seen);
    load.observe(gauges(T0, 0, 0, 0));
    assertThat(load.tryReserve(seen.version, new Reservation(pod, 5, T0))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void randomHistoriesMatchTheOracleAndEndAtZero(long seed) {
    Random random = new Random(seed);
    Oracle oracle = new Oracle();
    List<Reservation> open = new ArrayList<>();
    long now = T0;
    for (int step = 0; step < 3000; step++) {
      now += random.nextInt(20) * MS;
      int kind = random.nextInt(10);
      if (kind < 4 || open.isEmpty()) {
        Reservation made = reserve(pod, random.nextInt(2000), now);
        open.add(made);
        oracle.reserve(made, now);
      } else {
        Reservation one = open.get(random.nextInt(open.size()));
        if (kind < 7) {
          one.firstToken(now);
          oracle.firstToken(one, now, load.snapshot(now).prefillRate());
        } else {
          open.remove(one);
          one.release(now);
          oracle.release(one, now);
        }
      }
      oracle.pass(now);
      LoadSnapshot real = load.snapshot(now);
      assertThat(real.inFlight()).as("seed %s step %s", seed, step).isEqualTo(open.size());
      assertThat(real.decoding()).as("seed %s step %s", seed, step).isEqualTo(oracle.decoding());
      assertThat(real.prefillingTokens())
          .as("seed %s step %s", seed, step)
          .isEqualTo(oracle.prefillingTokens());
      assertThat(real.queuedTokens())
          .as("seed %s step %s", seed, step)
          .isCloseTo(oracle.queued, within(1e-3));
    }
    for (Reservation one : open) {
      one.release(now);
    }
    LoadSnapshot end = load.snapshot(now);
    assertThat(end.inFlight()).as("seed %s", seed).isZero();
    assertThat(end.decoding()).as("seed %s", seed).isZero();
    assertThat(end.prefillingTokens()).as("seed %s", seed).isZero();
    assertThat(end.queuedTokens()).as("seed %s", seed).isZero();
    assertThat(end.waiting()).as("seed %s", seed).isZero();
  }

  /** The queue by its definition, every request kept. */
  private static final class Oracle {
    private record Sent(Reservation reservation, long ticket) {}

    private final List<Sent> waiting = new ArrayList<>();
    private final List<Reservation> decoding = new ArrayList<>();
    private long dispatched;
    private long done;
    private double queued;
    private double rate = FleetRate.INITIAL;
    private long at = T0;

    int decoding() {
      return decoding.size();
    }

    long prefillingTokens() {
      return waiting.stream().mapToLong(sent -> sent.reservation().uncachedTokens()).sum();
    }

    void reserve(Reservation made, long now) {
      pass(now);
      dispatched += made.uncachedTokens();
      queued += made.uncachedTokens();
      waiting.add(new Sent(made, dispatched));
    }

    void firstToken(Reservation one, long now, double rateAfter) {
      for (Sent sent : List.copyOf(waiting)) {
        if (sent.reservation() == one) {
          pass(now);
          waiting.remove(sent);
          decoding.add(one);
          done = Math.max(done, sent.ticket());
          queued = Math.min(queued, (double) (dispatched - sent.ticket()));
          settle();
          rate = rateAfter;
        }
      }
    }

    void release(Reservation one, long now) {
      pass(now);
      decoding.remove(one);
      for (Sent sent : List.copyOf(waiting)) {
        if (sent.reservation() == one) {
          waiting.remove(sent);
          if (sent.ticket() > done) {
            queued = Math.max(0, queued - one.uncachedTokens());
          }
        }
      }
      settle();
    }

    private void settle() {
      if (waiting.isEmpty()) {
        queued = 0;
      }
    }

    void pass(long now) {
      queued = Math.max(0, queued - 0.75 * rate * (now - at) / 1e9);
      at = now;
    }
  }
}

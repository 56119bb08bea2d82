package io.pickwick.schedule;

import static io.pickwick.schedule.Pods.SECOND;
import static io.pickwick.schedule.Pods.gauges;
import static io.pickwick.schedule.Pods.pod;
import static io.pickwick.schedule.Pods.reserve;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Readers and writers of one load at full speed: what is read is never a mixture. */
class EndpointLoadStressTest {
  private static final long T0 = 7 * SECOND;
  private static final int TOKENS = 100;
  private static final int ROUNDS = 40_000;

  private final Endpoint pod = pod(0);
  private final EndpointLoad load = pod.load();

  @Test
  void aReadingIsNeverTorn() throws Exception {
    AtomicBoolean running = new AtomicBoolean(true);
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<?>> writers = new ArrayList<>();
      for (int writer = 0; writer < 3; writer++) {
        Random random = new Random(writer);
        writers.add(threads.submit(() -> live(random)));
      }
      writers.add(threads.submit(this::scrape));
      List<Future<Long>> readers = new ArrayList<>();
      for (int reader = 0; reader < 2; reader++) {
        readers.add(threads.submit(read(running)));
      }
      for (Future<?> writer : writers) {
        writer.get(60, TimeUnit.SECONDS);
      }
      running.set(false);
      for (Future<Long> reader : readers) {
        assertThat(reader.get(60, TimeUnit.SECONDS)).isPositive();
      }
    }
    LoadSnapshot end = load.snapshot(T0);
    assertThat(end.inFlight()).isZero();
    assertThat(end.decoding()).isZero();
    assertThat(end.prefillingTokens()).isZero();
    assertThat(end.queuedTokens()).isZero();
  }

  @Test
  void oneVersionIsReservedOnceOnly() throws Exception {
    List<Long> tickets = new ArrayList<>();
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<List<Long>>> results = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        results.add(threads.submit(this::reserveWhatWasRead));
      }
      for (Future<List<Long>> result : results) {
        tickets.addAll(result.get(60, TimeUnit.SECONDS));
      }
    }
    Set<Long> different = new HashSet<>(tickets);
    assertThat(different).hasSize(tickets.size());
    assertThat(load.snapshot(T0).inFlight()).isEqualTo(tickets.size());
    assertThat(load.snapshot(T0).dispatchedTokens()).isEqualTo((long) tickets.size() * TOKENS);
  }

  /** The ticket it gets must follow directly on what it read. */
  private List<Long> reserveWhatWasRead() {
    List<Long> mine = new ArrayList<>();
    LoadReading seen = new LoadReading();
    for (int i = 0; i < ROUNDS; i++) {
      load.read(T0, seen);
      Reservation reservation = new Reservation(pod, TOKENS, T0);
      if (load.tryReserve(seen.version, reservation)) {
        assertThat(reservation.ticket()).isEqualTo(seen.dispatched + TOKENS);
        mine.add(reservation.ticket());
      }
    }
    return mine;
  }

  private void live(Random random) {
    List<Reservation> open = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      if (open.size() < 8) {
        open.add(reserve(pod, TOKENS, T0));
      }
      Reservation one = open.get(random.nextInt(open.size()));
      switch (random.nextInt(3)) {
        case 0 -> one.firstToken(T0);
        case 1 -> {
          one.release(T0);
          open.remove(one);
        }
        default -> {
          one.firstToken(T0);
          one.detach(T0);
          open.remove(one);
        }
      }
    }
    open.forEach(one -> one.release(T0));
  }

  private void scrape() {
    for (int i = 0; i < ROUNDS; i++) {
      load.scrapeBegins(T0 + i);
      // Both gauges say the same, so a mixture of two scrapes would show.
      load.observe(gauges(T0 + i, i, i, 0));
    }
  }

  private Callable<Long> read(AtomicBoolean running) {
    return () -> {
      long readings = 0;
      LoadReading seen = new LoadReading();
      while (running.get()) {
        load.read(T0, seen);
        assertThat(seen.prefillingTokens)
            .isEqualTo((long) (seen.inFlight - seen.decoding) * TOKENS);
        assertThat(seen.dispatched).isEqualTo(seen.requests * TOKENS);
        assertThat(seen.queuedTokens).isBetween(0.0, (double) seen.dispatched);
        assertThat(seen.inFlight).isBetween(0, 24);
        assertThat(seen.version & 1).isZero();
        readings++;
      }
      return readings;
    };
  }
}

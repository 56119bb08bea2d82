package io.pickwick.epp.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.pickwick.epp.config.Flags;
import io.pickwick.epp.live.ConfigFile;
import io.pickwick.epp.live.Live;
import io.pickwick.epp.telemetry.Logs;
import io.pickwick.pool.DeclaredEndpoint;
import io.pickwick.pool.Pool;
import io.pickwick.resource.Resources;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.config.EndpointPickerConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

@Timeout(60)
final class RehearsalTest {
  private static final int REQUESTS = 24;
  private static final Duration LONG = Duration.ofMinutes(1);

  private final Pool pool = new Pool();
  private final AtomicLong clock = new AtomicLong();

  private static void awaitOver(Rehearsal rehearsal) {
    while (rehearsal.goesOn()) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static ConfigFile standard() {
    return new ConfigFile(EndpointPickerConfig.standard(), Resources.NONE);
  }

  /** Plays all requests on what these flags put in force, and looks that nothing of it is left. */
  private void assertPlayed(String... flags) throws IOException {
    pool.apply(List.of(new DeclaredEndpoint("default", "a", "127.0.0.1", 1, Map.of())));
    ListAppender<ILoggingEvent> told = new ListAppender<>();
    Logger requests = (Logger) LoggerFactory.getLogger(Logs.REQUESTS);
    told.start();
    requests.addAppender(told);
    try (Live live = new Live(Flags.parse(flags), pool, System::nanoTime)) {
      live.start();
      try (Rehearsal rehearsal =
          new Rehearsal(
              LONG,
              REQUESTS,
              "",
              endpoints -> live.rehearsal(standard(), endpoints),
              System::nanoTime)) {
        assertThat(rehearsal.goesOn()).isTrue();
        rehearsal.start();
        awaitOver(rehearsal);
        assertThat(rehearsal.answered()).isEqualTo(REQUESTS);
      }
      Endpoint real = pool.snapshot().endpoints().getFirst();
      assertThat(live.rememberedBlocks(real)).isZero();
      assertThat(real.load().snapshot(System.nanoTime()).inFlight()).isZero();
      assertThat(live.generation()).isEqualTo(1);
    } finally {
      requests.detachAppender(told);
    }
    assertThat(told.list).isEmpty();
  }

  @Test
  void allRequestsAreAnsweredAndNothingIsLeftOfThem() throws IOException {
    assertPlayed();
  }

  @Test
  void inTrackingModeToo() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      port = free.getLocalPort();
    }
    assertPlayed("--kv-events-endpoint=tcp://127.0.0.1:" + port);
  }

  @Test
  void nobodyWaitsForNone() throws IOException {
    try (Rehearsal none =
        new Rehearsal(
            Duration.ZERO,
            "",
            endpoints -> {
              throw new AssertionError("no stage is wanted");
            },
            clock::get)) {
      assertThat(none.goesOn()).isFalse();
      none.start();
      assertThat(none.goesOn()).isFalse();
    }
  }

  @Test
  void nobodyWaitsLongerThanAsked() throws IOException {
    CountDownLatch never = new CountDownLatch(1);
    try (Rehearsal stuck =
        new Rehearsal(
            Duration.ofSeconds(2),
            "",
            endpoints -> {
              try {
                never.await();
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
              throw new AssertionError("it comes no further");
            },
            clock::get)) {
      stuck.start();
      clock.addAndGet(1_999_999_999);
      assertThat(stuck.goesOn()).isTrue();
      clock.addAndGet(1);
      assertThat(stuck.goesOn()).isFalse();
    }
  }

  @Test
  void nobodyWaitsWhenItFails() throws IOException {
    try (Rehearsal failing =
        new Rehearsal(
            LONG,
            "",
            endpoints -> {
              throw new IOException("made to fail");
            },
            clock::get)) {
      failing.start();
      awaitOver(failing);
      assertThat(failing.answered()).isZero();
    }
  }
}

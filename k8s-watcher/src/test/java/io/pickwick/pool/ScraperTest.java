package io.pickwick.pool;

import static io.pickwick.pool.FakePod.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.EndpointLoad;
import io.pickwick.schedule.Gauges;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ScraperTest {
  private static final Duration NEVER = Duration.ofHours(1);
  private static final Duration SOON = Duration.ofMillis(10);
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Pool pool = new Pool();
  private final List<Thread> threads = new CopyOnWriteArrayList<>();
  private final List<Scraper> scrapers = new CopyOnWriteArrayList<>();

  @AfterEach
  void everyThreadEnds() {
    scrapers.forEach(Scraper::close);
    assertThat(threads).noneMatch(Thread::isAlive);
  }

  @Test
  void tellsTheLoadWhatThePodTells() throws IOException {
    try (FakePod pod = new FakePod(FakePod.page(FakePod.PAGE))) {
      Scraper scraper = scraping(SOON, PATIENCE, pod);
      await("gauges", () -> load().gauges().isPresent());
      Gauges gauges = load().gauges().orElseThrow();
      assertThat(gauges.waiting()).isEqualTo(3);
      assertThat(gauges.running()).isEqualTo(4);
      assertThat(load().reachable()).isTrue();
      await("more scrapes", () -> scraper.stats().answers() > 3);
      assertThat(pod.accepted()).isEqualTo(1);
      assertThat(scraper.stats().bytes()).isGreaterThan(3L * FakePod.PAGE.length());
      EndpointScrapes scrapes = scraper.stats().endpoints().getFirst();
      assertThat(scrapes.scrapes()).isPositive();
      assertThat(scrapes.failures()).isZero();
      assertThat(scrapes.answeredNanos()).isNotZero();
    }
  }

  @Test
  void clampsAPodThatLies() throws IOException {
    try (FakePod pod =
        new FakePod(
            FakePod.page(
                "vllm:num_requests_waiting 1e300\nvllm:num_requests_waiting NaN\n"
                    + "vllm:num_requests_running 1\nvllm:num_requests_running -5\n"))) {
      Scraper scraper = scraping(NEVER, PATIENCE, pod);
      await("gauges", () -> load().gauges().isPresent());
      Gauges gauges = load().gauges().orElseThrow();
      assertThat(gauges.waiting()).isEqualTo(MetricsPage.MAX_REQUESTS);
      assertThat(gauges.running()).isEqualTo(1);
      await("counted", () -> scraper.stats().refusedSamples() == 2);
    }
  }

  @Test
  void aDeathBetweenScrapesIsNoticedAtOnceAndTheReturnToo() throws IOException {
    FakePod pod = new FakePod(FakePod.page(FakePod.PAGE));
    Scraper scraper = scraping(NEVER, PATIENCE, pod);
    await("gauges", () -> load().gauges().isPresent());
    pod.close();
    await("death", () -> !load().reachable());
    await("count", () -> scraper.stats().failures(ScrapeFailure.UNREACHABLE) > 0);
    try (FakePod back =
        new FakePod(FakePod.page(FakePod.PAGE), InetAddress.ofLiteral("127.0.0.1"), pod.port())) {
      await("return", () -> load().reachable());
      assertThat(back.requests()).isPositive();
    }
  }

  @Test
  void aDeathThatTakesTheListeningSocketLastIsNoticedToo() throws IOException {
    FakePod pod = new FakePod(FakePod.page(FakePod.PAGE));
    scraping(NEVER, PATIENCE, pod);
    await("gauges", () -> load().gauges().isPresent());
    pod.hangUp();
    await("second connection", () -> pod.accepted() == 2);
    pod.close();
    await("death", () -> !load().reachable());
  }

  @Test
  void theEndOfAKeptConnectionIsNoDeath() throws IOException {
    try (FakePod pod = new FakePod(FakePod.page(FakePod.PAGE))) {
      Scraper scraper = scraping(NEVER, PATIENCE, pod);
      await("gauges", () -> scraper.stats().answers() == 1);
      pod.hangUp();
      await("second connection", () -> pod.accepted() == 2);
      pod.hangUp();
      await("third connection", () -> pod.accepted() == 3);
      assertThat(load().reachable()).isTrue();
      assertThat(pod.requests()).isEqualTo(1);
      assertThat(scraper.stats().endpoints().getFirst().failures()).isZero();
    }
  }

  @Test
  void aPodThatHangsIsDoubtedAfterTwoTimeouts() throws IOException {
    try (FakePod pod = new FakePod(connection -> {})) {
      Scraper scraper = scraping(SOON, Duration.ofMillis(50), pod);
      await("doubt", () -> !load().reachable());
      assertThat(scraper.stats().failures(ScrapeFailure.TIMEOUT)).isGreaterThanOrEqualTo(2);
      assertThat(load().gauges()).isEmpty();
      pod.behave(FakePod.page(FakePod.PAGE));
      await("return", () -> load().reachable());
    }
  }

  @Test
  void uselessAnswersLeaveThePodReachableAndItsNumbersOld() throws IOException {
    try (FakePod pod = new FakePod(FakePod.page(FakePod.PAGE))) {
      Scraper scraper = scraping(SOON, PATIENCE, pod);
      await("gauges", () -> load().gauges().isPresent());
      pod.behave(FakePod.raw("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"));
      await("status", () -> scraper.stats().failures(ScrapeFailure.STATUS) >= 2);
      pod.behave(FakePod.page("vllm:num_requests_waiting 9\n"));
      await("no gauges", () -> scraper.stats().failures(ScrapeFailure.NO_GAUGES) >= 1);
      pod.behave(FakePod.rawThenClose("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + lie()));
      await("cut", () -> scraper.stats().failures(ScrapeFailure.CUT) >= 1);
      assertThat(load().reachable()).isTrue();
      assertThat(load().gauges().orElseThrow().waiting()).isEqualTo(3);
      assertThat(scraper.stats().endpoints().getFirst().lastError()).isNotEmpty();
    }
  }

  @Test
  void aRemovedEndpointIsLeftAlone() throws IOException {
    try (FakePod pod = new FakePod(FakePod.page(FakePod.PAGE))) {
      Scraper scraper = scraping(NEVER, PATIENCE, pod);
      await("gauges", () -> load().gauges().isPresent());
      pool.apply(List.of());
      await("end of the connection", () -> pod.open() == 0);
      assertThat(scraper.stats().endpoints()).isEmpty();
    }
  }

  @Test
  void aRelabelledEndpointIsReadAsItsNewEngine() throws IOException {
    try (FakePod pod =
        new FakePod(
            FakePod.page(
                FakePod.PAGE + "sglang:num_queue_reqs 30\nsglang:num_running_reqs 40\n"))) {
      scraping(SOON, PATIENCE, pod);
      await("vLLM", () -> load().gauges().isPresent());
      pool.apply(List.of(declared("a", pod.port(), Map.of(Engine.LABEL, "sglang"))));
      await("SGLang", () -> load().gauges().orElseThrow().waiting() == 30);
    }
  }

  @Test
  void closingEndsThreadsThatConnectWaitOrBackOff() throws IOException {
    FakePod dead = new FakePod(FakePod.page(""));
    dead.close();
    try (FakePod idle = new FakePod(FakePod.page(FakePod.PAGE));
        FakePod hanging = new FakePod(connection -> {})) {
      Scraper scraper = scraping(NEVER, PATIENCE, idle, hanging, dead);
      await("an answer", () -> scraper.stats().answers() > 0);
      await("a hanging request", () -> hanging.requests() > 0);
      await("a failure", () -> scraper.stats().failures(ScrapeFailure.UNREACHABLE) > 0);
      scraper.close();
      assertThat(threads).hasSize(3).noneMatch(Thread::isAlive);
      await("all connections end", () -> idle.open() + hanging.open() == 0);
      pool.apply(List.of(declared("late", idle.port(), Map.of())));
      assertThat(threads).hasSize(3);
    }
  }

  private static String lie() {
    return "vllm:num_requests_waiting 77\nvllm:num_requests_running 77\n";
  }

  private Scraper scraping(Duration interval, Duration timeout, FakePod... pods) {
    Scraper scraper =
        new Scraper(
            new ScraperConfig(
                interval.equals(NEVER) ? SOON : interval,
                interval,
                200,
                timeout,
                "/metrics",
                0,
                false,
                1 << 20,
                Map.of()),
            System::nanoTime,
            () -> 0.5,
            task -> {
              Thread thread = Thread.ofVirtual().unstarted(task);
              threads.add(thread);
              return thread;
            });
    scrapers.add(scraper);
    pool.listen(scraper);
    List<DeclaredEndpoint> declared = new ArrayList<>();
    for (FakePod pod : pods) {
      declared.add(
          declared("abc".substring(declared.size(), declared.size() + 1), pod.port(), Map.of()));
    }
    pool.apply(declared);
    return scraper;
  }

  private EndpointLoad load() {
    return pool.snapshot().endpoints().stream().findFirst().map(Endpoint::load).orElseThrow();
  }

  private static DeclaredEndpoint declared(String name, int port, Map<String, String> labels) {
    return new DeclaredEndpoint("ns", name, "127.0.0.1", port, labels);
  }
}

package io.pickwick.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ScrapePaceTest {
  private static final long MS = 1_000_000L;

  @Test
  void aSmallPoolHasTheIntervalsItAsksFor() {
    assertThat(pace(5, 20)).isEqualTo(new ScrapePace(50 * MS, 1_000 * MS));
    assertThat(pace(0, 0)).isEqualTo(new ScrapePace(50 * MS, 1_000 * MS));
  }

  @Test
  void aHundredBusyPodsAreAskedEveryHalfSecond() {
    assertThat(pace(100, 0)).isEqualTo(new ScrapePace(500 * MS, 1_000 * MS));
  }

  @Test
  void busyPodsShareWhatIdleOnesLeave() {
    assertThat(pace(50, 100)).isEqualTo(new ScrapePace(500 * MS, 1_000 * MS));
  }

  @Test
  void aLargePoolGoesAtOnePaceAndHoldsTheBudget() {
    assertThat(pace(100, 900)).isEqualTo(new ScrapePace(5_000 * MS, 5_000 * MS));
    assertThat(pace(1_000, 0)).isEqualTo(new ScrapePace(5_000 * MS, 5_000 * MS));
    assertThat(pace(0, 400)).isEqualTo(new ScrapePace(2_000 * MS, 2_000 * MS));
    for (int busy = 0; busy < 600; busy += 7) {
      for (int idle = 0; idle < 600; idle += 7) {
        ScrapePace pace = pace(busy, idle);
        double perSecond = busy * 1e9 / pace.busyNanos() + idle * 1e9 / pace.idleNanos();
        assertThat(perSecond).as("%d busy, %d idle", busy, idle).isLessThan(200.01);
        assertThat(pace.busyNanos()).isLessThanOrEqualTo(pace.idleNanos());
      }
    }
  }

  @Test
  void aSlowEndpointIsAskedLessOften() {
    ScrapePace pace = new ScrapePace(50 * MS, 1_000 * MS);
    assertThat(pace.rest(true, 12 * MS)).isEqualTo(50 * MS);
    assertThat(pace.rest(true, 100 * MS)).isEqualTo(400 * MS);
    assertThat(pace.rest(false, 100 * MS)).isEqualTo(1_000 * MS);
  }

  @Test
  void retriesBackOffFrom50MsTo5S() {
    assertThat(ScrapePace.retry(1)).isEqualTo(50 * MS);
    assertThat(ScrapePace.retry(2)).isEqualTo(100 * MS);
    assertThat(ScrapePace.retry(7)).isEqualTo(3_200 * MS);
    assertThat(ScrapePace.retry(8)).isEqualTo(5_000 * MS);
    assertThat(ScrapePace.retry(Integer.MAX_VALUE)).isEqualTo(5_000 * MS);
  }

  @Test
  void configurationsThatCannotBeAskedForAreRefused() {
    assertThatThrownBy(() -> config(Duration.ZERO, "/metrics", 0, Map.of()))
        .hasMessageContaining("the refresh interval must be longer than zero");
    assertThatThrownBy(() -> config(Duration.ofMillis(1), "metrics", 0, Map.of()))
        .hasMessageContaining("must start with \"/\"");
    assertThatThrownBy(() -> config(Duration.ofMillis(1), "/a HTTP/1.1\r\nX: y", 0, Map.of()))
        .hasMessageContaining("the metrics path");
    assertThatThrownBy(() -> config(Duration.ofMillis(1), "/metrics", 65_536, Map.of()))
        .hasMessageContaining("from 0 to 65535");
    assertThatThrownBy(() -> config(Duration.ofMillis(1), "/metrics", 0, Map.of("a", "b\r\nc")))
        .hasMessageContaining("not a header");
  }

  private static ScraperConfig config(
      Duration refresh, String path, int port, Map<String, String> headers) {
    return new ScraperConfig(
        refresh, Duration.ofSeconds(1), 200, Duration.ofSeconds(1), path, port, false, 1, headers);
  }

  private static ScrapePace pace(int busy, int idle) {
    return ScrapePace.of(ScraperConfig.DEFAULTS, busy, idle);
  }
}

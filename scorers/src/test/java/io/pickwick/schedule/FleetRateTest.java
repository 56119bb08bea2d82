package io.pickwick.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class FleetRateTest {
  private final FleetRate fleet = new FleetRate();

  @Test
  void beforeAnythingWasMeasuredTheRateIsAssumed() {
    assertThat(fleet.tokensPerSecond()).isEqualTo(16_000);
    assertThat(new FleetRate(1).tokensPerSecond()).isEqualTo(500);
    assertThat(new FleetRate(1e9).tokensPerSecond()).isEqualTo(2_000_000);
  }

  @Test
  void itIsAllTokensOverAllTimeTheOlderCountingLess() {
    fleet.add(8_000, 200e6);
    assertThat(fleet.tokensPerSecond())
        .isCloseTo((0.98 * 3_200 + 8_000) / (0.98 * 0.2 + 0.2), within(1e-6));
    // Half of the time at 10,000 a second and half at 30,000 is 20,000, not the mean of rates.
    for (int i = 0; i < 1000; i++) {
      fleet.add(1_000, 100e6);
      fleet.add(3_000, 100e6);
    }
    assertThat(fleet.tokensPerSecond()).isCloseTo(20_000, within(200.0));
  }

  @Test
  void moreTokensOfTheSameTimeMakeItFaster() {
    fleet.add(4_000, 100e6);
    double before = fleet.tokensPerSecond();
    fleet.add(1_000, 0);
    assertThat(fleet.tokensPerSecond())
        .isCloseTo(before + 1_000 / (0.98 * 0.2 + 0.1), within(1e-6));
  }
}

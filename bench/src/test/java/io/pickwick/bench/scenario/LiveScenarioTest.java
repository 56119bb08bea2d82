package io.pickwick.bench.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pickwick.bench.envoy.EnvoyUnavailableException;
import io.pickwick.bench.process.Launcher;
import io.pickwick.bench.report.Section;
import org.junit.jupiter.api.Test;

class LiveScenarioTest {
  @Test
  void virtualTimeAgreesWithPodsBehindARealEnvoyAndPickwick() throws Exception {
    LiveScenario.Measured virtual = LiveScenario.virtual();
    assertThat(virtual.completed()).isEqualTo(48);
    assertThat(virtual.hitRatio()).isBetween(0.4, 0.95);

    LiveScenario.Measured real = real();
    assertThat(real.completed()).isEqualTo(48);
    assertThat(real.ttftMillis()).isCloseTo(virtual.ttftMillis(), withinPercentage(15));
    assertThat(real.hitRatio()).isCloseTo(virtual.hitRatio(), withinPercentage(15));

    Section section = LiveScenario.section(real, virtual);
    assertThat(section.tables().getFirst().rows()).hasSize(3);
  }

  private static LiveScenario.Measured real() throws Exception {
    try {
      return LiveScenario.real(
          Launcher.pickwick(
              "-XX:+UseSerialGC",
              "-Xmx512m",
              "-XX:TieredStopAtLevel=1",
              "--sun-misc-unsafe-memory-access=allow"));
    } catch (EnvoyUnavailableException e) {
      assumeTrue(false, "No Envoy, so nothing is compared: " + e.getMessage());
      throw e;
    }
  }
}

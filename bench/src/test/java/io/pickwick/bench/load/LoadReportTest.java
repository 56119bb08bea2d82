package io.pickwick.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** The arithmetic of the {@code load} command and the page it prints. */
class LoadReportTest {
  @Test
  void aSpreadIsTheMiddleAndTheEnds() {
    assertThat(Spread.of(List.of(3.0, 1.0, 2.0))).isEqualTo(new Spread(2, 1, 3));
    assertThat(Spread.of(List.of(4.0, 1.0, 2.0, 3.0))).isEqualTo(new Spread(2.5, 1, 4));
    assertThat(Spread.of(List.of(0.1014)).text(3)).isEqualTo("0.101 (0.101–0.101)");
    assertThatThrownBy(() -> Spread.of(List.of())).hasMessage("nothing was measured");
  }

  @Test
  void netCostLeavesOutWhatAnIdleServerWouldHaveUsed() {
    Sample sample = sample(1000, 0, Duration.ofMillis(500), Duration.ofSeconds(2), 0.05);
    assertThat(sample.loopMillis()).isCloseTo(0.25, within(1e-9));
    assertThat(sample.netMillis()).isCloseTo(0.4, within(1e-9));
  }

  @Test
  void netCostIsNeverNegative() {
    assertThat(sample(10, 0, Duration.ZERO, Duration.ofSeconds(2), 0.05).netMillis()).isZero();
  }

  @Test
  void aCaseIsComparedByTheMediansOfItsWindows() {
    Comparison small = small();
    assertThat(small.ratio()).isCloseTo(0.75, within(1e-9));
    assertThat(small.failed()).isEqualTo(3);
    assertThat(Comparison.residentMebibytes(small.echo())).isCloseTo(200, within(1e-9));
    assertThat(Comparison.scrapesPerSecond(small.pickwick())).isCloseTo(25, within(1e-9));
    assertThat(Comparison.decisionMillis(small.echo(), 50)).isCloseTo(2, within(0.01));
  }

  @Test
  void theReportNamesEveryCaseAndTheCostOfAChunk() {
    LoadReport report = new LoadReport();
    report.condition("Measured in a test.");
    report.add(small());
    report.add(
        new Comparison(
            LoadCase.named("stream").getFirst(),
            List.of(sample(100, 0, Duration.ofMillis(1390), Duration.ofSeconds(1), 0)),
            List.of(sample(100, 0, Duration.ofMillis(822), Duration.ofSeconds(1), 0))));
    report.add(new IdleRun.Result(100, Duration.ofSeconds(30), Duration.ofMillis(600), 3000, 0));
    report.add(
        new ColdRun.Result(
            "echo", List.of(400.0), List.of(900.0), List.of(2.5), List.of(150.0), 2));

    assertThat(report.failed()).isEqualTo(5);
    assertThat(report.markdown().lines())
        .contains(
            "- Measured in a test.",
            "| small | 10 | 0.400 (0.400–0.400) | 0.300 (0.300–0.300) | 0.75"
                + " | 0.200 (0.200–0.200) | 0.200 (0.200–0.200) | 1.00 | 3 |",
            "| small | 10 | 2.00 / 2.0 | 2.00 / 2.0 | 200 / 200 | 25 |",
            "| stream | 10 | 136.4 | 80.0 | 0.59 |",
            "| 100 | 2.00 | 100 | 200 | 0 |",
            "| echo | 400 (400–400) | 900 (900–900) | 2.50 (2.50–2.50) | 150 |");
  }

  @Test
  void everyNamedCaseExistsAndScales() {
    for (String name : LoadCase.NAMES) {
      assertThat(LoadCase.named(name)).as(name).isNotEmpty();
    }
    LoadCase small = LoadCase.named("small").getFirst();
    assertThat(small.scaled(0.5, 0.1).warmUp()).isEqualTo(small.warmUp() / 2);
    assertThat(small.scaled(0.5, 0.1).requests()).isEqualTo(small.requests() / 10);
    assertThat(small.scaled(0, 0).requests()).isEqualTo(small.shape().streams());
  }

  @Test
  void anUnknownCaseIsAnsweredWithTheKnownOnes() {
    assertThatThrownBy(() -> LoadCase.named("big"))
        .hasMessageContaining("no case is called big")
        .hasMessageContaining("small, stream, paced");
  }

  private static Comparison small() {
    return new Comparison(
        LoadCase.named("small").getFirst(),
        List.of(
            sample(1000, 1, Duration.ofMillis(400), Duration.ofSeconds(1), 0),
            sample(1000, 0, Duration.ofMillis(400), Duration.ofSeconds(1), 0)),
        List.of(sample(1000, 2, Duration.ofMillis(400), Duration.ofSeconds(2), 0.05)));
  }

  private static Sample sample(
      long requests, long failed, Duration cpu, Duration wall, double idleCores) {
    Histogram decision = new Histogram(3);
    decision.recordValue(2000);
    return new Sample(
        new Outcome(requests, failed, List.of(), wall, decision, decision),
        cpu,
        cpu.dividedBy(2),
        idleCores,
        200L << 20,
        50);
  }
}

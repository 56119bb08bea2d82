package io.pickwick.bench.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When requests come. */
class ArrivalsTest {
  private static final double SECOND = 1e9;

  private static Arrivals read(String text) {
    return Rates.read(Options.parse("test", text), "inf", "requests");
  }

  private static long[] times(String text, int count) {
    return read(text).times(count, new SplittableRandom(5));
  }

  @Test
  void allComeAtOnceWithoutARate() {
    assertThat(times("", 3)).containsExactly(0, 0, 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rate=4", "rate=4,burstiness=0.2", "rate=4,burstiness=7"})
  void theLastComesWhenTheRateSaysAsInVllm(String text) {
    long[] times = times(text, 400);
    assertThat(times).isSorted().hasSize(400);
    assertThat(times[399]).isEqualTo(Math.round(100 * SECOND));
  }

  /** The gaps' coefficient of variation is one over the root of the shape. */
  @ParameterizedTest
  @ValueSource(doubles = {0.25, 0.5, 1, 2, 9})
  void gapsVaryAsTheBurstinessSays(double shape) {
    long[] times = times("rate=10,burstiness=" + shape, 40_000);
    double[] gaps = new double[times.length - 1];
    Arrays.setAll(gaps, index -> (times[index + 1] - times[index]) / SECOND);
    double mean = Arrays.stream(gaps).average().orElseThrow();
    double variance =
        Arrays.stream(gaps).map(gap -> (gap - mean) * (gap - mean)).average().orElseThrow();
    assertThat(mean).isCloseTo(0.1, within(0.001));
    assertThat(Math.sqrt(variance) / mean * Math.sqrt(shape)).isCloseTo(1, within(0.03));
  }

  /** Of a Poisson process, the share of gaps beyond the mean is 1/e. */
  @Test
  void aBurstinessOfOneIsPoisson() {
    long[] times = times("rate=10", 40_000);
    long beyond = 0;
    for (int index = 1; index < times.length; index++) {
      if (times[index] - times[index - 1] > 0.1 * SECOND) {
        beyond++;
      }
    }
    assertThat(beyond / 40_000.0).isCloseTo(Math.exp(-1), within(0.01));
  }

  @Test
  void aBurstinessWithoutEndIsEven() {
    assertThat(times("rate=4,burstiness=inf", 4))
        .containsExactly(250_000_000, 500_000_000, 750_000_000, 1_000_000_000);
  }

  @Test
  void aRampGrowsFromRequestToRequestAsInVllm() {
    assertThat(times("rate=1..4,ramp=linear,burstiness=inf", 4))
        .containsExactly(1_000_000_000, 1_500_000_000, 1_833_333_333, 2_083_333_333);
    assertThat(times("rate=1..4,ramp=exponential,burstiness=inf", 3))
        .containsExactly(1_000_000_000, 1_500_000_000, 1_750_000_000);
    assertThat(times("rate=2..4,ramp=linear,burstiness=inf", 1)).containsExactly(500_000_000);
  }

  @Test
  void llmDsLadderHasItsStagesAndWarmUp() {
    Arrivals ladder = read("rate=3..60");
    List<Stage> stages = ladder.stages();
    assertThat(stages).hasSize(17);
    assertThat(stages.getFirst()).isEqualTo(new Stage(15, 50, true));
    assertThat(stages.get(1)).isEqualTo(new Stage(3, 20, false));
    assertThat(stages.getLast()).isEqualTo(new Stage(60, 25, false));
    // As many as llm-d's reports say of their stages of 10, 40 and 60 a second.
    assertThat(stages.stream().map(Stage::requests)).contains(200, 1520, 1500);
    assertThat(ladder.requests(1)).isEqualTo(17_084);
  }

  @Test
  void aPartOfTheLadderKeepsTheWarmUp() {
    assertThat(read("rate=10..20").stages())
        .containsExactly(
            new Stage(15, 50, true),
            new Stage(10, 20, false),
            new Stage(15, 20, false),
            new Stage(20, 38, false));
    assertThat(read("rate=10..10,warmup=0").stages()).containsExactly(new Stage(10, 20, false));
    assertThat(read("rate=10..10,warmup=2x3").stages().getFirst()).isEqualTo(new Stage(2, 3, true));
  }

  @Test
  void evenStepsAreMadeWhereAsked() {
    assertThat(read("rate=2..8,ladder-steps=3,ladder-seconds=10").stages())
        .containsExactly(new Stage(2, 10, false), new Stage(5, 10, false), new Stage(8, 10, false));
    assertThat(read("rate=2..8,ladder-steps=1").stages()).containsExactly(new Stage(2, 30, false));
  }

  @Test
  void eachStageHasItsRequestsInItsTime() {
    Arrivals ladder = read("rate=5x10+50x2+1x100,warmup=3x4");
    long[] times = ladder.times(ladder.requests(0), new SplittableRandom(1));
    assertThat(times).isSorted().hasSize(12 + 50 + 100 + 100);
    double start = 0;
    for (Stage stage : ladder.stages()) {
      double from = start * SECOND;
      double to = (start + stage.seconds()) * SECOND;
      assertThat(Arrays.stream(times).filter(at -> at >= from && at < to).count())
          .as(stage.toString())
          .isEqualTo(stage.requests());
      start += stage.seconds();
    }
  }

  @Test
  void burstsComeAtOnceTimeAndAgain() {
    assertThat(times("burst=2x1.5", 5))
        .containsExactly(0, 0, 1_500_000_000, 1_500_000_000, 3_000_000_000L);
  }

  @Test
  void anOrderHasEachNumberOnce() {
    int[] order = Draws.order(new SplittableRandom(3), 1000);
    assertThat(order).isNotEqualTo(Arrays.stream(order).sorted().toArray());
    Arrays.sort(order);
    for (int index = 0; index < 1000; index++) {
      assertThat(order[index]).isEqualTo(index);
    }
  }
}

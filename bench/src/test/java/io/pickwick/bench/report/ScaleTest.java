package io.pickwick.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class ScaleTest {
  private static Scale linear(double... values) {
    return Scale.of(Axis.linear("x", ""), DoubleStream.of(values), 0, 100);
  }

  private static Scale logarithmic(double... values) {
    return Scale.of(Axis.logarithmic("x", ""), DoubleStream.of(values), 0, 100);
  }

  @Test
  void linearAxesBeginAtZeroAndAreMarkedInRoundSteps() {
    Scale scale = linear(3, 47);
    assertThat(scale.place(0)).isZero();
    assertThat(scale.place(23.5)).isCloseTo(50, within(1e-9));
    assertThat(scale.marks(5)).containsExactly(0.0, 10.0, 20.0, 30.0, 40.0);
    assertThat(scale.withRoom(5).marks(5)).containsExactly(0.0, 10.0, 20.0, 30.0, 40.0, 50.0);
  }

  @Test
  void logarithmicAxesAreEqualRatios() {
    Scale scale = logarithmic(10, 1000);
    assertThat(scale.place(100)).isCloseTo(50, within(1e-9));
    assertThat(scale.marks(9)).containsExactly(10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0);
    assertThat(scale.marks(4)).containsExactly(10.0, 100.0, 1000.0);
    assertThat(logarithmic(1e-3, 1e12).marks(5)).hasSizeLessThanOrEqualTo(5).hasSizeGreaterThan(1);
  }

  @Test
  void whatCannotBeShownHasNoPlace() {
    assertThat(logarithmic(1, 10).place(0)).isNaN();
    assertThat(logarithmic(1, 10).place(-5)).isNaN();
    assertThat(linear(1, 10).place(Double.NaN)).isNaN();
    assertThat(linear(1, 10).place(Double.POSITIVE_INFINITY)).isNaN();
  }

  @Test
  void noPointsAndOnePointMakeAScaleToo() {
    assertThat(linear().place(0.5)).isBetween(0.0, 100.0);
    assertThat(logarithmic().marks(5)).isNotEmpty();
    assertThat(logarithmic(7).place(7)).isCloseTo(50, within(1e-9));
    assertThat(linear(0).marks(5)).hasSizeGreaterThan(1);
    assertThat(logarithmic(Double.NaN, -1, 0, Double.POSITIVE_INFINITY).place(5)).isFinite();
  }

  @Test
  void whateverTheValuesPlacesAreInsideAndInOrderAndMarksAreFew() {
    long seed = 20261121;
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 5_000; round++) {
      double[] values = DoubleStream.generate(() -> any(random)).limit(random.nextInt(5)).toArray();
      Axis axis = random.nextBoolean() ? Axis.linear("x", "") : Axis.logarithmic("x", "");
      int number = 2 + random.nextInt(8);
      Scale scale = Scale.of(axis, DoubleStream.of(values), 0, 100);
      scale = random.nextBoolean() ? scale.withRoom(number) : scale;
      String about =
          "seed %d, round %d, %s, %s".formatted(seed, round, axis, List.of(values.length));

      double[] sorted = DoubleStream.of(values).sorted().toArray();
      double before = 0;
      for (double value : sorted) {
        double place = scale.place(value);
        if (!Double.isNaN(place)) {
          assertThat(place).as(about).isBetween(before, 100.0);
          before = place;
        }
      }
      List<Double> marks = scale.marks(number);
      assertThat(marks).as(about).isNotEmpty().hasSizeLessThanOrEqualTo(number + 1);
      assertThat(marks).as(about).isSorted().doesNotHaveDuplicates();
      for (double mark : marks) {
        assertThat(scale.place(mark)).as(about).isBetween(0.0, 100.0);
      }
    }
  }

  private static double any(SplittableRandom random) {
    return switch (random.nextInt(8)) {
      case 0 -> 0;
      case 1 -> Double.NaN;
      case 2 -> Double.MAX_VALUE;
      case 3 -> Double.MIN_VALUE;
      case 4 -> -random.nextDouble() * 100;
      case 5 -> Math.pow(10, random.nextDouble(-20, 20));
      case 6 -> 1e17 + random.nextInt(100);
      default -> random.nextInt(1000);
    };
  }
}

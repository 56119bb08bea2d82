package io.pickwick.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class DistributionTest {
  @Test
  void theStatisticsAreNumpys() throws Exception {
    JsonNode golden;
    try (InputStream in =
        Objects.requireNonNull(getClass().getResourceAsStream("/serve/numpy.json"))) {
      golden = new ObjectMapper().readTree(in);
    }
    assertThat(golden.path("cases")).hasSize(7);
    for (JsonNode one : golden.path("cases")) {
      double[] values =
          StreamSupport.stream(one.path("values").spliterator(), false)
              .mapToDouble(JsonNode::asDouble)
              .toArray();
      Distribution distribution = Distribution.of(values);
      assertThat(distribution.size()).isEqualTo(values.length);
      near(distribution.mean(), one.path("mean").asDouble());
      near(distribution.median(), one.path("median").asDouble());
      near(distribution.deviation(), one.path("std").asDouble());
      one.path("percentiles")
          .properties()
          .forEach(percentile ->
              assertThat(distribution.percentile(Double.parseDouble(percentile.getKey())))
                  .as("P%s of %s", percentile.getKey(), one.path("values"))
                  .isEqualTo(percentile.getValue().asDouble()));
    }
  }

  private static void near(double value, double golden) {
    assertThat(value).isCloseTo(golden, within(Math.abs(golden) * 1e-12 + 1e-15));
  }

  @Test
  void noneHaveZerosAsInVllm() {
    Distribution none = Distribution.of();
    assertThat(none.mean()).isZero();
    assertThat(none.median()).isZero();
    assertThat(none.deviation()).isZero();
    assertThat(none.percentile(99)).isZero();
    assertThat(none.max()).isZero();
  }

  @Test
  void whatNeverCameIsBehindAllThatDid() {
    Distribution some = Distribution.of(3, 1, 2).withMissing(1);
    assertThat(some.size()).isEqualTo(4);
    assertThat(some.percentile(0)).isEqualTo(1);
    assertThat(some.percentile(50)).isEqualTo(2.5);
    assertThat(some.percentile(67)).isInfinite();
    assertThat(some.percentile(100)).isInfinite();
    assertThat(Distribution.of().withMissing(2).percentile(50)).isInfinite();
    assertThat(Distribution.of(1).withMissing(9).percentile(50)).isInfinite();
  }

  @Test
  void countsThoseAboveALimit() {
    assertThat(Distribution.of(1, 5, 3, 5).above(3)).isEqualTo(2);
    assertThat(Distribution.of(1).above(1)).isZero();
  }

  @Test
  void aPercentileNextToOneThatNeverCameIsNever() {
    Distribution half = Distribution.of(1, 2).withMissing(2);
    assertThat(half.percentile(49)).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(half.percentile(55)).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(half.percentile(0)).isEqualTo(1);
  }
}

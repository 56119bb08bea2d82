package io.pickwick.kv.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pickwick.kv.event.Medium;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MediumWeightsTest {
  @Test
  void standardWeights() {
    MediumWeights weights = MediumWeights.standard();
    assertThat(Arrays.stream(Medium.values()).mapToDouble(weights::weight))
        .containsExactly(1.0, 0.8, 0.5, 0.5, 0.5);
  }

  @Test
  void oneChanged() {
    MediumWeights weights = MediumWeights.standard().with(Medium.DISK, 0.25);
    assertThat(weights.weight(Medium.DISK)).isEqualTo(0.25);
    assertThat(weights.weight(Medium.CPU)).isEqualTo(0.8);
    assertThat(MediumWeights.standard().weight(Medium.DISK)).isEqualTo(0.5);
  }

  /** Sums of parts are whole where the exact product is. */
  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1})
  void partsAddUpToWholeTokens(double weight) {
    MediumWeights weights = MediumWeights.standard().with(Medium.CPU, weight);
    long parts = weights.parts(MediumWeights.code(Medium.CPU));
    for (int tens = 1; tens <= 10_000; tens++) {
      assertThat((tens * 10L * parts) >> MediumWeights.SHIFT)
          .isEqualTo(Math.round(weight * 10) * tens);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
  void weightsOutOfRangeAreRefused(double weight) {
    assertThatThrownBy(() -> MediumWeights.standard().with(Medium.CPU, weight))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("CPU");
  }
}

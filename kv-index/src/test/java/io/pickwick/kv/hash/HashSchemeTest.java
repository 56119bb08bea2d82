package io.pickwick.kv.hash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pickwick.kv.hash.ExtraKeys.Adapter;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class HashSchemeTest {
  @ParameterizedTest
  @CsvSource({
    "0.8.5, NUMBERED",
    "0.11.0, NUMBERED",
    "0.11.1, NAMED",
    "0.16.0, NAMED",
    "0.17.0, DIGESTED",
    "0.18.1, DIGESTED",
    "0.19.0, POSITIONED",
    "0.30.2, POSITIONED",
    "0.31.0, TAGGED",
    "0.32.0, TAGGED",
    "1.0.0, TAGGED",
    "v0.22.1, POSITIONED",
    "0.22.1.dev3+g1a2b3c, POSITIONED",
    "0.31.0rc1, TAGGED",
    "0.19, POSITIONED",
    "dev, TAGGED",
    "'', TAGGED",
  })
  void everyVersionHasItsForm(String version, ExtraForm form) {
    assertThat(ExtraForm.ofVersion(version)).isEqualTo(form);
  }

  @ParameterizedTest
  @CsvSource({"0.28.1, false", "0.29.0, true", "0.32.0, true", "1.2.3, true", "unknown, true"})
  void theDefaultSeedCameWithAVersion(String version, boolean there) {
    assertThat(HashScheme.hasDefaultSeed(version)).isEqualTo(there);
  }

  @ParameterizedTest
  @EnumSource
  void algorithmsAreFoundByTheirLabels(HashAlgorithm algorithm) {
    assertThat(HashAlgorithm.named(algorithm.label())).contains(algorithm);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "builtin", "SHA256", "sha512"})
  void otherNamesAreNoAlgorithms(String name) {
    assertThat(HashAlgorithm.named(name)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aSeedMakesEveryAlgorithmPredictable(HashAlgorithm algorithm) {
    assertThat(new HashScheme(algorithm, Optional.of("0"), 16, ExtraForm.TAGGED).predictable())
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -16})
  void blocksHaveTokens(int blockSize) {
    assertThatThrownBy(() ->
            new HashScheme(HashAlgorithm.SHA256, Optional.empty(), blockSize, ExtraForm.TAGGED))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void anAdapterIsKnownWhenItsFormsWordsAre() {
    Adapter named = new Adapter("a", 0, "");

    assertThat(named.knownTo(ExtraForm.NUMBERED)).isFalse();
    assertThat(named.knownTo(ExtraForm.POSITIONED)).isTrue();
    assertThat(named.knownTo(ExtraForm.TAGGED)).isFalse();
    assertThat(new Adapter("a", 0, "p").knownTo(ExtraForm.TAGGED)).isTrue();
    assertThat(new Adapter("a", 7, "").knownTo(ExtraForm.NUMBERED)).isTrue();
  }
}

package io.pickwick.epp.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class GoDurationTest {
  private final GoDuration reader = new GoDuration();

  @ParameterizedTest
  @CsvSource({"50ms,50000000", "2s,2000000000", "1m30s,90000000000", "1.5h,5400000000000", "0,0"})
  void readsGoDurations(String text, long nanos) {
    assertThat(reader.convert(text)).isEqualTo(Duration.ofNanos(nanos));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "5", "s", "5 s", "-1s", "1d", "PT1S", "1s2", "1e3s"})
  void refusesAnythingElseWithAnExample(String text) {
    assertThatThrownBy(() -> reader.convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("write it as 50ms, 2s or 1m30s");
  }

  @Test
  void writesWhatItReads() {
    for (String text : new String[] {"0s", "2s", "1m30s", "1h", "0.05s"}) {
      assertThat(GoDuration.format(reader.convert(text))).isEqualTo(text);
    }
  }
}

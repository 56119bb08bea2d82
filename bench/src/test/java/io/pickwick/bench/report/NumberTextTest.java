package io.pickwick.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumberTextTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "0; 2; 0.00",
        "-0.001; 2; 0.00",
        "-1.5; 1; −1.5",
        "1234567.4; 0; 1,234,567",
        "999999999; 0; 999,999,999",
        "1e9; 0; 1.00e+09",
        "1.7976931348623157e308; 3; 1.80e+308",
        "NaN; 1; –",
        "Infinity; 1; ∞",
        "-Infinity; 1; −∞",
      })
  void fixedHasItsDecimals(double value, int decimals, String text) {
    assertThat(NumberText.fixed(value, decimals)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "0; 0", "10; 10", "0.25; 0.25", "0.30000000000000004; 0.3", "-2.5; −2.5", "1000; 1,000",
        "500000; 500,000", "1000000; 1M", "2500000; 2.5M", "3e9; 3G", "5e14; 500T", "1e15; 1e+15",
        "1e-9; 1e−09", "0.00001; 0.00001", "98.70000000000002; 98.7",
      })
  void marksAreShort(double value, String text) {
    assertThat(NumberText.tick(value)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({"123.4,123", "12.34,12.3", "1.234,1.23", "0.1234,0.123", "0,0", "NaN,–"})
  void briefHasThreeDigits(double value, String text) {
    assertThat(NumberText.brief(value)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({"1,1", "1.04,1", "1.06,1.1", "-0.04,0", "-12.34,-12.3"})
  void placesHaveTenths(double value, String text) {
    assertThat(NumberText.place(value)).isEqualTo(text);
  }
}

package io.pickwick.bench.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventEncoderTest {
  private static final CacheEvent STORED =
      new CacheEvent.Stored(
          new long[] {3236607068019569386L},
          false,
          0,
          new int[] {1, 2, 3, 4},
          4,
          "",
          0,
          List.of(List.of()),
          "");
  private static final CacheEvent REMOVED = new CacheEvent.Removed(3236607068019569386L);

  private static String hex(String version, CacheEvent event) {
    EventEncoder encoder = new EventEncoder(EngineVersion.parse(version), false);
    return HexFormat.of().formatHex(encoder.batch(1.5, List.of(event), 0));
  }

  /** What msgspec writes for the classes of each release. */
  @ParameterizedTest
  @CsvSource({
    "0.9.2,  93cb3ff80000000000009196ab426c6f636b53746f72656491cf2ceabcfae6d332eac0940102030404c000",
    "0.10.2, 93cb3ff80000000000009197ab426c6f636b53746f72656491cf2ceabcfae6d332eac0940102030404c0a3475055"
        + "00",
    "0.14.1, 93cb3ff80000000000009198ab426c6f636b53746f72656491cf2ceabcfae6d332eac0940102030404c0a3475055"
        + "c000",
    "0.20.2, 93cb3ff8000000000000919aab426c6f636b53746f72656491cf2ceabcfae6d332eac0940102030404c0a3475055"
        + "c091c00000"
  })
  void aStoredBlockHasTheFieldsOfItsVersion(String version, String expected) {
    assertThat(hex(version, STORED)).isEqualTo(expected);
  }

  @Test
  void mapsLeaveOutWhatHasItsDefault() {
    assertThat(hex("0.24.0", STORED))
        .isEqualTo(
            "93cb3ff8000000000000918ba474797065ab426c6f636b53746f726564ac626c6f636b5f68617368657391cf2ceabc"
                + "fae6d332eab1706172656e745f626c6f636b5f68617368c0a9746f6b656e5f6964739401020304aa626c6f"
                + "636b5f73697a6504a76c6f72615f6964c0a66d656469756da3475055a96c6f72615f6e616d65c0aa657874"
                + "72615f6b65797391c0a967726f75705f69647800b26b765f63616368655f737065635f6b696e64ae66756c"
                + "6c5f617474656e74696f6e00");
    assertThat(hex("0.32.0", REMOVED))
        .isEqualTo(
            "93cb3ff80000000000009184a474797065ac426c6f636b52656d6f766564ac626c6f636b5f68617368657391cf2cea"
                + "bcfae6d332eaa66d656469756da3475055a967726f75705f6964780000");
    assertThat(hex("0.24.0", new CacheEvent.Cleared()))
        .isEqualTo("93cb3ff80000000000009181a474797065b0416c6c426c6f636b73436c656172656400");
  }

  @Test
  void removedAndClearedAsArrays() {
    assertThat(hex("0.20.2", REMOVED))
        .isEqualTo(
            "93cb3ff80000000000009194ac426c6f636b52656d6f76656491cf2ceabcfae6d332eaa34750550000");
    assertThat(hex("0.22.1", new CacheEvent.Cleared()))
        .isEqualTo("93cb3ff80000000000009191b0416c6c426c6f636b73436c656172656400");
    assertThat(hex("0.9.0", new CacheEvent.Cleared()))
        .isEqualTo("92cb3ff80000000000009191b0416c6c426c6f636b73436c6561726564");
  }

  @Test
  void byteHashesEndWithTheLowBits() {
    EventEncoder encoder = new EventEncoder(EngineVersion.NEWEST, true);
    String hex = HexFormat.of().formatHex(encoder.batch(1.5, List.of(REMOVED), 3));
    assertThat(hex).contains("91c420").contains("2ceabcfae6d332eaa66d656469756d").endsWith("03");
  }

  @Test
  void versionsAreOrdered() {
    assertThat(EngineVersion.parse("0.9.2")).isLessThan(EngineVersion.parse("0.10.0"));
    assertThat(EngineVersion.parse("v0.32")).isEqualTo(EngineVersion.NEWEST).hasToString("0.32.0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "newest", "0", "0.1.2.3", "0.99999"})
  void whatIsNoVersionIsRefused(String text) {
    assertThatThrownBy(() -> EngineVersion.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0.32.0");
  }
}

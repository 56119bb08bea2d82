package io.pickwick.kv.hash;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Xxh64Test {
  /** Values of the reference implementation for the bytes 31 i + 7. */
  @ParameterizedTest
  @CsvSource({
    "0, EF46DB3751D8E999, C4349FC93C010000",
    "1, A96C7F0CE858BBB7, 585882422A6165E7",
    "3, 56E6957632A487F9, 5ACB303E78133C22",
    "4, C60D15B1E3FF8F04, 7D51D5E2461732B3",
    "7, AFBEFC3D6C6F9A8E, 2CE9ADEC2B2C8104",
    "8, 3DA5C7AA269683E0, 758848F033FA76A2",
    "31, 4A74F3A1A39AD4A1, 8137041F5AF88413",
    "32, 8D57D6A4671CC43D, 184EBCF3745CD46C",
    "33, 62C9FD21ED857664, 52FAC3C981F3CC2E",
    "63, 5C320A0D2707057F, 64EF99A2E94CC7BD",
    "64, 7BBABBC45729D17E, F7F22435FE1AB128",
    "100, EFA0AD2D3E70C151, BC7AB33BE7528C18",
    "256, 7C1FF7B1D57C10D5, AABAF17C38DF7868",
    "1024, 149AA44972CDAE00, 3FFE1C69F2D78178",
  })
  void agreesWithTheReferenceImplementation(int length, String plain, String seeded) {
    byte[] bytes = new byte[length + 5];
    for (int i = 0; i < length; i++) {
      bytes[5 + i] = (byte) (i * 31 + 7);
    }

    assertThat(Xxh64.hash(bytes, 5, length, 0)).isEqualTo(Long.parseUnsignedLong(plain, 16));
    assertThat(Xxh64.hash(bytes, 5, length, 0x9E3779B97F4A7C15L))
        .isEqualTo(Long.parseUnsignedLong(seeded, 16));
  }

  @Test
  void mixTellsOrderAndNeighboursApart() {
    Set<Long> seen = new HashSet<>();
    for (long first = 0; first < 300; first++) {
      for (long second = 0; second < 300; second++) {
        seen.add(Xxh64.mix(first, second));
      }
    }

    assertThat(seen).hasSize(300 * 300);
  }

  @Test
  void oneFlippedBitOfEitherArgumentFlipsHalfOfTheMixture() {
    long seed = 11;
    Random random = new Random(seed);
    long flipped = 0;
    int trials = 0;
    for (int round = 0; round < 200; round++) {
      long first = random.nextLong();
      long second = random.nextLong();
      long mixed = Xxh64.mix(first, second);
      for (int bit = 0; bit < Long.SIZE; bit++) {
        flipped += Long.bitCount(mixed ^ Xxh64.mix(first ^ (1L << bit), second));
        flipped += Long.bitCount(mixed ^ Xxh64.mix(first, second ^ (1L << bit)));
        trials += 2;
      }
    }

    assertThat((double) flipped / trials).as("seed %d", seed).isBetween(31.0, 33.0);
  }
}

package io.pickwick.kv.hash;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

class Xxh3Test {
  private final Xxh3 xxh3 = new Xxh3();

  /** {@code src/test/golden/xxh3.py} made the file. */
  @ParameterizedTest
  @CsvFileSource(resources = "xxh3-128.csv")
  void agreesWithTheReferenceImplementation(int length, String digest) {
    byte[] bytes = new byte[length + 5];
    for (int i = 0; i < length; i++) {
      bytes[3 + i] = (byte) (i * 31 + 7);
    }
    byte[] out = new byte[16];

    xxh3.digest(bytes, 3, length, out);

    assertThat(HexFormat.of().formatHex(out)).isEqualTo(digest);
  }
}

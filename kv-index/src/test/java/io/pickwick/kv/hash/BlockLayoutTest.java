package io.pickwick.kv.hash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class BlockLayoutTest {
  @Test
  void theStandardLayoutIsFineAtFirstAndCoarseLater() {
    BlockLayout layout = BlockLayout.standard();

    assertThat(layout.bytes(0)).isEqualTo(64);
    assertThat(layout.bytes(255)).isEqualTo(64);
    assertThat(layout.bytes(256)).isEqualTo(256);
    assertThat(layout.bytes(511)).isEqualTo(256);
    assertThat(layout.bytes(512)).isEqualTo(1024);
    assertThat(layout.bytes(5_000)).isEqualTo(1024);
    assertThat(layout.largestBytes()).isEqualTo(1024);
    assertThat(layout.blockTokens()).isEqualTo(16);
    assertThat(layout.bytesPerToken()).isEqualTo(4);
    assertThat(layout.maxBlocks()).isEqualTo(2048);
  }

  @Test
  void endsSumTheSizesUp() {
    BlockLayout layout = new BlockLayout(8, 3, 1500);

    long bytes = 0;
    for (int block = 0; block < layout.maxBlocks(); block++) {
      bytes += layout.bytes(block);
      assertThat(layout.ends()[block] * 3L).isEqualTo(bytes);
    }
  }

  @Test
  void aHundredThousandTokensHaveFewerThanAThousandBlocks() {
    int[] ends = BlockLayout.standard().ends();

    assertThat(ends[999]).isGreaterThan(450_000 / 4);
  }

  @Test
  void parametersOfZeroAreRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> new BlockLayout(0, 4, 10));
    assertThatIllegalArgumentException().isThrownBy(() -> new BlockLayout(16, 0, 10));
    assertThatIllegalArgumentException().isThrownBy(() -> new BlockLayout(16, 4, 0));
  }

  @Test
  void moreBytesThanAnIntCountsAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BlockLayout(1 << 20, 4, 2048))
        .withMessageContaining("2048 blocks");
  }
}

package io.pickwick.bench.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.IntBuffer;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Made-up tokens: equal names are equal texts, and no two blocks are the same. */
class TokenBlocksTest {
  private static int[] write(TokenBlocks blocks, long text, int position, int count) {
    int[] tokens = new int[count];
    blocks.write(text, position, tokens, 0, count);
    return tokens;
  }

  @Test
  void aRunIsTheTokensOfItsPositions() {
    Random random = new Random(1);
    TokenBlocks blocks = TokenBlocks.shared(7);
    for (int round = 0; round < 200; round++) {
      int position = random.nextInt(100);
      int count = random.nextInt(100);
      int[] run = write(blocks, 42, position, count);
      for (int index = 0; index < count; index++) {
        assertThat(run[index])
            .as("round %d, token %d", round, index)
            .isEqualTo(blocks.token(42, position + index))
            .isBetween(0, TokenBlocks.VOCABULARY - 1);
      }
    }
  }

  @Test
  void aRunLeavesWhatIsBeforeAndBehindIt() {
    int[] target = new int[40];
    TokenBlocks.shared(1).write(3, 5, target, 10, 20);
    for (int index = 0; index < 40; index++) {
      int expected = index < 10 || index >= 30 ? 0 : TokenBlocks.shared(1).token(3, index - 5);
      assertThat(target[index]).isEqualTo(expected);
    }
  }

  @Test
  void noTwoBlocksAreEqual() {
    Set<IntBuffer> seen = new HashSet<>();
    int blocks = 0;
    for (TokenBlocks kind :
        new TokenBlocks[] {TokenBlocks.OUTPUT, TokenBlocks.own(3), TokenBlocks.shared(3)}) {
      for (long text : new long[] {0, 1, 2, 3, 1000, (1L << 36) - 1}) {
        for (int block = 0; block < 1000; block++) {
          seen.add(IntBuffer.wrap(write(kind, text, block * TokenBlocks.BLOCK, TokenBlocks.BLOCK)));
          blocks++;
        }
      }
    }
    assertThat(seen).hasSize(blocks);
  }

  @Test
  void aSeedMakesOtherTokens() {
    assertThat(write(TokenBlocks.own(1), 5, 0, 64))
        .isEqualTo(write(TokenBlocks.own(1), 5, 0, 64))
        .isNotEqualTo(write(TokenBlocks.own(2), 5, 0, 64));
  }

  @Test
  void outputDependsOnTheRequestAndThePosition() {
    assertThat(OutputTokens.token(9, 30)).isEqualTo(OutputTokens.token(9, 30));
    assertThat(OutputTokens.token(9, 30)).isNotEqualTo(OutputTokens.token(10, 30));
    assertThat(OutputTokens.token(9, 30)).isNotEqualTo(OutputTokens.token(9, 31));
  }

  @Test
  void aTextBeyondTheNumbersIsRefused() {
    assertThatThrownBy(() -> TokenBlocks.own(1).token(1L << 36, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("36");
    assertThatThrownBy(() -> TokenBlocks.own(1).token(-1, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}

package io.pickwick.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A prompt that was hashed before is served as the same prompt in tokens is. */
class HashedPromptTest {
  private static final int SIZE = 4;
  private static final EngineSpec TINY =
      new EngineSpec("tiny", 1000, 10, 5, 0.5, 33, SIZE, 64, 8, 2, 1024);

  private long now;

  private static EngineRequest hashed(int[] prompt, String lora, int output) {
    BlockHashing.Chain chain = BlockHashing.CHEAP.chain(lora, "");
    long[] hashes = new long[prompt.length / SIZE];
    for (int block = 0; block < hashes.length; block++) {
      hashes[block] = chain.next(prompt, block * SIZE, SIZE);
    }
    return new EngineRequest(
        hashes,
        SIZE,
        Arrays.copyOfRange(prompt, hashes.length * SIZE, prompt.length),
        hashes.length == 0
            ? BlockHashing.CHEAP.chain(lora, "")
            : BlockHashing.cheapAfter(hashes[hashes.length - 1]),
        lora,
        "",
        output,
        index -> 77 + index);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void stepsAndCachesAreTheSame(long seed) {
    Random random = new Random(seed);
    Engine tokens = new Engine(TINY, () -> now);
    Engine hashes = new Engine(TINY, () -> now);
    List<int[]> before = new ArrayList<>();
    for (int step = 0; step < 600; step++) {
      if (random.nextInt(3) == 0) {
        int[] prompt = prompt(random, before);
        String lora = random.nextInt(4) == 0 ? "adapter" : "";
        int output = 1 + random.nextInt(20);
        tokens.submit(
            new EngineRequest(prompt, lora, "", output, Integer.MAX_VALUE, index -> 77 + index));
        hashes.submit(hashed(prompt, lora, output));
        // The next turn of it: prompt, output and something new.
        before.add(
            IntStream.concat(
                    Arrays.stream(prompt), IntStream.range(0, output).map(index -> 77 + index))
                .toArray());
      }
      Step one = tokens.step();
      Step other = hashes.step();
      assertThat(other.durationNanos()).as("seed %d", seed).isEqualTo(one.durationNanos());
      assertThat(other.finished().size()).isEqualTo(one.finished().size());
      for (int i = 0; i < one.finished().size(); i++) {
        assertThat(other.finished().get(i).cachedTokens())
            .as("seed %d", seed)
            .isEqualTo(one.finished().get(i).cachedTokens());
      }
      assertThat(hashes.cached()).isEqualTo(tokens.cached());
      now += Math.max(1, one.durationNanos());
    }
    assertThat(tokens.hitTokens()).isPositive();
    assertThat(tokens.preemptions()).isPositive();
  }

  private static int[] prompt(Random random, List<int[]> before) {
    int[] fresh = random.ints(1 + random.nextInt(30), 0, 1000).toArray();
    if (before.isEmpty() || random.nextBoolean()) {
      return fresh;
    }
    int[] turn = before.get(random.nextInt(before.size()));
    return turn.length > 70
        ? fresh
        : IntStream.concat(Arrays.stream(turn), Arrays.stream(fresh)).toArray();
  }

  @Test
  void moreThanABlockBehindTheHashesIsRefused() {
    assertThatThrownBy(() ->
            new EngineRequest(
                new long[] {1},
                4,
                new int[] {1, 2, 3, 4},
                BlockHashing.cheapAfter(1),
                "",
                "",
                1,
                index -> 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("less than a block");
  }

  @Test
  void whatOneEngineComputedTheOtherNeedNotWhenTheyPoolTheirCaches() {
    PooledCache pooled = new PooledCache(8);
    Engine first = pooling(pooled);
    Engine second = pooling(pooled);
    int[] prompt = IntStream.range(0, 21).toArray();
    first.submit(hashed(prompt, "", 1));
    first.step();
    EngineRequest same = hashed(prompt, "", 1);
    second.submit(same);
    Step step = second.step();
    assertThat(same.cachedTokens()).isEqualTo(20);
    assertThat(step.prefillTokens()).isEqualTo(1);

    // Six more blocks push the least recently used ones out, a chain's end first.
    first.submit(hashed(IntStream.range(100, 124).toArray(), "", 1));
    first.step();
    Engine third = pooling(pooled);
    EngineRequest late = hashed(prompt, "", 1);
    third.submit(late);
    third.step();
    assertThat(late.cachedTokens()).isEqualTo(8);
  }

  private Engine pooling(PooledCache pooled) {
    return new Engine(TINY, () -> now, BlockHashing.CHEAP, CacheObserver.NONE, true, pooled);
  }
}

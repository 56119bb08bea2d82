package io.pickwick.kv.hash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pickwick.kv.hash.ExtraKeys.Adapter;
import io.pickwick.kv.hash.ExtraKeys.MediaSpan;
import io.pickwick.kv.hash.TokenChain.Mark;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TokenChainTest {
  private static final long SEPARATOR = PromptKeys.separator("base", "");

  @ParameterizedTest
  @EnumSource
  void anyCutsAndAnyMarksGiveTheKeysOfOneTokenAfterTheOther(HashAlgorithm algorithm) {
    for (long seed = 0; seed < 60; seed++) {
      Random random = new Random(seed);
      HashScheme scheme = scheme(algorithm, 1 + random.nextInt(9));
      int[] tokens = tokens(random, random.nextInt(400));
      ExtraKeys extra = extra(random, tokens.length);
      long[] expected = naive(scheme, extra, tokens);
      TokenChain chain = new TokenChain(scheme, ExtraKeys.ofSalt("another"), 1);
      chain.add(tokens, 0, tokens.length / 2);
      chain.reset(extra, SEPARATOR);
      List<Mark> marks = new ArrayList<>(List.of(chain.mark()));
      for (int step = 0; step < 40; step++) {
        if (random.nextInt(3) == 0) {
          Mark mark = marks.get(random.nextInt(marks.size()));
          if (random.nextBoolean()) {
            chain.resume(mark);
          } else {
            chain = TokenChain.resumed(mark);
          }
          assertThat(chain.tokens()).isEqualTo(mark.tokens());
          assertThat(chain.blocks()).isEqualTo(mark.blocks());
        }
        int from = chain.tokens();
        int to = Math.min(tokens.length, from + random.nextInt(40));
        if (to == from + 1) {
          chain.add(tokens[from]);
        } else {
          chain.add(tokens, from, to);
        }
        marks.add(chain.mark());

        PromptKeys stored = chain.stored();
        assertThat(chain.tokens()).isEqualTo(to);
        assertThat(chain.blocks()).isEqualTo(to / scheme.blockSize());
        assertThat(stored.tokens()).isEqualTo(to);
        assertThat(keys(stored))
            .as("seed %d, %s, step %d", seed, scheme, step)
            .isEqualTo(Arrays.copyOf(expected, to / scheme.blockSize()));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void promptsThatPartAfterAMarkDoNotDisturbEachOther(HashAlgorithm algorithm) {
    long seed = 5;
    Random random = new Random(seed);
    HashScheme scheme = scheme(algorithm, 4);
    int[] common = tokens(random, 402);
    TokenChain chain = new TokenChain(scheme, ExtraKeys.NONE, SEPARATOR);
    chain.add(common, 0, common.length);
    Mark mark = chain.mark();
    List<PromptKeys> handedOut = new ArrayList<>();
    List<long[]> expected = new ArrayList<>();
    for (int branch = 0; branch < 20; branch++) {
      int[] whole = Arrays.copyOf(common, common.length + 200);
      System.arraycopy(tokens(random, 200), 0, whole, common.length, 200);
      chain.resume(mark);
      chain.add(whole, common.length, whole.length);
      handedOut.add(chain.stored());
      expected.add(naive(scheme, ExtraKeys.NONE, whole));
    }

    for (int branch = 0; branch < handedOut.size(); branch++) {
      assertThat(keys(handedOut.get(branch)))
          .as("branch %d", branch)
          .isEqualTo(expected.get(branch));
    }
  }

  @Test
  void threadsGoOnFromOneMarkAtOnce() throws Exception {
    HashScheme scheme = scheme(HashAlgorithm.XXHASH_CBOR, 4);
    int[] common = tokens(new Random(1), 1000);
    TokenChain chain = new TokenChain(scheme, ExtraKeys.NONE, SEPARATOR);
    chain.add(common, 0, common.length);
    Mark mark = chain.mark();
    List<Callable<Boolean>> branches = new ArrayList<>();
    for (int branch = 0; branch < 200; branch++) {
      int[] own = tokens(new Random(100 + branch), 61);
      int[] whole = Arrays.copyOf(common, common.length + own.length);
      System.arraycopy(own, 0, whole, common.length, own.length);
      branches.add(() -> {
        TokenChain next = TokenChain.resumed(mark);
        next.add(own, 0, own.length);
        return Arrays.equals(keys(next.stored()), naive(scheme, ExtraKeys.NONE, whole));
      });
    }

    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (Future<Boolean> agrees : threads.invokeAll(branches)) {
        assertThat(agrees.get()).isTrue();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0",
    "1, 0, 0",
    "15, 0, 0",
    "16, 1, 0",
    "17, 1, 1",
    "31, 1, 1",
    "32, 2, 1",
    "33, 2, 2",
    "1600, 100, 99",
  })
  void anEngineComputesAtLeastTheLastToken(int tokens, int stored, int hits) {
    TokenChain chain =
        new TokenChain(scheme(HashAlgorithm.SHA256_CBOR, 16), ExtraKeys.NONE, SEPARATOR);

    chain.add(new int[tokens], 0, tokens);

    assertThat(chain.stored().count()).isEqualTo(stored);
    assertThat(chain.hits().count()).isEqualTo(hits);
    assertThat(chain.hits().tokens()).isEqualTo(tokens);
    assertThat(chain.hits().tokensIn(hits)).isEqualTo(16 * hits);
    assertThat(chain.stored().tokensIn(stored)).isEqualTo(16 * stored);
  }

  @Test
  void longPromptsCountTheirTokens() {
    TokenChain chain = new TokenChain(scheme(HashAlgorithm.XXHASH_CBOR, 1), ExtraKeys.NONE, 0);

    chain.add(new int[100_000], 0, 100_000);

    PromptKeys stored = chain.stored();
    assertThat(stored.count()).isEqualTo(100_000);
    assertThat(stored.tokensIn(100_000)).isEqualTo(100_000);
    assertThat(stored.tokensIn(70_001)).isEqualTo(70_001);
  }

  @Test
  void keysAreThoseThatIngestMakesOfPublishedHashes() {
    TokenChain chain = new TokenChain(scheme(HashAlgorithm.SHA256, 16), ExtraKeys.NONE, SEPARATOR);

    chain.add(IntStream.rangeClosed(1, 32).toArray(), 0, 32);

    assertThat(chain.raw(1)).isEqualTo(0x7D92DCBB5B559E31L);
    assertThat(chain.key(1)).isEqualTo(PromptKeys.separated(SEPARATOR, 0x7D92DCBB5B559E31L));
    assertThat(chain.stored().key(1)).isEqualTo(chain.key(1));
  }

  @Test
  void refusesNegativeTokensAndStaysAsItWas() {
    TokenChain chain =
        new TokenChain(scheme(HashAlgorithm.SHA256_CBOR, 4), ExtraKeys.NONE, SEPARATOR);
    chain.add(new int[] {1, 2, 3}, 0, 3);

    assertThatThrownBy(() -> chain.add(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> chain.add(new int[] {4, 5, 6, 7, 8, -7}, 0, 6))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-7");

    chain.add(new int[] {4, 5, 6, 7, 8}, 0, 5);
    assertThat(keys(chain.stored()))
        .isEqualTo(naive(chain.scheme(), ExtraKeys.NONE, IntStream.rangeClosed(1, 8).toArray()));
  }

  @ParameterizedTest
  @CsvSource({"-1, 2", "2, 1", "0, 4"})
  void refusesARangeOutsideOfTheTokens(int from, int to) {
    TokenChain chain = new TokenChain(scheme(HashAlgorithm.SHA256, 4), ExtraKeys.NONE, 0);

    assertThatThrownBy(() -> chain.add(new int[3], from, to))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void hasNoKeyBeyondItsBlocks() {
    TokenChain chain = new TokenChain(scheme(HashAlgorithm.SHA256, 4), ExtraKeys.NONE, 0);
    chain.add(new int[5], 0, 5);

    assertThatThrownBy(() -> chain.key(1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> chain.raw(-1)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @ParameterizedTest
  @CsvSource({"XXHASH", "XXHASH_CBOR", "SHA256_CBOR_64BIT"})
  void refusesASeedThatNobodyKnows(HashAlgorithm algorithm) {
    HashScheme scheme = new HashScheme(algorithm, Optional.empty(), 16, ExtraForm.TAGGED);

    assertThat(scheme.predictable()).isFalse();
    assertThatThrownBy(() -> new TokenChain(scheme, ExtraKeys.NONE, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("PYTHONHASHSEED");
  }

  @Test
  void goesOnFromAMarkWithFurtherMedia() {
    HashScheme scheme = scheme(HashAlgorithm.SHA256, 4);
    int[] tokens = tokens(new Random(3), 40);
    MediaSpan first = new MediaSpan("first", 2, 9);
    MediaSpan second = new MediaSpan("second", 21, 10);
    TokenChain chain = new TokenChain(scheme, media(first), SEPARATOR);
    chain.add(tokens, 0, 18);
    Mark mark = chain.mark();

    chain.resume(mark, media(first, second));
    chain.add(tokens, 18, 40);

    assertThat(keys(chain.stored())).isEqualTo(naive(scheme, media(first, second), tokens));
  }

  @Test
  void refusesMarksThatWereHashedOtherwise() {
    HashScheme scheme = scheme(HashAlgorithm.SHA256, 4);
    MediaSpan medium = new MediaSpan("medium", 2, 2);
    TokenChain chain = new TokenChain(scheme, ExtraKeys.NONE, SEPARATOR);
    chain.add(new int[9], 0, 9);
    Mark mark = chain.mark();
    TokenChain other = new TokenChain(scheme(HashAlgorithm.SHA256, 8), ExtraKeys.NONE, SEPARATOR);

    assertThatThrownBy(() -> other.resume(mark)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> chain.resume(mark, ExtraKeys.ofSalt("salt")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> chain.resume(mark, media(medium)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> chain.resume(mark, ExtraKeys.ofAdapter(new Adapter("a", 1, "p"))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesMediaOutOfOrder() {
    MediaSpan first = new MediaSpan("first", 5, 2);
    MediaSpan second = new MediaSpan("second", 4, 1);

    assertThatThrownBy(() -> media(first, second)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void sglangNeverMatchesWhatItHashesWithoutItsSalt() {
    HashScheme scheme = scheme(HashAlgorithm.SGLANG, 4);
    TokenChain plain = new TokenChain(scheme, ExtraKeys.NONE, SEPARATOR);
    TokenChain salted = new TokenChain(scheme, ExtraKeys.ofSalt("salt"), SEPARATOR);
    plain.add(new int[8], 0, 8);
    salted.add(new int[8], 0, 8);

    assertThat(salted.raw(1)).isEqualTo(plain.raw(1));
    assertThat(keys(salted.stored())).doesNotContain(keys(plain.stored()));
  }

  @Test
  void mixturesComeApart() {
    long seed = 8;
    Random random = new Random(seed);
    for (int i = 0; i < 1000; i++) {
      long first = random.nextLong();
      long second = random.nextLong();

      assertThat(Xxh64.unmix(first, Xxh64.mix(first, second)))
          .as("seed %d", seed)
          .isEqualTo(second);
    }
  }

  /** One token after the other, each prefix's chain its own. */
  private static long[] naive(HashScheme scheme, ExtraKeys extra, int[] tokens) {
    TokenChain chain = new TokenChain(scheme, extra, SEPARATOR);
    long[] keys = new long[tokens.length / scheme.blockSize()];
    for (int token : tokens) {
      int before = chain.blocks();
      chain.add(token);
      if (chain.blocks() > before) {
        keys[before] = chain.key(before);
      }
    }
    return keys;
  }

  private static HashScheme scheme(HashAlgorithm algorithm, int blockSize) {
    return new HashScheme(algorithm, Optional.of("0"), blockSize, ExtraForm.TAGGED);
  }

  private static ExtraKeys media(MediaSpan... media) {
    return new ExtraKeys(Optional.empty(), List.of(media), "", Optional.empty());
  }

  private static ExtraKeys extra(Random random, int tokens) {
    List<MediaSpan> media = new ArrayList<>();
    for (int at = random.nextInt(50); at < tokens; at += random.nextInt(90)) {
      media.add(new MediaSpan("medium " + random.nextInt(), at, 1 + random.nextInt(30)));
      at += media.getLast().length();
    }
    return new ExtraKeys(
        random.nextBoolean()
            ? Optional.of(new Adapter("a" + random.nextInt(), 3, "path"))
            : Optional.empty(),
        random.nextBoolean() ? media : List.of(),
        random.nextBoolean() ? "salt" : "",
        Optional.empty());
  }

  private static int[] tokens(Random random, int count) {
    return random.ints(count, 0, 152_064).toArray();
  }

  private static long[] keys(PromptKeys keys) {
    return IntStream.range(0, keys.count()).mapToLong(keys::key).toArray();
  }
}

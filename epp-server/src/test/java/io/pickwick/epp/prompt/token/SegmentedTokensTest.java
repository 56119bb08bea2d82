package io.pickwick.epp.prompt.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class SegmentedTokensTest {
  private static final long DOMAIN = 0;

  private final CountingTokenizer tokenizer = new CountingTokenizer("qwen2");

  @ParameterizedTest
  @FieldSource("io.pickwick.epp.prompt.token.Samples#BYTE_LEVEL")
  void segmentsGiveTheIdsOfTheWhole(String name) {
    CountingTokenizer counting = new CountingTokenizer(name);
    SegmentedTokens tokens = new SegmentedTokens(counting, 200_000);
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    String shared = Samples.random(random, 500);
    for (int i = 0; i < 40; i++) {
      // Beginnings that are shared, cut anywhere, with other ends.
      String text =
          shared.substring(0, random.nextInt(shared.length()))
              + Samples.random(random, random.nextInt(300));
      for (boolean special : new boolean[] {false, true}) {
        IdList ids = new IdList(64);
        tokens.encode(text, special, ids);
        assertThat(ids.toArray())
            .as("%s, seed %d, text %d: %s", name, seed, i, text)
            .isEqualTo(Samples.encode(counting, text, special));
      }
      assertThat(tokens.bytes()).isLessThanOrEqualTo(200_000);
    }
  }

  @Test
  void aConversationsNextRoundTokenizesOnlyWhatIsNew() {
    SegmentedTokens tokens = new SegmentedTokens(tokenizer, 100_000_000);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      text.append(turn("user", i, 1500)).append(turn("assistant", i, 500));
    }
    tokens.encode(text.toString(), false, id -> {});
    long first = tokenizer.bytes.getAndSet(0);
    assertThat(first).isEqualTo(text.length());
    String more = turn("user", 1000, 400);
    text.append(more);
    IdList ids = new IdList(64);
    tokens.encode(text.toString(), false, ids);
    assertThat(tokenizer.bytes.getAndSet(0)).isBetween((long) more.length(), 4096L);
    assertThat(ids.toArray()).isEqualTo(Samples.encode(tokenizer, text.toString(), false));
  }

  @Test
  void whatWasReachedIsFoundAgain() {
    SegmentedTokens tokens = new SegmentedTokens(tokenizer, 10_000_000);
    PrefixCache<String> prefixes = new PrefixCache<>(1_000_000);
    String first = turn("user", 1, 5000) + turn("assistant", 2, 5000);
    SegmentedText one = tokens.cut(first);
    assertThat(one.segments()).isGreaterThan(4);
    assertThat(prefixes.longest(one, DOMAIN)).isEmpty();
    int reached = one.segments() - 1;
    prefixes.put(one, reached, DOMAIN, 42, "state", 100);
    SegmentedText two = tokens.cut(first + turn("user", 3, 3000));
    assertThat(prefixes.longest(two, DOMAIN))
        .contains(new PrefixCache.Found<>(reached, 42, "state"));
    assertThat(two.start(reached)).isEqualTo(one.start(reached));
    // The rest from there gives the ids of the whole.
    IdList rest = new IdList(64);
    tokenizer.encode(first.getBytes(StandardCharsets.UTF_8), 0, two.start(reached), rest);
    for (int segment = reached; segment < two.segments(); segment++) {
      tokens.encode(two, segment, rest);
    }
    assertThat(rest.toArray())
        .isEqualTo(Samples.encode(tokenizer, first + turn("user", 3, 3000), false));
    assertThat(prefixes.longest(two, DOMAIN + 1)).isEmpty();
    assertThat(prefixes.longest(tokens.cut("x" + first), DOMAIN)).isEmpty();
    assertThat(prefixes.longest(tokens.cut(""), DOMAIN)).isEmpty();
  }

  @Test
  void aSegmentInAnotherPlaceIsNoPrefix() {
    SegmentedTokens tokens = new SegmentedTokens(tokenizer, 10_000_000);
    PrefixCache<String> prefixes = new PrefixCache<>(1_000_000);
    String a = turn("user", 1, 1500);
    String b = turn("user", 2, 1500);
    SegmentedText ab = tokens.cut(a + b);
    prefixes.put(ab, ab.segments(), DOMAIN, 1, "ab", 8);
    assertThat(prefixes.longest(tokens.cut(b + a), DOMAIN)).isEmpty();
    assertThat(prefixes.longest(tokens.cut(b), DOMAIN)).isEmpty();
    assertThat(prefixes.longest(tokens.cut(a + a), DOMAIN)).isEmpty();
    assertThat(prefixes.longest(tokens.cut(a + b), DOMAIN).map(PrefixCache.Found::state))
        .contains("ab");
  }

  @Test
  void theMemoryIsBoundedAndForgetsTheOldest() {
    PrefixCache<Integer> prefixes = new PrefixCache<>(16 * 2000);
    SegmentedTokens tokens = new SegmentedTokens(tokenizer, 0);
    for (int i = 0; i < 2000; i++) {
      SegmentedText text = tokens.cut("text " + i);
      prefixes.put(text, 1, DOMAIN, 1, i, 8);
      assertThat(prefixes.bytes()).isLessThanOrEqualTo(16 * 2000);
      assertThat(prefixes.longest(text, DOMAIN).map(PrefixCache.Found::state)).contains(i);
    }
    assertThat(prefixes.longest(tokens.cut("text 0"), DOMAIN)).isEmpty();
    prefixes.put(tokens.cut("large"), 1, DOMAIN, 1, 0, 1_000_000);
    assertThat(prefixes.longest(tokens.cut("large"), DOMAIN)).isEmpty();
    assertThat(tokens.bytes()).isZero();
  }

  @Test
  void hashesOfDifferentTextsDiffer() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    TextHash hash =
        new TextHash(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
    byte[] text = new byte[100];
    Set<Long> seen = new HashSet<>();
    int made = 0;
    // All lengths of zeros, and every single bit of a text.
    for (int length = 0; length <= text.length; length++) {
      seen.add(hash.high(text, 0, length));
      seen.add(hash.low(text, 0, length));
      made += 2;
    }
    for (int bit = 0; bit < 800; bit++) {
      text[bit >> 3] ^= (byte) (1 << (bit & 7));
      seen.add(hash.high(text, 0, 100));
      seen.add(hash.low(text, 0, 100));
      text[bit >> 3] ^= (byte) (1 << (bit & 7));
      made += 2;
    }
    assertThat(seen).as("seed %d", seed).hasSize(made);
    assertThat(hash.high(text, 3, 50)).isEqualTo(hash.high(new byte[47], 0, 47));
  }

  private static String turn(String role, int number, int length) {
    StringBuilder text = new StringBuilder("<|im_start|>" + role + "\n");
    int word = number * 10_007;
    while (text.length() < length) {
      text.append("word").append(word++).append(word % 9 == 0 ? ".\n" : " ");
    }
    return text.append("<|im_end|>\n").toString();
  }

  /** Counts the bytes that are tokenized. */
  private static final class CountingTokenizer implements Tokenizer {
    private final Tokenizer tokenizer;
    private final AtomicLong bytes = new AtomicLong();

    CountingTokenizer(String name) {
      try {
        tokenizer = Tokenizers.load(Samples.file(name));
      } catch (TokenizerException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void encode(byte[] utf8, int from, int to, IntConsumer ids) {
      bytes.addAndGet(to - from);
      tokenizer.encode(utf8, from, to, ids);
    }

    @Override
    public int[] before() {
      return tokenizer.before();
    }

    @Override
    public int[] after() {
      return tokenizer.after();
    }

    @Override
    public int[] seams(byte[] utf8) {
      return tokenizer.seams(utf8);
    }

    @Override
    public Optional<String> text(int id) {
      return tokenizer.text(id);
    }

    @Override
    public String kind() {
      return tokenizer.kind();
    }
  }
}

package io.pickwick.kv.hash;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PromptHasherTest {
  private static final BlockLayout LAYOUT = new BlockLayout(4, 2, 600);
  private static final long CONTEXT_SEED = 0x636F6E74657874L;

  private final PromptHasher hasher = new PromptHasher(LAYOUT);

  @Test
  void anyCutGivesTheKeysOfTheWhole() {
    for (long seed = 0; seed < 400; seed++) {
      Random random = new Random(seed);
      byte[] context = bytes(random, random.nextBoolean() ? 0 : random.nextInt(3_000));
      byte[] content = bytes(random, random.nextInt(seed % 10 == 0 ? 60_000 : 400));

      hasher.reset();
      feed(random, context, content);

      PromptKeys keys = hasher.finish();
      assertThat(longs(keys)).as("seed %d", seed).isEqualTo(oracle(context, content));
      assertThat(keys.tokens()).isEqualTo((context.length + content.length) / 2);
    }
  }

  @Test
  void aChangedByteChangesItsBlockAndAllLaterOnes() {
    Random random = new Random(7);
    byte[] prompt = bytes(random, 5_000);
    PromptKeys before = keys(prompt);
    for (int round = 0; round < 200; round++) {
      int at = random.nextInt(prompt.length / 8 * 8);
      prompt[at] ^= (byte) (1 << random.nextInt(8));
      PromptKeys after = keys(prompt);
      for (int block = 0; block < before.count(); block++) {
        boolean same = before.tokensIn(block + 1) * 2 <= at;
        assertThat(after.key(block) == before.key(block)).isEqualTo(same);
      }
      before = after;
    }
  }

  @Test
  void onlyFullBlocksOfTheContentHaveKeys() {
    assertThat(keys(new byte[7]).count()).isZero();
    assertThat(keys(new byte[8]).count()).isEqualTo(1);
    assertThat(keys(new byte[15]).count()).isEqualTo(1);
    assertThat(keys(new byte[15]).tokens()).isEqualTo(7);
    assertThat(keys(new byte[15]).tokensIn(1)).isEqualTo(4);
    assertThat(keys(new byte[15]).tokensIn(0)).isZero();
  }

  @Test
  void nothingHasNoKeys() {
    PromptKeys keys = hasher.finish();

    assertThat(keys.count()).isZero();
    assertThat(keys.tokens()).isZero();
  }

  @Test
  void bytesBeyondTheLastBlockCountButHaveNoKey() {
    int covered = LAYOUT.ends()[LAYOUT.maxBlocks() - 1] * 2;
    byte[] prompt = new byte[covered + 10_000];

    PromptKeys longer = keys(prompt);

    assertThat(longer.count()).isEqualTo(LAYOUT.maxBlocks());
    assertThat(longer.tokens()).isEqualTo(prompt.length / 2);
    assertThat(longs(longer)).isEqualTo(longs(keys(Arrays.copyOf(prompt, covered))));
  }

  @Test
  void theContextComesFirstWhereverItStands() {
    byte[] context = text("[{\"type\":\"function\"}]");
    byte[] content = text("What is the weather like in Paris today?");
    hasher.context(context, 0, context.length);
    hasher.content(content, 0, content.length);
    PromptKeys before = hasher.finish();
    hasher.reset();
    hasher.content(content, 0, content.length);
    hasher.context(context, 0, context.length);

    assertThat(longs(hasher.finish())).isEqualTo(longs(before));
  }

  @Test
  void aSharedContextMatchesUnderDifferentContents() {
    byte[] tools = bytes(new Random(3), 1_001);
    PromptKeys one = keys(tools, bytes(new Random(4), 500));
    PromptKeys other = keys(tools, bytes(new Random(5), 500));

    int shared = shared(one, other);

    assertThat(one.tokensIn(shared)).isEqualTo(500);
    assertThat(one.tokensIn(shared + 1)).isEqualTo(504);
  }

  @Test
  void differentContextsNeverMatchInTheContent() {
    byte[] content = bytes(new Random(4), 500);
    byte[] context = bytes(new Random(3), 1_001);
    Set<Long> seen = new HashSet<>();
    PromptKeys bare = keys(content);
    PromptKeys first = keys(context, content);
    context[1_000]++;
    PromptKeys second = keys(context, content);

    for (int block = 0; block < bare.count(); block++) {
      seen.add(bare.key(block));
      seen.add(first.key(first.count() - bare.count() + block));
      seen.add(second.key(second.count() - bare.count() + block));
    }

    assertThat(seen).hasSize(3 * bare.count());
  }

  @Test
  void contextsThatDifferOnlyBeyondTheLastBlockDoNotMatchInTheContent() {
    byte[] content = bytes(new Random(4), 500);
    byte[] context = new byte[LAYOUT.ends()[LAYOUT.maxBlocks() - 1] * 2 + 5_000];
    PromptKeys first = keys(context, content);
    context[context.length - 1]++;
    PromptKeys second = keys(context, content);

    assertThat(shared(first, second)).isLessThanOrEqualTo(LAYOUT.maxBlocks());
  }

  @Test
  void aRestartVoidsTheContentOnly() {
    byte[] context = text("tools of some kind");
    byte[] content = text("the prompt that counts, after all");
    hasher.content(text("a first prompt that does not"), 0, 20);
    hasher.context(context, 0, context.length);
    hasher.restart();
    hasher.content(content, 0, content.length);

    assertThat(longs(hasher.finish())).isEqualTo(oracle(context, content));
  }

  @Test
  void finishingChangesNothing() {
    byte[] prompt = bytes(new Random(1), 333);
    hasher.content(prompt, 0, 100);
    PromptKeys early = hasher.finish();
    hasher.content(prompt, 100, 233);

    assertThat(longs(hasher.finish())).isEqualTo(oracle(new byte[0], prompt));
    assertThat(shared(early, hasher.finish())).isEqualTo(early.count());
  }

  @Test
  void keysOutliveTheNextPrompt() {
    byte[] prompt = bytes(new Random(1), 5_000);
    PromptKeys kept = keys(prompt);
    keys(bytes(new Random(2), 9_000));

    assertThat(longs(kept)).isEqualTo(oracle(new byte[0], prompt));
  }

  @Test
  void seedsSeparate() {
    byte[] prompt = bytes(new Random(1), 800);
    PromptHasher seeded = new PromptHasher(LAYOUT, 99);
    seeded.content(prompt, 0, prompt.length);

    assertThat(longs(seeded.finish())).doesNotContain(longs(keys(prompt)));
  }

  @Test
  void separatedKeysKeepTheirShapeAndMatchOnlyThemselves() {
    PromptKeys plain = keys(bytes(new Random(1), 800));
    PromptKeys one = plain.separated(PromptKeys.separator("llama", ""));
    PromptKeys same = plain.separated(PromptKeys.separator("llama", ""));
    PromptKeys adapter = plain.separated(PromptKeys.separator("llama-sql", ""));
    PromptKeys salted = plain.separated(PromptKeys.separator("llama", "tenant-7"));

    assertThat(longs(one)).isEqualTo(longs(same));
    assertThat(one.tokens()).isEqualTo(plain.tokens());
    assertThat(one.tokensIn(one.count())).isEqualTo(plain.tokensIn(plain.count()));
    Set<Long> all = new HashSet<>();
    for (PromptKeys keys : new PromptKeys[] {plain, one, adapter, salted}) {
      Arrays.stream(longs(keys)).forEach(all::add);
    }
    assertThat(all).hasSize(4 * plain.count());
  }

  @Test
  void modelAndSaltDoNotRunIntoEachOther() {
    assertThat(PromptKeys.separator("ab", "c")).isNotEqualTo(PromptKeys.separator("a", "bc"));
    assertThat(PromptKeys.separator("a", "")).isNotEqualTo(PromptKeys.separator("", "a"));
  }

  private void feed(Random random, byte[] context, byte[] content) {
    int inContext = 0;
    int inContent = 0;
    int largest = 1 + random.nextInt(random.nextBoolean() ? 12 : 4_000);
    byte[] lent = new byte[largest + 3];
    while (inContext < context.length || inContent < content.length) {
      int length = random.nextInt(largest + 1);
      int offset = random.nextInt(4);
      if (random.nextBoolean()) {
        int piece = Math.min(length, context.length - inContext);
        System.arraycopy(context, inContext, lent, offset, piece);
        hasher.context(lent, offset, piece);
        inContext += piece;
      } else {
        int piece = Math.min(length, content.length - inContent);
        System.arraycopy(content, inContent, lent, offset, piece);
        hasher.content(lent, offset, piece);
        inContent += piece;
      }
      random.nextBytes(lent);
    }
  }

  private static long[] oracle(byte[] context, byte[] content) {
    if (context.length == 0) {
      return chain(0, content, false);
    }
    long[] lead = chain(Xxh64.mix(0, CONTEXT_SEED), context, true);
    long[] own = chain(0, content, false);
    long root = lead[lead.length - 1];
    long[] keys = Arrays.copyOf(lead, lead.length + own.length);
    for (int i = 0; i < own.length; i++) {
      keys[lead.length + i] = Xxh64.mix(root, own[i]);
    }
    return keys;
  }

  private static long[] chain(long seed, byte[] bytes, boolean withTail) {
    long[] keys = new long[bytes.length / 8 + 1];
    int count = 0;
    long last = seed;
    int at = 0;
    while (at < bytes.length && count < LAYOUT.maxBlocks()) {
      int end = at + LAYOUT.bytes(count);
      if (end > bytes.length && !withTail) {
        break;
      }
      byte[] block = Arrays.copyOfRange(bytes, at, Math.min(end, bytes.length));
      last = Xxh64.mix(last, Xxh64.hash(block, 0, block.length, seed));
      keys[count++] = last;
      at = end;
    }
    return Arrays.copyOf(keys, count);
  }

  private PromptKeys keys(byte[] content) {
    return keys(new byte[0], content);
  }

  private PromptKeys keys(byte[] context, byte[] content) {
    hasher.reset();
    hasher.context(context, 0, context.length);
    hasher.content(content, 0, content.length);
    return hasher.finish();
  }

  private static int shared(PromptKeys one, PromptKeys other) {
    return Math.max(0, Arrays.mismatch(longs(one), longs(other)));
  }

  private static long[] longs(PromptKeys keys) {
    long[] longs = new long[keys.count()];
    Arrays.setAll(longs, keys::key);
    return longs;
  }

  private static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}

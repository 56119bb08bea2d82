package io.pickwick.epp.prefix;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.epp.config.Flags;
import io.pickwick.epp.prefix.EngineFacts.ServedModel;
import io.pickwick.epp.prefix.EngineFacts.Told;
import io.pickwick.epp.prefix.MatchVerdict.Cause;
import io.pickwick.epp.prefix.MatchVerdict.Mismatch;
import io.pickwick.epp.prefix.MatchVerdict.Unknown;
import io.pickwick.epp.prefix.MatchVerdict.Verified;
import io.pickwick.kv.event.Medium;
import io.pickwick.kv.event.StoredBlocks;
import io.pickwick.kv.hash.ExtraForm;
import io.pickwick.kv.hash.ExtraKeys;
import io.pickwick.kv.hash.HashAlgorithm;
import io.pickwick.kv.hash.HashScheme;
import io.pickwick.pool.PoolSnapshot;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.EndpointLoad;
import io.pickwick.schedule.Gauges;
import io.pickwick.schedule.LoraState;
import io.pickwick.schedule.config.EndpointPickerConfig;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatchCheckTest {
  private static final int SLOT = 2;
  private static final ExtraKeys.Adapter SQL =
      new ExtraKeys.Adapter("sql-lora", 0, "models/lora-sql");

  private final AtomicLong clock = new AtomicLong(1);
  private final Endpoint pod =
      new Endpoint(SLOT, "default", "pod", "10.0.0.1", 8000, Map.of(), new EndpointLoad());
  private final Deque<Runnable> later = new ArrayDeque<>();
  private String version = "0.32.0";
  private TokenTexts texts = TokenTexts.NONE;

  /** What live servers stored of the tokens 1, 2, 3, …; hashes as they were published. */
  @ParameterizedTest
  @CsvSource({
    "0.32.0,32,sha256,0,b1aca189072f77a2",
    "0.22.1,16,sha256,0,6896072ae8b31325",
    "0.32.0,16,sha256,,137bb037547f4caf",
    "0.32.0,32,sha256_cbor,0,ea5177deca580197",
    "0.32.0,32,sha256_cbor,,a95e744b6ac91bce",
    "0.22.1,16,sha256_cbor,0,2ceabcfae6d332ea",
    "0.32.0,16,sha256_cbor,42,e235fcc84bc5706d",
    "0.22.1,16,xxhash_cbor,0,0c3fb0af456c1009",
    "0.32.0,32,xxhash_cbor,0,c268cf9a3503139c",
  })
  void whatLiveServersStoredIsVerified(
      String told, int blockSize, String algorithm, String seed, String hash) throws IOException {
    version = told;
    String text = hash.replace(" ", "");
    long low = Long.parseUnsignedLong(text.substring(text.length() - 16), 16);
    MatchCheck check =
        seed == null
            ? check(blockSize, algorithm)
            : check(blockSize, algorithm, "--hash-seed=" + seed);
    assertThat(check.verdict(SLOT)).isInstanceOf(Unknown.class);
    assertThat(check.usable(SLOT)).isTrue();
    check.stored(SLOT, 0, Stored.of(first(blockSize), blockSize, low));
    assertThat(check.verdict(SLOT)).isInstanceOf(Verified.class);
    assertThat(check.verdict(SLOT).word()).isEqualTo("hashes");
  }

  @ParameterizedTest
  @CsvSource({"0,9442596223568401980,6090100016636780107", "42,6090100016636780107,0"})
  void theChainOf64BitsIsKnownBySeed(String seed, String other, String own) throws IOException {
    version = "0.10.0";
    MatchCheck check = check(16, "sha256_cbor_64bit", "--hash-seed=" + seed);
    check.stored(SLOT, 0, Stored.of(first(16), 16, Long.parseUnsignedLong(other)));
    String found = seed.equals("0") ? "42" : "0";
    assertThat(mismatch(check))
        .isEqualTo(
            new Mismatch(
                Cause.SEED,
                "its PYTHONHASHSEED is %s, not %s: give --hash-seed %s here, or set PYTHONHASHSEED=%s there"
                    .formatted(found, seed, found, seed)));
    assertThat(check.usable(SLOT)).isFalse();
    if (!own.equals("0")) {
      next();
      check.stored(SLOT, 0, Stored.of(first(16), 16, Long.parseUnsignedLong(own)));
      assertThat(check.usable(SLOT)).isTrue();
    }
  }

  @Test
  void aSeedThatIsSetThereAndNotHereIsNamed() throws IOException {
    MatchCheck check = check(16, "sha256");
    store(check, "sha256", "42", 16);
    assertThat(mismatch(check))
        .isEqualTo(
            new Mismatch(
                Cause.SEED,
                "its PYTHONHASHSEED is 42, but none is configured: give --hash-seed 42 here, or unset it there"));
    assertThat(check.verdict(SLOT).word()).isEqualTo("seed");
  }

  @ParameterizedTest
  @CsvSource({"0.22.1,sha256", "0.32.0,xxhash", "'',sha256"})
  void nobodyIsToldToUnsetASeedWhereOneWouldBeDrawnAtRandom(String told, String algorithm)
      throws IOException {
    version = told;
    MatchCheck check = check(16, algorithm);
    store(check, algorithm, "42", 16);
    assertThat(mismatch(check))
        .isEqualTo(
            new Mismatch(
                Cause.SEED,
                "its PYTHONHASHSEED is 42, but none is configured: give --hash-seed 42 here"));
  }

  @Test
  void aSeedThatIsSetHereAndNotThereIsNamed() throws IOException {
    MatchCheck check = check(16, "sha256", "--hash-seed=42");
    store(check, "sha256", "", 16);
    assertThat(mismatch(check))
        .isEqualTo(
            new Mismatch(
                Cause.SEED,
                "its PYTHONHASHSEED is not set, but 42 is configured: set PYTHONHASHSEED=42 there, or leave the seed out here"));
  }

  @Test
  void anotherAlgorithmIsNamed() throws IOException {
    MatchCheck check = check(16, "sha256_cbor", "--hash-algorithm=sha256");
    store(check, "sha256_cbor", "", 16);
    assertThat(mismatch(check))
        .isEqualTo(
            new Mismatch(
                Cause.ALGORITHM,
                "it hashes by sha256_cbor, not sha256 as --hash-algorithm says: leave that out, or start it with --prefix-caching-hash-algo sha256"));
  }

  @Test
  void anotherBlockSizeIsNamed() throws IOException {
    MatchCheck check = check(64, "sha256", "--block-size=16");
    store(check, "sha256", "", 64);
    assertThat(mismatch(check))
        .isEqualTo(
            new Mismatch(
                Cause.BLOCK_SIZE,
                "its blocks have 64 tokens, not 16 as --block-size says: leave that out, or start it with --block-size 16"));
  }

  @Test
  void whatItsMetricsDoNotTellIsToBeWrittenWhereTheOtherWas() throws IOException {
    MatchCheck check = check(0, "sha256", "--block-size=16");
    store(check, "sha256", "", 64);
    assertThat(mismatch(check).advice())
        .isEqualTo(
            "its blocks have 64 tokens, not 16 as --block-size says: give --block-size 64, or start it with --block-size 16");
  }

  @Test
  void everythingThatDiffersIsNamedAtOnce() throws IOException {
    MatchCheck check =
        check(64, "sha256", "--block-size=16", "--hash-seed=7", "--hash-algorithm=xxhash");
    store(check, "sha256_cbor", "0", 64);
    assertThat(mismatch(check).cause()).isEqualTo(Cause.BLOCK_SIZE);
    assertThat(mismatch(check).advice())
        .contains("64 tokens, not 16")
        .contains("by sha256_cbor, not xxhash")
        .contains("PYTHONHASHSEED is 0, not 7");
  }

  @Test
  void aRandomSeedIsToldAfterThreeBlocksWhereSaltsAreNotTold() throws IOException {
    version = "0.16.0";
    MatchCheck check = check(16, "sha256", "--hash-seed=42");
    for (int i = 0; i < 3; i++) {
      assertThat(check.usable(SLOT)).isTrue();
      store(check, "sha256", "987654", 16);
    }
    assertThat(mismatch(check).cause()).isEqualTo(Cause.SEED);
    assertThat(mismatch(check).advice())
        .contains("its hash seed is probably random")
        .contains("set PYTHONHASHSEED to the same number on all endpoints")
        .endsWith("(vLLM 0.16.0 draws one at each start unless it is set)");
  }

  @Test
  void aRandomSeedIsToldAfterOneBlockWhereSaltsAreTold() throws IOException {
    version = "0.22.1";
    MatchCheck check = check(16, "sha256", "--hash-seed=42");
    assertThat(check.usable(SLOT)).isTrue();
    store(check, "sha256", "987654", 16);
    assertThat(mismatch(check).cause()).isEqualTo(Cause.SEED);
  }

  @Test
  void anEngineThatDrawsItsSeedCanNotMatchBeforeAnyBlockTellsMore() throws IOException {
    version = "0.22.1";
    MatchCheck check = check(16, "sha256");
    assertThat(mismatch(check).advice()).startsWith("vLLM 0.22.1 draws its hash seed at random");
    store(check, "sha256", "42", 16);
    assertThat(mismatch(check).advice()).startsWith("its PYTHONHASHSEED is 42");
  }

  @Test
  void xxhashWithoutASeedIsToldToDrawOne() throws IOException {
    MatchCheck check = check(16, "xxhash");
    for (int i = 0; i < 3; i++) {
      store(check, "xxhash", "987654", 16);
    }
    assertThat(mismatch(check).advice())
        .endsWith("(xxhash draws one at each start unless it is set)");
  }

  @Test
  void onceVerifiedAFewStrangeBlocksMayBeSaltedOnes() throws IOException {
    MatchCheck check = check(16, "sha256");
    store(check, "sha256", "", 16);
    for (int i = 0; i < 7; i++) {
      store(check, "sha256", "987654", 16);
      assertThat(check.usable(SLOT)).isTrue();
    }
    store(check, "sha256", "987654", 16);
    assertThat(check.usable(SLOT)).isFalse();
  }

  @Test
  void anEngineThatStartedAnewIsJudgedAnew() throws IOException {
    MatchCheck check = check(16, "sha256");
    store(check, "sha256", "42", 16);
    assertThat(check.usable(SLOT)).isFalse();
    check.restarted(SLOT, 0);
    assertThat(check.verdict(SLOT)).isInstanceOf(Unknown.class);
    store(check, "sha256", "", 16);
    assertThat(check.verdict(SLOT)).isInstanceOf(Verified.class);
    check.removed(pod);
    assertThat(check.verdict(SLOT)).isInstanceOf(Unknown.class);
    store(check, "sha256", "42", 16);
    assertThat(check.verdict(SLOT)).isInstanceOf(Unknown.class);
  }

  @Test
  void anAdaptersBlockVerifiesToo() throws IOException {
    MatchCheck check = check(32, "sha256_cbor", "--hash-seed=0");
    long published = Long.parseUnsignedLong("622c4f7e127658bd", 16);
    check.stored(SLOT, 0, Stored.of(first(32), 32, published).adapter("sql-lora"));
    assertThat(check.verdict(SLOT)).isInstanceOf(Verified.class);
  }

  @Test
  void anAdapterHashedInAnotherFormIsNoMismatchOfTheEndpoint() throws IOException {
    MatchCheck check = check(16, "sha256");
    HashScheme named =
        new HashScheme(HashAlgorithm.SHA256, Optional.empty(), 16, ExtraForm.POSITIONED);
    check.stored(SLOT, 0, Stored.of(first(16), named, ExtraKeys.ofAdapter(SQL)));
    assertThat(check.usable(SLOT)).isTrue();
  }

  @Test
  void whatCannotBeHashedFromItsTokensIsNotLookedAt() throws IOException {
    MatchCheck check = check(16, "sha256");
    for (int i = 0; i < 10; i++) {
      next();
      check.stored(SLOT, 0, Stored.of(first(16), 16, 1).salted());
      check.stored(SLOT, 0, Stored.of(first(16), 16, 1).after(7));
      check.stored(SLOT, 0, Stored.of(first(16), 16, 1).in(Medium.CPU));
      check.stored(SLOT, 0, Stored.of(first(16), 16, 1).partial());
      check.stored(SLOT, 0, Stored.of(first(15), 16, 1));
      check.stored(SLOT, 0, Stored.of(new int[0], 16, 1));
      check.stored(SLOT, 0, Stored.of(new int[0], 0, 1));
      int[] negative = first(16);
      negative[3] = -1;
      check.stored(SLOT, 0, Stored.of(negative, 16, 1));
      check.stored(99, 0, Stored.of(first(16), 16, 1));
    }
    assertThat(check.verdict(SLOT)).isInstanceOf(Unknown.class);
  }

  @Test
  void fewBlocksAreLookedAtAndFewerOnceAllIsKnown() throws IOException {
    PreciseSettings settings = settings();
    MatchCheck check =
        new MatchCheck(settings, facts(settings, 16, "sha256"), texts, clock::get, later::add);
    check.added(pod);
    StoredBlocks block = stored("sha256", "", 16, first(16));
    for (int i = 0; i < 10; i++) {
      check.stored(SLOT, 0, block);
    }
    assertThat(later).as("not more than may wait").hasSize(4);
    later.forEach(Runnable::run);
    later.clear();
    for (int i = 0; i < 10; i++) {
      check.stored(SLOT, 0, block);
    }
    assertThat(later).as("the last of the first few").hasSize(1);
    for (int i = 0; i < 10; i++) {
      next();
      check.stored(SLOT, 0, block);
    }
    assertThat(later).hasSize(4);
    for (int i = 0; i < 3; i++) {
      check.routed(SLOT, first(16));
    }
    later.forEach(Runnable::run);
    later.clear();
    assertThat(check.verdict(SLOT)).isInstanceOf(Verified.class);
    next();
    check.stored(SLOT, 0, block);
    assertThat(later).hasSize(1);
    next();
    check.stored(SLOT, 0, block);
    assertThat(later).hasSize(1);
    clock.addAndGet(15_000_000_000L);
    check.stored(SLOT, 0, block);
    assertThat(later).hasSize(2);
  }

  @Test
  void countsThatDifferTellWhereTokensBeginToDiffer() throws IOException {
    texts = id -> Optional.of("<" + id + ">");
    MatchCheck check = check(4, "sha256");
    check.routed(SLOT, new int[] {1, 2, 3, 4, 5, 6});
    store(check, new int[] {1, 2, 9, 8}, 4);
    for (int i = 0; i < 3; i++) {
      assertThat(check.usable(SLOT)).isTrue();
      check.answered(SLOT, 100, 104);
    }
    assertThat(mismatch(check))
        .isEqualTo(
            new Mismatch(
                Cause.TEMPLATE,
                "we count 100 tokens in a prompt where it counts 104; nearest, tokens differ from position 2: it has 9 (\"<9>\"), we have 3 (\"<3>\"); the text differs (\"<9><8>\" there, \"<3><4><5><6>\" here), so the chat template is another one: point --tokenizer-path at the template that it serves"));
    for (int i = 0; i < 3; i++) {
      assertThat(check.usable(SLOT)).isFalse();
      check.answered(SLOT, 100, 100);
    }
    assertThat(check.verdict(SLOT)).isInstanceOf(Verified.class);
  }

  @Test
  void theSameTextInOtherTokensIsTheTokenizers() throws IOException {
    Map<Integer, String> words = Map.of(1, "The", 2, " quick", 3, " qu", 4, "ick", 5, " fox");
    texts = id -> Optional.ofNullable(words.get(id));
    MatchCheck check = check(3, "sha256");
    check.routed(SLOT, new int[] {1, 2, 5});
    store(check, new int[] {1, 3, 4}, 3);
    for (int i = 0; i < 3; i++) {
      check.answered(SLOT, 3, 4);
    }
    assertThat(mismatch(check).cause()).isEqualTo(Cause.TOKENIZER);
    assertThat(mismatch(check).advice()).contains("it has 3 (\" qu\"), we have 2 (\" quick\")");
  }

  @Test
  void aTokenInFrontIsToldAsThat() throws IOException {
    MatchCheck check = check(4, "sha256");
    check.routed(SLOT, new int[] {1, 2, 3, 4, 5});
    store(check, new int[] {7, 1, 2, 3}, 4);
    for (int i = 0; i < 3; i++) {
      check.answered(SLOT, 5, 6);
    }
    assertThat(mismatch(check).cause()).isEqualTo(Cause.TEMPLATE);
    assertThat(mismatch(check).advice()).contains("it puts token 7 before what we have");
  }

  @Test
  void aDifferenceBehindTheFirstBlockIsToldAsThat() throws IOException {
    MatchCheck check = check(4, "sha256");
    check.routed(SLOT, first(4));
    store(check, first(4), 4);
    for (int i = 0; i < 3; i++) {
      check.answered(SLOT, 5, 6);
    }
    assertThat(mismatch(check).advice())
        .contains("the first 4 tokens are the same, so the difference comes later");
  }

  @Test
  void promptsOfWhichNoneIsOursTellTheTokensDiffer() throws IOException {
    MatchCheck check = check(4, "sha256");
    check.routed(SLOT, first(8));
    for (int i = 0; i < 8; i++) {
      assertThat(check.usable(SLOT)).isTrue();
      store(check, new int[] {1, 2, 40 + i, 50}, 4);
    }
    assertThat(mismatch(check).advice())
        .startsWith("none of the last 8 prompts that it cached begins like one that we sent")
        .contains("from position 2");
  }

  @Test
  void othersPromptsAmongOursAreNoMismatch() throws IOException {
    MatchCheck check = check(4, "sha256");
    check.routed(SLOT, first(8));
    store(check, first(4), 4);
    for (int i = 0; i < 30; i++) {
      store(check, new int[] {1, 2, 40 + i, 50}, 4);
    }
    assertThat(check.verdict(SLOT)).isInstanceOf(Verified.class);
  }

  @Test
  void oneWrongCountAmongRightOnesIsNoMismatch() throws IOException {
    MatchCheck check = check(4, "sha256");
    for (int i = 0; i < 10; i++) {
      check.answered(SLOT, 5, 6);
      check.answered(SLOT, 5, 5);
    }
    assertThat(check.usable(SLOT)).isTrue();
  }

  @Test
  void verdictsAreShownAsAMetricAndAsASentence() throws IOException {
    MatchCheck check = check(16, "sha256");
    PrometheusRegistry registry = new PrometheusRegistry();
    MatchMetrics.register(registry, () -> new PoolSnapshot(List.of(pod), 3, true), check);
    assertThat(verdicts(registry)).containsExactly("unknown");
    assertThat(check.verdict(SLOT).sentence()).startsWith("unknown: nothing was seen yet");
    store(check, "sha256", "", 16);
    assertThat(verdicts(registry)).containsExactly("hashes");
    assertThat(check.verdict(SLOT).sentence())
        .isEqualTo("hashes: they match; tokens were not compared yet");
    check.routed(SLOT, first(16));
    store(check, "sha256", "", 16);
    assertThat(verdicts(registry)).containsExactly("verified");
    assertThat(check.verdict(SLOT).sentence()).isEqualTo("verified");
    store(check, "sha256_cbor", "", 16);
    assertThat(verdicts(registry)).containsExactly("algorithm");
    assertThat(check.verdict(SLOT).sentence())
        .startsWith("algorithm: it hashes by sha256_cbor, not sha256: give");
  }

  @Test
  void aPromptThatIsFoundAmongWhatWasStoredProvesAll() throws IOException {
    MatchCheck check = check(16, "sha256");
    assertThat(check.searching()).isTrue();
    check.found(SLOT);
    assertThat(check.verdict(SLOT).word()).isEqualTo("verified");
    assertThat(check.searching()).isFalse();
    assertThat(check.wantsPrompts(SLOT)).isFalse();
    store(check, "sha256", "42", 16);
    assertThat(mismatch(check).cause()).isEqualTo(Cause.SEED);
    assertThat(check.searching()).isTrue();
    check.found(SLOT);
    assertThat(check.verdict(SLOT).word()).isEqualTo("verified");
    check.restarted(SLOT, 0);
    assertThat(check.verdict(SLOT).word()).isEqualTo("unknown");
    assertThat(check.searching()).isTrue();
    check.found(SLOT);
    assertThat(check.verdict(SLOT).word()).isEqualTo("verified");
    check.found(99);
  }

  @Test
  void promptsThatItHadCachedAndThatWereNeverFoundProveTheContrary() throws IOException {
    MatchCheck check = check(16, "sha256");
    check.foretold(SLOT, 0, 0);
    check.foretold(SLOT, 16, 0);
    for (int i = 0; i < 5; i++) {
      assertThat(check.usable(SLOT)).isTrue();
      next();
      check.foretold(SLOT, 0, 320);
      check.foretold(SLOT, 0, 3_200);
    }
    assertThat(mismatch(check))
        .isEqualTo(
            new Mismatch(
                Cause.NO_HITS,
                "it had some of each of the last 5 prompts cached, 320 tokens the last time, and its events promised none: its hash seed, chat template or tokenizer is probably another one, or it loads from a cache that publishes no events"));
    assertThat(check.verdict(SLOT).word()).isEqualTo("no_hits");
    check.found(SLOT);
    assertThat(check.verdict(SLOT).word()).isEqualTo("verified");
    for (int i = 0; i < 9; i++) {
      next();
      check.foretold(SLOT, 0, 320);
    }
    assertThat(check.usable(SLOT)).isTrue();
  }

  @Test
  void promptsNeverFoundWhereHashesMatchHaveOtherTokens() throws IOException {
    MatchCheck check = check(4, "sha256");
    check.routed(SLOT, new int[] {1, 2, 3, 4, 5, 6});
    store(check, new int[] {1, 2, 9, 8}, 4);
    assertThat(check.verdict(SLOT).word()).isEqualTo("hashes");
    for (int i = 0; i < 5; i++) {
      next();
      check.foretold(SLOT, 0, 32);
    }
    assertThat(mismatch(check).cause()).isEqualTo(Cause.TEMPLATE);
    assertThat(mismatch(check).advice()).contains("differ from position 2");
  }

  private static List<String> verdicts(PrometheusRegistry registry) {
    return registry.scrape().stream()
        .flatMap(metric -> metric.getDataPoints().stream())
        .map(point -> String.valueOf(point.getLabels().get("verdict")))
        .toList();
  }

  private static Mismatch mismatch(MatchCheck check) {
    assertThat(check.verdict(SLOT)).isInstanceOf(Mismatch.class);
    return (Mismatch) check.verdict(SLOT);
  }

  private void next() {
    clock.addAndGet(500_000_000L);
  }

  private void store(MatchCheck check, String algorithm, String seed, int blockSize) {
    next();
    check.stored(SLOT, 0, stored(algorithm, seed, blockSize, first(2 * blockSize)));
  }

  private void store(MatchCheck check, int[] tokens, int blockSize) {
    next();
    check.stored(SLOT, 0, stored("sha256", "", blockSize, tokens));
  }

  private static StoredBlocks stored(String algorithm, String seed, int blockSize, int[] tokens) {
    HashScheme scheme =
        new HashScheme(
            HashAlgorithm.named(algorithm).orElseThrow(),
            Optional.of(seed).filter(text -> !text.isEmpty()),
            blockSize,
            ExtraForm.TAGGED);
    return Stored.of(tokens, scheme, ExtraKeys.NONE);
  }

  private static int[] first(int count) {
    return IntStream.rangeClosed(1, count).toArray();
  }

  private MatchCheck check(int blockSize, String algorithm, String... flags) throws IOException {
    PreciseSettings settings = settings(flags);
    MatchCheck check =
        new MatchCheck(
            settings, facts(settings, blockSize, algorithm), texts, clock::get, Runnable::run);
    check.added(pod);
    return check;
  }

  private EngineFacts facts(PreciseSettings settings, int blockSize, String algorithm) {
    List<ServedModel> models =
        List.of(
            new ServedModel("tiny", "models/tiny", ""),
            new ServedModel("sql-lora", "models/lora-sql", "tiny"));
    EngineFacts facts =
        new EngineFacts(
            settings,
            endpoint -> Optional.of(new Told(version, models)),
            EngineFacts.Pace.DEFAULT,
            clock::get,
            Runnable::run);
    pod.load().observe(new Gauges(1, 0, 0, 0, blockSize, 1000, LoraState.NONE, algorithm));
    facts.added(pod);
    facts.tick();
    return facts;
  }

  private static PreciseSettings settings(String... flags) throws IOException {
    return PreciseSettings.read(Flags.parse(flags), EndpointPickerConfig.standard());
  }
}

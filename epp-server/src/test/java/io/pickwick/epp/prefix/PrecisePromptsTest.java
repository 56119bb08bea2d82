package io.pickwick.epp.prefix;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.epp.decide.EstimatedPrompts;
import io.pickwick.epp.decide.Inquiry;
import io.pickwick.epp.decide.PromptView;
import io.pickwick.epp.prompt.TokenSource;
import io.pickwick.epp.prompt.Tokens;
import io.pickwick.epp.request.Api;
import io.pickwick.epp.request.RequestFacts;
import io.pickwick.epp.request.Usage;
import io.pickwick.kv.event.AdapterTag;
import io.pickwick.kv.event.Medium;
import io.pickwick.kv.feed.FeedState;
import io.pickwick.kv.hash.ExtraForm;
import io.pickwick.kv.hash.ExtraKeys;
import io.pickwick.kv.hash.HashAlgorithm;
import io.pickwick.kv.hash.HashScheme;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.hash.TokenChain;
import io.pickwick.kv.history.PrefixHistory;
import io.pickwick.kv.history.Speculation;
import io.pickwick.kv.index.KvIndex;
import io.pickwick.kv.index.MediumWeights;
import io.pickwick.kv.index.PrefixMatch;
import io.pickwick.kv.index.RankBlocks;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.EndpointLoad;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PrecisePromptsTest {
  private static final long SEPARATOR = 77;
  private static final HashScheme SCHEME =
      new HashScheme(HashAlgorithm.SHA256_CBOR, Optional.of("0"), 16, ExtraForm.TAGGED);

  private final List<Endpoint> endpoints = List.of(endpoint(0), endpoint(1), endpoint(2));
  private final PrefixHistory history = new PrefixHistory(16, 1_000);
  private final KvIndex index = new KvIndex(MediumWeights.standard());
  private final Map<Integer, FeedState> feeds =
      new HashMap<>(Map.of(0, FeedState.LIVE, 1, FeedState.LIVE, 2, FeedState.LIVE));
  private final FakeEngines engines = new FakeEngines();
  private final Doubter witness = new Doubter();
  private long now;
  private final Speculation speculation = new Speculation(1_000, 1_000, () -> now);
  private TokenSource tokens = TokenSource.givenOnly("there is no tokenizer");
  private Executor workers = Runnable::run;

  private static Endpoint endpoint(int slot) {
    return new Endpoint(
        slot, "default", "pod-" + slot, "10.0.0." + slot, 8000, Map.of(), new EndpointLoad());
  }

  private static final class FakeEngines implements Engines {
    long version;
    final Map<Integer, HashScheme> schemes = new HashMap<>(Map.of(0, SCHEME, 1, SCHEME, 2, SCHEME));
    final Map<Integer, Serving> adapters = new HashMap<>();
    final Map<Integer, String> reasons = new HashMap<>();

    @Override
    public long version() {
      return version;
    }

    @Override
    public Optional<HashScheme> scheme(int slot) {
      return Optional.ofNullable(schemes.get(slot));
    }

    @Override
    public String unknown(int slot) {
      return reasons.getOrDefault(slot, "");
    }

    @Override
    public Serving serving(int slot, String model) {
      return model.equals("llama")
          ? new Serving.Base()
          : adapters.getOrDefault(slot, new Serving.Unknown("nobody knows " + model));
    }
  }

  private static final class Doubter implements PromptWitness {
    final List<Integer> doubted = new ArrayList<>();
    final List<String> told = new ArrayList<>();
    boolean searching;

    @Override
    public boolean usable(int slot) {
      return !doubted.contains(slot);
    }

    @Override
    public boolean searching() {
      return searching;
    }

    @Override
    public void found(int slot) {
      told.add("found " + slot);
    }

    @Override
    public void foretold(int slot, int promised, int cached) {
      told.add("foretold " + slot + " " + promised + " " + cached);
    }

    @Override
    public void routed(int slot, Tokens tokens) {
      told.add("routed " + slot);
    }

    @Override
    public void answered(int slot, int ours, int theirs) {
      told.add("answered " + slot + " " + ours + " " + theirs);
    }
  }

  private PrecisePrompts prompts() {
    return new PrecisePrompts(
        new PrecisePrompts.Parts(
            new EstimatedPrompts(history),
            () -> endpoints,
            engines,
            tokens,
            index,
            slot -> feeds.getOrDefault(slot, FeedState.SILENT),
            Optional.of(speculation),
            witness,
            2,
            workers),
        SEPARATOR,
        1 << 20);
  }

  private static String ids(int count) {
    return IntStream.range(0, count).mapToObj(Integer::toString).collect(Collectors.joining(","));
  }

  /** A completion of token ids, of which the scanner has hashed {@code estimated}. */
  private PromptView view(String model, String salt, String body, PromptKeys estimated) {
    return view(prompts(), model, salt, body, estimated);
  }

  private static PromptView view(
      PrecisePrompts prompts, String model, String salt, String body, PromptKeys estimated) {
    RequestFacts facts =
        new RequestFacts(
            Api.COMPLETIONS,
            model,
            false,
            false,
            -1,
            OptionalInt.empty(),
            salt,
            0,
            false,
            0,
            body.length());
    Inquiry inquiry =
        new Inquiry(
            "id", "/v1/completions", facts, estimated, name -> "", Optional.empty(), 0, false);
    List<PromptView> told = new ArrayList<>();
    prompts.view(
        inquiry,
        model,
        () -> new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)),
        Runnable::run,
        told::add);
    assertThat(told).hasSize(1);
    return told.getFirst();
  }

  private PromptView view(String model, int count) {
    return view(model, "", "{\"prompt\":[" + ids(count) + "]}", PromptKeys.NONE);
  }

  private static TokenChain chain(HashScheme scheme, ExtraKeys extra, int count) {
    TokenChain chain = new TokenChain(scheme, extra, SEPARATOR);
    chain.add(IntStream.range(0, count).toArray(), 0, count);
    return chain;
  }

  private void hold(int slot, TokenChain chain, long tag) {
    hold(slot, 0, chain, tag);
  }

  private void hold(int slot, int rank, TokenChain chain, long tag) {
    RankBlocks blocks = index.open(slot, rank);
    PromptKeys keys = chain.stored();
    long[] all = new long[keys.count()];
    for (int i = 0; i < all.length; i++) {
      all[i] = keys.key(i);
    }
    blocks.store(0, all, all.length, Medium.GPU, tag);
  }

  private int matched(PromptView view, int slot) {
    PrefixMatch match = new PrefixMatch();
    match.reset(3);
    view.index().match(view.prompt(), match);
    return match.tokens(slot);
  }

  private static PromptKeys guess(int blocks) {
    long[] keys = IntStream.range(0, blocks).mapToLong(i -> 1_000L + i).toArray();
    int[] ends = IntStream.rangeClosed(1, blocks).map(i -> i * 16).toArray();
    return new PromptKeys(keys, blocks, ends, blocks * 16);
  }

  @Test
  void anEndpointHoldsWhatItPublishedAndAlignedPromptsLoseTheirLastBlock() {
    hold(1, chain(SCHEME, ExtraKeys.NONE, 64), 0);
    PromptView longer = view("llama", 100);
    assertThat(matched(longer, 1)).isEqualTo(64);
    assertThat(matched(longer, 0)).isZero();
    assertThat(longer.prompt().tokens()).isEqualTo(100);
    assertThat(longer.mode(endpoints.get(1))).isEqualTo("precise");
    assertThat(matched(view("llama", 64), 1)).isEqualTo(48);
    assertThat(matched(view("llama", 65), 1)).isEqualTo(64);
  }

  @Test
  void aSaltKeepsPromptsApart() {
    hold(1, chain(SCHEME, ExtraKeys.ofSalt("a"), 64), 0);
    String body = "{\"prompt\":[" + ids(100) + "]}";
    assertThat(matched(view("llama", "a", body, PromptKeys.NONE), 1)).isEqualTo(64);
    assertThat(matched(view("llama", "b", body, PromptKeys.NONE), 1)).isZero();
    assertThat(matched(view("llama", "", body, PromptKeys.NONE), 1)).isZero();
  }

  @Test
  void aDegradedFeedFallsBackToTheEstimateForItsEndpointOnly() {
    PromptKeys estimated = guess(8);
    String body = "{\"prompt\":[" + ids(256) + "]}";
    PromptView first = view("llama", "", body, estimated);
    first.routed(endpoints.get(0), 0);
    first.routed(endpoints.get(2), 0);
    now += 1_000;
    feeds.put(2, FeedState.PARTIAL);
    PromptView next = view("llama", "", body, estimated);
    assertThat(matched(next, 0)).isZero();
    // All 128 estimated tokens are all 256 real ones.
    assertThat(matched(next, 2)).isEqualTo(256);
    assertThat(next.mode(endpoints.get(0))).isEqualTo("precise");
    assertThat(next.mode(endpoints.get(2))).contains("estimated").contains("PARTIAL");
  }

  @Test
  void anEndpointWhoseHashesDoNotMatchIsEstimated() {
    hold(1, chain(SCHEME, ExtraKeys.NONE, 64), 0);
    witness.doubted.add(1);
    PromptView view = view("llama", 100);
    assertThat(view.mode(endpoints.get(1))).contains("do not match");
    assertThat(view.mode(endpoints.get(0))).isEqualTo("precise");
  }

  @Test
  void aRoutedPromptCountsAtOnceAndNotWhenItWasNotServed() {
    PromptView first = view("llama", 100);
    PromptView.Sent sent = first.routed(endpoints.get(2), 0);
    assertThat(matched(view("llama", 100), 2)).isEqualTo(96);
    assertThat(matched(view("llama", 100), 1)).isZero();
    sent.unserved();
    assertThat(matched(view("llama", 100), 2)).isZero();
    first.routed(endpoints.get(2), 0);
    now += 1_000;
    assertThat(matched(view("llama", 100), 2)).isZero();
  }

  @Test
  void onceTheResponseHasEndedOnlyTheEventsCount() {
    PromptView.Sent sent = view("llama", 100).routed(endpoints.get(2), 0);
    sent.served(new Usage(100, 5, 0));
    assertThat(matched(view("llama", 100), 2)).isEqualTo(96);
    sent.ended();
    assertThat(matched(view("llama", 100), 2)).isZero();
  }

  @Test
  void anAdapterCountsWithThePathThatEachEndpointLoadedItFrom() {
    ExtraKeys.Adapter here = new ExtraKeys.Adapter("sql", 0, "/models/sql");
    ExtraKeys.Adapter there = new ExtraKeys.Adapter("sql", 0, "/other/sql");
    engines.adapters.put(0, new Engines.Serving.Adapted(here));
    engines.adapters.put(1, new Engines.Serving.Adapted(there));
    hold(0, chain(SCHEME, ExtraKeys.ofAdapter(here), 64), AdapterTag.of("sql"));
    hold(1, chain(SCHEME, ExtraKeys.ofAdapter(there), 32), AdapterTag.of("sql"));
    hold(2, chain(SCHEME, ExtraKeys.ofAdapter(here), 64), AdapterTag.of("sql"));
    PromptView view = view("sql", 100);
    assertThat(matched(view, 0)).isEqualTo(64);
    assertThat(matched(view, 1)).isEqualTo(32);
    assertThat(matched(view, 2)).isZero();
    assertThat(view.mode(endpoints.get(2))).isEqualTo("estimated: nobody knows sql");
    assertThat(matched(view("llama", 100), 0)).isZero();
  }

  @Test
  void theRankThatHoldsThePrefixIsAskedFor() {
    index.open(1, 0);
    hold(1, 1, chain(SCHEME, ExtraKeys.NONE, 64), 0);
    PromptView view = view("llama", 100);
    assertThat(matched(view, 1)).isEqualTo(64);
    assertThat(view.rank(endpoints.get(1))).isEqualTo(1);
    assertThat(view.rank(endpoints.get(0))).isEqualTo(-1);
  }

  @Test
  void blocksOfAnotherSizeAreCountedInTokens() {
    HashScheme large = new HashScheme(HashAlgorithm.SHA256, Optional.empty(), 64, ExtraForm.TAGGED);
    engines.schemes.put(1, large);
    hold(0, chain(SCHEME, ExtraKeys.NONE, 112), 0);
    hold(1, chain(large, ExtraKeys.NONE, 128), 0);
    PromptView view = view("llama", 200);
    assertThat(matched(view, 0)).isEqualTo(112);
    assertThat(matched(view, 1)).isEqualTo(128);
  }

  @Test
  void whatIsLearntOfTheEnginesCountsFromThenOn() {
    engines.schemes.clear();
    PrecisePrompts one = prompts();
    assertThat(view("llama", 100).mode(endpoints.get(0))).contains("not known yet");
    engines.schemes.put(0, SCHEME);
    engines.version++;
    assertThat(view("llama", 100).mode(endpoints.get(0))).isEqualTo("precise");
    assertThat(one.counts().exact()).as("none was routed").isZero();
  }

  @Test
  void aPromptWhoseTokensAreNotKnownIsEstimatedAndSaysWhy() {
    PromptKeys estimated = guess(4);
    PromptView view = view("llama", "", "{\"prompt\":\"text\"}", estimated);
    assertThat(view.mode(endpoints.get(0))).isEqualTo("estimated: there is no tokenizer");
    view.routed(endpoints.get(1), 0);
    assertThat(matched(view("llama", "", "{\"prompt\":\"text\"}", estimated), 1)).isEqualTo(64);
  }

  @Test
  void whenTheWorkersAreTooBusyThePromptIsEstimated() {
    workers =
        task -> {
          throw new RejectedExecutionException();
        };
    assertThat(view("llama", 100).mode(endpoints.get(0))).contains("too many prompts");
  }

  @Test
  void aTokenizerThatBreaksCostsOnlyThePrecision() {
    tokens =
        (input, model, done) -> {
          throw new IllegalStateException("broken");
        };
    assertThat(view("llama", 100).mode(endpoints.get(0))).contains("could not be told");
  }

  @Test
  void usageIsComparedWithWhatWasPromised() {
    PrecisePrompts one = prompts();
    hold(1, chain(SCHEME, ExtraKeys.NONE, 64), 0);
    RequestFacts facts =
        new RequestFacts(
            Api.COMPLETIONS, "llama", false, false, -1, OptionalInt.empty(), "", 0, false, 0, 0);
    Inquiry inquiry =
        new Inquiry("id", "/", facts, PromptKeys.NONE, name -> "", Optional.empty(), 0, false);
    String body = "{\"prompt\":[" + ids(100) + "]}";
    one.view(
        inquiry,
        "llama",
        () -> new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)),
        Runnable::run,
        view -> {
          PromptView.Sent sent = view.routed(endpoints.get(1), matched(view, 1));
          sent.served(new Usage(100, 5, 64));
        });
    assertThat(one.counts().promisedTokens()).isEqualTo(64);
    assertThat(one.counts().cachedTokens()).isEqualTo(64);
    assertThat(one.counts().exact()).isEqualTo(1);
    assertThat(witness.told).containsExactly("routed 1", "answered 1 100 100", "foretold 1 64 64");
  }

  @Test
  void aPromptCountsAsItWasLookedUpAtTheEndpointThatItWentTo() {
    PrecisePrompts one = prompts();
    feeds.put(1, FeedState.LOST);
    witness.doubted.add(2);
    for (Endpoint endpoint : endpoints) {
      view(one, "llama", "", "{\"prompt\":[" + ids(100) + "]}", PromptKeys.NONE)
          .routed(endpoint, 0);
    }
    engines.schemes.remove(0);
    engines.version++;
    view(one, "llama", "", "{\"prompt\":[" + ids(100) + "]}", PromptKeys.NONE)
        .routed(endpoints.get(0), 0);
    view(one, "llama", "", "{\"prompt\":\"text\"}", PromptKeys.NONE).routed(endpoints.get(0), 0);
    view(one, "sql", "", "{\"prompt\":[" + ids(100) + "]}", PromptKeys.NONE)
        .routed(endpoints.get(1), 0);
    PromptCounts counts = one.counts();
    assertThat(counts.exact()).isEqualTo(1);
    assertThat(
            Arrays.stream(Estimated.Reason.values())
                .filter(reason -> counts.estimated(reason) > 0)
                .map(reason -> reason + " " + counts.estimated(reason)))
        .containsExactly("TOKENS 1", "MODEL 1", "HASHING 1", "MISMATCH 1", "FEED 1");
  }

  @Test
  void whyAnEndpointsHashesCanNotBeToldIsSaidOfThatEndpoint() {
    engines.schemes.clear();
    engines.reasons.put(1, "it draws its hash seed at random");
    PromptView view = view("llama", 100);
    assertThat(view.mode(endpoints.get(0)))
        .isEqualTo("estimated: how pod-0 hashes blocks is not known yet");
    assertThat(view.mode(endpoints.get(1)))
        .isEqualTo(
            "estimated: how pod-1 hashes blocks is not known: it draws its hash seed at random");
    engines.schemes.put(0, SCHEME);
    engines.version++;
    PromptView next = view("llama", 100);
    assertThat(next.mode(endpoints.get(0))).isEqualTo("precise");
    assertThat(next.mode(endpoints.get(1))).contains("at random");
  }

  @Test
  void whatEventsAloneShowIsToldToTheWitnessAsLongAsItSearches() {
    hold(1, chain(SCHEME, ExtraKeys.NONE, 64), 0);
    view("llama", 100).routed(endpoints.get(2), 0);
    witness.told.clear();
    assertThat(matched(view("llama", 100), 2)).as("by speculation").isPositive();
    assertThat(witness.told).isEmpty();
    witness.searching = true;
    matched(view("llama", 100), 1);
    assertThat(witness.told).containsExactly("found 1");
    feeds.put(1, FeedState.LOST);
    matched(view("llama", 100), 1);
    assertThat(witness.told).as("what was of a process that may be gone").hasSize(1);
  }
}

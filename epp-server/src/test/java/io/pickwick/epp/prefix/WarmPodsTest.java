package io.pickwick.epp.prefix;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.epp.config.Flags;
import io.pickwick.epp.prefix.EngineFacts.ServedModel;
import io.pickwick.epp.prefix.EngineFacts.Told;
import io.pickwick.epp.prefix.MatchVerdict.Cause;
import io.pickwick.epp.prefix.MatchVerdict.Mismatch;
import io.pickwick.epp.prefix.MatchVerdict.Unknown;
import io.pickwick.epp.prefix.MatchVerdict.Verified;
import io.pickwick.kv.hash.ExtraForm;
import io.pickwick.kv.hash.ExtraKeys;
import io.pickwick.kv.hash.HashAlgorithm;
import io.pickwick.kv.hash.HashScheme;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.EndpointLoad;
import io.pickwick.schedule.Gauges;
import io.pickwick.schedule.LoraState;
import io.pickwick.schedule.config.EndpointPickerConfig;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * A start against endpoints that have been at work for long: all that they ever stored comes at
 * once, and before anything else is known of them; later hardly a first block comes.
 */
class WarmPodsTest {
  private static final int BLOCK = 16;
  private static final int CHATS = 200;

  private final AtomicLong clock = new AtomicLong(1);
  private final List<Endpoint> pods = List.of(pod(0), pod(1), pod(2));

  @Test
  void aWrongSeedIsNamedOnceTheFactsAreKnown() throws IOException {
    Warm warm = warm("--hash-seed=7");
    warm.replay(0, "sha256", "42");
    assertThat(warm.check.verdict(0)).isInstanceOf(Unknown.class);
    warm.facts.tick();
    assertThat(warm.mismatch(0))
        .isEqualTo(
            new Mismatch(
                Cause.SEED,
                "its PYTHONHASHSEED is 42, not 7: give --hash-seed 42 here, or set PYTHONHASHSEED=7 there"));
    assertThat(warm.check.usable(0)).isFalse();
  }

  @Test
  void theRightConfigurationIsVerifiedOnceTheFactsAreKnown() throws IOException {
    Warm warm = warm("--hash-seed=42");
    warm.replay(0, "sha256", "42");
    warm.facts.tick();
    assertThat(warm.check.verdict(0)).isInstanceOf(Verified.class);
    assertThat(warm.check.usable(0)).isTrue();
  }

  @Test
  void blocksThatComeBetweenTheAnswersAndTheFirstMetricsAreJudgedByBoth() throws IOException {
    Endpoint unread =
        new Endpoint(0, "default", "pod-0", "10.0.0.9", 8000, Map.of(), new EndpointLoad());
    Warm warm = new Warm();
    warm.add(unread);
    warm.facts.tick();
    warm.replay(0, "sha256_cbor", "");
    assertThat(warm.check.verdict(0)).isInstanceOf(Unknown.class);
    unread.load().observe(gauges(BLOCK, "sha256_cbor"));
    warm.facts.tick();
    assertThat(warm.check.verdict(0)).isInstanceOf(Verified.class);
  }

  @Test
  void aRandomSeedIsToldByWhatComesAtOnce() throws IOException {
    Warm warm = warm("--hash-seed=42");
    warm.replay(0, "sha256", "987654");
    warm.facts.tick();
    assertThat(warm.mismatch(0).cause()).isEqualTo(Cause.SEED);
    assertThat(warm.mismatch(0).advice()).contains("its hash seed is probably random");
  }

  @Test
  void anAlgorithmThatTheEndpointContradictsNeedsNoBlock() throws IOException {
    Warm warm = warm("--hash-algorithm=sha256_cbor");
    warm.facts.tick();
    assertThat(warm.mismatch(0).cause()).isEqualTo(Cause.ALGORITHM);
    assertThat(warm.mismatch(0).advice()).contains("it hashes by sha256, not sha256_cbor");
    assertThat(warm.check.usable(0)).isFalse();
  }

  @Test
  void aBlockSizeThatTheEndpointContradictsNeedsNoBlock() throws IOException {
    Warm warm = warm("--block-size=64");
    warm.facts.tick();
    assertThat(warm.mismatch(0).cause()).isEqualTo(Cause.BLOCK_SIZE);
    assertThat(warm.mismatch(0).advice()).contains("its blocks have 16 tokens, not 64");
  }

  @Test
  void anEndpointOfWhichNothingWasSeenIsDoubtedWithAnotherOfTheSameSettings() throws IOException {
    Warm warm = warm("--hash-seed=7");
    warm.facts.tick();
    assertThat(warm.check.usable(1)).isTrue();
    warm.replay(0, "sha256", "42");
    assertThat(warm.mismatch(1).cause()).isEqualTo(Cause.SEED);
    assertThat(warm.mismatch(1).advice())
        .startsWith("as at pod-0: its PYTHONHASHSEED is 42, not 7");
    assertThat(warm.check.usable(2)).isFalse();
    warm.replay(1, "sha256", "7");
    assertThat(warm.check.verdict(1)).isInstanceOf(Verified.class);
    assertThat(warm.check.verdict(2))
        .as("where they differ, nothing follows")
        .isInstanceOf(Unknown.class);
    assertThat(warm.check.usable(0)).isFalse();
  }

  @Test
  void whatStaysIsThatOfAnEndpointThatLeft() throws IOException {
    Warm warm = warm("--hash-seed=7");
    warm.facts.tick();
    warm.replay(0, "sha256", "42");
    assertThat(warm.check.usable(1)).isFalse();
    warm.check.removed(pods.get(0));
    assertThat(warm.check.usable(1)).isTrue();
  }

  private Warm warm(String... flags) throws IOException {
    Warm warm = new Warm(flags);
    for (Endpoint pod : pods) {
      pod.load().observe(gauges(BLOCK, "sha256"));
      warm.add(pod);
    }
    return warm;
  }

  private Gauges gauges(int blockSize, String algorithm) {
    return new Gauges(clock.get(), 0, 0, 0, blockSize, 1000, LoraState.NONE, algorithm);
  }

  private static Endpoint pod(int slot) {
    return new Endpoint(
        slot, "default", "pod-" + slot, "10.0.0." + slot, 8000, Map.of(), new EndpointLoad());
  }

  /** Endpoints that are at work, seen at a time that stands still. */
  private final class Warm {
    final EngineFacts facts;
    final MatchCheck check;

    Warm(String... flags) throws IOException {
      PreciseSettings settings =
          PreciseSettings.read(Flags.parse(flags), EndpointPickerConfig.standard());
      facts =
          new EngineFacts(
              settings,
              _ ->
                  Optional.of(
                      new Told("0.32.0", List.of(new ServedModel("tiny", "models/tiny", "")))),
              EngineFacts.Pace.DEFAULT,
              clock::get,
              Runnable::run);
      check = new MatchCheck(settings, facts, TokenTexts.NONE, clock::get, Runnable::run);
    }

    void add(Endpoint pod) {
      facts.added(pod);
      check.added(pod);
    }

    /** One first block, which all chats share, and what each of them has behind it. */
    void replay(int slot, String algorithm, String seed) {
      HashScheme scheme =
          new HashScheme(
              HashAlgorithm.named(algorithm).orElseThrow(),
              Optional.of(seed).filter(text -> !text.isEmpty()),
              BLOCK,
              ExtraForm.TAGGED);
      int[] prompt = IntStream.rangeClosed(1, 4 * BLOCK).toArray();
      check.stored(slot, 0, Stored.of(prompt, scheme, ExtraKeys.NONE));
      for (int chat = 0; chat < CHATS; chat++) {
        int[] rest = IntStream.range(0, BLOCK).map(i -> 1000 + i).toArray();
        check.stored(slot, 0, Stored.of(rest, scheme, ExtraKeys.NONE).after(7));
      }
    }

    Mismatch mismatch(int slot) {
      assertThat(check.verdict(slot)).isInstanceOf(Mismatch.class);
      return (Mismatch) check.verdict(slot);
    }
  }
}

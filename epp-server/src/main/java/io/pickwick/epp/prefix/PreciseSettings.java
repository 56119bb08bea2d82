package io.pickwick.epp.prefix;

import io.pickwick.epp.config.Flags;
import io.pickwick.kv.hash.HashAlgorithm;
import io.pickwick.kv.index.MediumWeights;
import io.pickwick.schedule.config.EndpointPickerConfig;
import io.pickwick.schedule.spec.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How prompts are matched with what endpoints hold: by estimation, or by the engines' KV events.
 *
 * <p>Said in three places; a flag outweighs the traffic policy, which outweighs the plugins of the
 * EndpointPickerConfig. Where two of them contradict each other, a notice names both.
 *
 * @param mode which of the two
 * @param blockSize tokens per block of the engines; absent means as each endpoint tells
 * @param hashSeed the engines' {@code PYTHONHASHSEED} as written there; absent means that it is not
 *     set there
 * @param hashAlgorithm how the engines hash blocks; absent means as each endpoint tells
 * @param model the base model as the engines are asked for it; absent means as each endpoint tells
 * @param tokenizer where token ids are from
 * @param tokenizerPath the directory of {@code tokenizer.json}
 * @param speculative whether a prompt counts for its endpoint as soon as it is routed there
 * @param speculativeTtl how long it counts when no event confirms it
 * @param weights what a hit in each medium is worth
 * @param events where KV events come from
 * @param places where it was said what an endpoint may contradict
 * @param notices what was said that has no effect or is contradicted, a sentence each
 */
public record PreciseSettings(
    Mode mode,
    OptionalInt blockSize,
    Optional<String> hashSeed,
    Optional<HashAlgorithm> hashAlgorithm,
    Optional<String> model,
    TokenizerSource tokenizer,
    Optional<Path> tokenizerPath,
    boolean speculative,
    Duration speculativeTtl,
    MediumWeights weights,
    KvEventSettings events,
    Places places,
    List<String> notices) {
  /** How long a prompt counts for its endpoint when no event confirms it, unless said. */
  public static final Duration SPECULATIVE_TTL = Duration.ofSeconds(2);

  /** What is known of the endpoints' caches. */
  public enum Mode {
    /** What we sent where. */
    ESTIMATION,
    /** What the engines publish. */
    TRACKING
  }

  /**
   * Where settings were said: a flag, or {@code file:line:column}; empty for what was not said.
   *
   * @param blockSize of {@link PreciseSettings#blockSize()}
   * @param hashAlgorithm of {@link PreciseSettings#hashAlgorithm()}
   * @param model of {@link PreciseSettings#model()}
   */
  public record Places(String blockSize, String hashAlgorithm, String model) {
    static final Places NONE = new Places("", "", "");
  }

  /** Keeps its own copy. */
  public PreciseSettings {
    notices = List.copyOf(notices);
  }

  /** Whether the engines' events are followed. */
  public boolean tracking() {
    return mode == Mode.TRACKING;
  }

  /**
   * Reads what is said in all three places.
   *
   * @throws IOException when the traffic policy's file can't be read
   * @throws io.pickwick.schedule.spec.SpecException when something is wrong, with its place
   */
  public static PreciseSettings read(Flags flags, EndpointPickerConfig config) throws IOException {
    Optional<Path> file = flags.trafficPolicyFile();
    return read(
        flags,
        config,
        file.isPresent() ? Optional.of(policy(file.orElseThrow())) : Optional.empty());
  }

  /**
   * The same with a traffic policy that was read already.
   *
   * @throws io.pickwick.schedule.spec.SpecException when something is wrong, with its place
   */
  public static PreciseSettings read(
      Flags flags, EndpointPickerConfig config, Optional<Spec> policy) {
    List<String> notices = new ArrayList<>();
    PreciseDraft draft = new PreciseDraft();
    PreciseFlags.read(flags, draft);
    policy.ifPresent(root -> new TrafficPolicy(flags.poolName(), draft, notices).read(root));
    new PrecisePlugins(draft, notices).read(config.declared());
    return draft.settle(notices);
  }

  /**
   * Reads the document that is a traffic policy.
   *
   * @throws IOException when the file can't be read
   */
  public static Spec policy(Path file) throws IOException {
    try {
      return Spec.parse(file.toString(), Files.readString(file));
    } catch (NoSuchFileException e) {
      throw new IOException(file + ": there is no such file (--traffic-policy-file)", e);
    }
  }

  /** These without what they would have to tell, so that two can be compared by what they do. */
  public PreciseSettings silent() {
    return new PreciseSettings(
        mode,
        blockSize,
        hashSeed,
        hashAlgorithm,
        model,
        tokenizer,
        tokenizerPath,
        speculative,
        speculativeTtl,
        weights,
        events,
        Places.NONE,
        List.of());
  }
}

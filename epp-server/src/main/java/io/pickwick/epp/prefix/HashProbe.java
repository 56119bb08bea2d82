package io.pickwick.epp.prefix;

import io.pickwick.epp.prefix.EngineFacts.Hashing;
import io.pickwick.epp.prefix.MatchVerdict.Cause;
import io.pickwick.epp.prefix.MatchVerdict.Mismatch;
import io.pickwick.kv.hash.ExtraForm;
import io.pickwick.kv.hash.ExtraKeys;
import io.pickwick.kv.hash.HashAlgorithm;
import io.pickwick.kv.hash.HashScheme;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds by which algorithm, seed and block size an endpoint hashed a block, by trying, and says how
 * that differs from what was expected.
 *
 * <p>64 equal bits are no accident, so what is found is certain.
 */
final class HashProbe {
  /** Seeds that people and examples take. */
  private static final List<String> USUAL_SEEDS = List.of("0", "42", "1", "123", "1234");

  private final PreciseSettings settings;

  HashProbe(PreciseSettings settings) {
    this.settings = settings;
  }

  /**
   * A scheme that gives a block of the base model its hash; empty when none of those tried does.
   */
  Optional<HashScheme> find(RootBlock root, Hashing expected) {
    Set<HashAlgorithm> algorithms = new LinkedHashSet<>();
    expected.algorithm().ifPresent(algorithms::add);
    algorithms.addAll(List.of(HashAlgorithm.values()));
    Set<Optional<String>> seeds = new LinkedHashSet<>();
    seeds.add(settings.hashSeed());
    seeds.add(Optional.empty());
    USUAL_SEEDS.forEach(seed -> seeds.add(Optional.of(seed)));
    for (HashAlgorithm algorithm : algorithms) {
      for (Optional<String> seed : seeds) {
        HashScheme scheme = new HashScheme(algorithm, seed, root.blockSize(), ExtraForm.TAGGED);
        if (root.isOf(scheme, ExtraKeys.NONE)) {
          return Optional.of(scheme);
        }
      }
    }
    return Optional.empty();
  }

  /** The form that gives an adapter's block its hash; empty when none does. */
  static Optional<ExtraForm> form(RootBlock root, HashScheme scheme, ExtraKeys.Adapter adapter) {
    for (ExtraForm form : ExtraForm.values()) {
      HashScheme other =
          new HashScheme(scheme.algorithm(), scheme.seed(), scheme.blockSize(), form);
      if (adapter.knownTo(form) && root.isOf(other, ExtraKeys.ofAdapter(adapter))) {
        return Optional.of(form);
      }
    }
    return Optional.empty();
  }

  /**
   * Why an endpoint's blocks can't match by what its metrics tell; empty when they may.
   *
   * @param algorithm what is followed
   * @param toldAlgorithm what it tells; empty when it does not
   * @param blockSize what is followed
   * @param toldBlockSize what it tells; zero when it does not
   * @param places where the followed ones were said
   */
  static Optional<Mismatch> conflict(
      PreciseSettings.Places places,
      HashAlgorithm algorithm,
      Optional<HashAlgorithm> toldAlgorithm,
      int blockSize,
      int toldBlockSize) {
    List<Cause> causes = new ArrayList<>();
    List<String> words = new ArrayList<>();
    if (toldBlockSize > 0 && toldBlockSize != blockSize) {
      causes.add(Cause.BLOCK_SIZE);
      words.add(blockSize(places.blockSize(), true, blockSize, toldBlockSize));
    }
    if (toldAlgorithm.isPresent() && toldAlgorithm.get() != algorithm) {
      causes.add(Cause.ALGORITHM);
      words.add(
          algorithm(
              places.hashAlgorithm(), true, Optional.of(algorithm), toldAlgorithm.get().label()));
    }
    return causes.isEmpty()
        ? Optional.empty()
        : Optional.of(new Mismatch(causes.getFirst(), String.join("; ", words)));
  }

  /** How an endpoint hashes otherwise than was expected. */
  Mismatch explain(Hashing expected, HashScheme found) {
    List<Cause> causes = new ArrayList<>();
    List<String> words = new ArrayList<>();
    if (expected.blockSize() != found.blockSize()) {
      causes.add(Cause.BLOCK_SIZE);
      words.add(
          blockSize(
              settings.places().blockSize(),
              tells(expected, Cause.BLOCK_SIZE),
              expected.blockSize(),
              found.blockSize()));
    }
    if (!expected.algorithm().equals(Optional.of(found.algorithm()))) {
      causes.add(Cause.ALGORITHM);
      words.add(
          algorithm(
              settings.places().hashAlgorithm(),
              tells(expected, Cause.ALGORITHM),
              expected.algorithm(),
              found.algorithm().label()));
    }
    if (!settings.hashSeed().equals(found.seed()) || causes.isEmpty()) {
      // SGLang has no seed, so that one was configured is no difference.
      if (found.algorithm() != HashAlgorithm.SGLANG) {
        causes.add(Cause.SEED);
        words.add(seed(expected, found));
      }
    }
    return new Mismatch(
        causes.isEmpty() ? Cause.SEED : causes.getFirst(), String.join("; ", words));
  }

  /** Whether an endpoint's metrics tell what the configuration contradicts. */
  private static boolean tells(Hashing expected, Cause cause) {
    return expected.conflict().filter(conflict -> conflict.cause() == cause).isPresent();
  }

  /**
   * Another block size.
   *
   * @param place where the expected one was said; empty when the endpoint told it itself
   * @param told whether its metrics tell the one that was found
   */
  private static String blockSize(String place, boolean told, int expected, int found) {
    if (expected == 0) {
      return "its blocks have %d tokens: give --block-size %d".formatted(found, found);
    }
    return place.isEmpty()
        ? "its blocks have %d tokens, not %d: give --block-size %d here, or start it with --block-size %d"
            .formatted(found, expected, found, expected)
        : "its blocks have %d tokens, not %d as %s says: %s, or start it with --block-size %d"
            .formatted(
                found, expected, place, told ? "leave that out" : mend(place, found), expected);
  }

  private static String mend(String place, Object found) {
    return place.startsWith("--") ? "give " + place + " " + found : "write " + found + " there";
  }

  private static String algorithm(
      String place, boolean told, Optional<HashAlgorithm> expected, String found) {
    if (expected.isEmpty()) {
      return "it hashes by %s: give --hash-algorithm %s".formatted(found, found);
    }
    String ours = expected.get().label();
    if (found.equals(HashAlgorithm.SGLANG.label())) {
      return "it is SGLang and hashes as that does, not by %s%s: leave %s out"
          .formatted(
              ours,
              place.isEmpty() ? "" : " as " + place + " says",
              place.isEmpty() ? "the hash algorithm" : "that");
    }
    return place.isEmpty()
        ? "it hashes by %s, not %s: give --hash-algorithm %s here, or start it with --prefix-caching-hash-algo %s"
            .formatted(found, ours, found, ours)
        : "it hashes by %s, not %s as %s says: %s, or start it with --prefix-caching-hash-algo %s"
            .formatted(found, ours, place, told ? "leave that out" : mend(place, found), ours);
  }

  private String seed(Hashing expected, HashScheme scheme) {
    Optional<String> found = scheme.seed();
    Optional<String> ours = settings.hashSeed();
    if (found.isEmpty()) {
      return ours.isEmpty()
          ? "it hashes vLLM's default seed, which version %s is not known to have: give --hash-seed %s"
              .formatted(expected.version(), HashScheme.DEFAULT_SEED)
          : "its PYTHONHASHSEED is not set, but %s is configured: set PYTHONHASHSEED=%s there, or leave the seed out here"
              .formatted(ours.get(), ours.get());
    }
    if (ours.isEmpty()) {
      return "its PYTHONHASHSEED is %s, but none is configured: give --hash-seed %s here%s"
          .formatted(
              found.get(),
              found.get(),
              drawsNone(expected.version(), scheme) ? ", or unset it there" : "");
    }
    return "its PYTHONHASHSEED is %s, not %s: give --hash-seed %s here, or set PYTHONHASHSEED=%s there"
        .formatted(found.get(), ours.get(), found.get(), ours.get());
  }

  /** Whether it is known that the engine, without a seed, draws none at random. */
  private static boolean drawsNone(String version, HashScheme scheme) {
    HashScheme unseeded =
        new HashScheme(scheme.algorithm(), Optional.empty(), scheme.blockSize(), scheme.form());
    return !version.isEmpty() && HashScheme.hasDefaultSeed(version) && unseeded.predictable();
  }

  /** Nothing gives the endpoint's blocks their hashes. */
  Mismatch nothingFits(Hashing expected) {
    String tried =
        "no algorithm with "
            + settings.hashSeed().map(seed -> "the configured seed " + seed + ", ").orElse("")
            + "no seed or a usual one (0, 42, …) gives its blocks their hashes; its hash seed is"
            + " probably random: set PYTHONHASHSEED to the same number on all endpoints and give it"
            + " as --hash-seed";
    Optional<HashAlgorithm> algorithm = expected.algorithm();
    boolean xxhash =
        algorithm.equals(Optional.of(HashAlgorithm.XXHASH))
            || algorithm.equals(Optional.of(HashAlgorithm.XXHASH_CBOR));
    String why = "";
    if (xxhash) {
      why = " (" + algorithm.get().label() + " draws one at each start unless it is set)";
    } else if (!expected.version().isEmpty() && !HashScheme.hasDefaultSeed(expected.version())) {
      why = " (vLLM " + expected.version() + " draws one at each start unless it is set)";
    }
    return new Mismatch(Cause.SEED, tried + why);
  }
}

package io.pickwick.epp.prefix;

import static java.util.stream.Collectors.joining;

import io.pickwick.epp.prefix.MatchVerdict.Cause;
import io.pickwick.epp.prefix.MatchVerdict.Mismatch;
import io.pickwick.kv.hash.ExtraForm;
import io.pickwick.kv.hash.ExtraKeys;
import io.pickwick.kv.hash.HashAlgorithm;
import io.pickwick.kv.hash.HashScheme;
import io.pickwick.pool.Engine;
import io.pickwick.pool.PoolListener;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.Gauges;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What each endpoint's engine is, as it tells by HTTP and by its metrics: its version, its models,
 * and from both and the configuration how it hashes blocks.
 *
 * <p>What is configured holds; where an engine tells otherwise, {@link Hashing#conflict} says so.
 */
public final class EngineFacts implements PoolListener, AutoCloseable {
  // Readers take the array of endpoints by slot and one of them, both volatile, and get what was
  // derived last; it is derived anew only when something it was made of has changed. The array is
  // replaced by the pool's thread alone. One thread looks every tick whom to ask, each question is
  // asked on a thread of its own, and an endpoint is asked one question at a time.

  private static final Logger LOG = LoggerFactory.getLogger(EngineFacts.class);
  private static final int SAID = 16;
  private static final int MODELS_NAMED = 3;
  private static final int LONGEST_NAME = 100;

  private final PreciseSettings settings;
  private final Questions questions;
  private final Pace pace;
  private final LongSupplier nanos;
  private final Executor asking;
  private final Thread ticking;
  private final Set<String> said = ConcurrentHashMap.newKeySet();
  private volatile @Nullable Known[] known = new Known[0];
  private volatile IntConsumer follower = slot -> {};

  /**
   * When endpoints are asked.
   *
   * @param tick how often it is looked whom to ask
   * @param refresh how long an answer holds, as adapters come and go
   * @param wanted how long at least, when an adapter is not known
   * @param retry the first wait after a question that failed; doubles up to {@code retryMost}
   * @param retryMost the longest wait
   */
  public record Pace(
      Duration tick, Duration refresh, Duration wanted, Duration retry, Duration retryMost) {
    /** A quarter of a second, a minute, five seconds, one second, half a minute. */
    public static final Pace DEFAULT =
        new Pace(
            Duration.ofMillis(250),
            Duration.ofMinutes(1),
            Duration.ofSeconds(5),
            Duration.ofSeconds(1),
            Duration.ofSeconds(30));
  }

  /** Asks endpoints what they are. */
  interface Questions extends AutoCloseable {
    /** What an endpoint tells, waited for; empty when it does not. */
    Optional<Told> ask(Endpoint endpoint);

    @Override
    default void close() {}
  }

  /**
   * What an engine answered.
   *
   * @param version its version; empty when it did not tell
   * @param models its models; empty when it did not tell
   */
  record Told(String version, List<ServedModel> models) {
    static final Told NOTHING = new Told("", List.of());

    /** This, and where it says nothing, the other. */
    Told or(Told other) {
      return new Told(
          version.isEmpty() ? other.version : version, models.isEmpty() ? other.models : models);
    }
  }

  /**
   * A model that an engine serves.
   *
   * @param id as requests name it
   * @param root the path or name it was loaded from; empty when not told
   * @param parent the base model of an adapter; empty for a base model
   */
  record ServedModel(String id, String root, String parent) {}

  /**
   * How an endpoint hashes, or why that is not known.
   *
   * @param version the engine's version; empty when not told
   * @param algorithm the algorithm that is followed; absent when unknown
   * @param blockSize the block size that is followed; zero when unknown
   * @param scheme how it hashes; absent when that can't be told
   * @param why what is missing, a sentence; empty when nothing is
   * @param conflict why nothing that it stores can match, by what it tells of itself and the
   *     configuration alone; its blocks may prove otherwise
   */
  public record Hashing(
      String version,
      Optional<HashAlgorithm> algorithm,
      int blockSize,
      Optional<HashScheme> scheme,
      String why,
      Optional<Mismatch> conflict) {
    static final Hashing UNKNOWN = without("it has not been asked yet");
    static final Hashing UNREAD = without("its metrics have not been read yet");

    private static Hashing without(String why) {
      return new Hashing("", Optional.empty(), 0, Optional.empty(), why, Optional.empty());
    }

    /** Whether the endpoint has told what it can, so that its blocks can be judged. */
    boolean told() {
      return !equals(UNKNOWN) && !equals(UNREAD);
    }
  }

  /**
   * Facts of no endpoint yet; listen to the pool, then {@link #start()}.
   *
   * @param questions asks an endpoint
   * @param asking runs questions, which block
   */
  EngineFacts(
      PreciseSettings settings,
      Questions questions,
      Pace pace,
      LongSupplier nanos,
      Executor asking) {
    this.settings = settings;
    this.questions = questions;
    this.pace = pace;
    this.nanos = nanos;
    this.asking = asking;
    this.ticking = Thread.ofVirtual().name("engine-facts").unstarted(this::run);
  }

  /** Facts that are asked for by HTTP, on virtual threads. */
  public EngineFacts(PreciseSettings settings, LongSupplier nanos) {
    this(
        settings,
        new EngineQuestions(EngineQuestions.Limits.DEFAULT),
        Pace.DEFAULT,
        nanos,
        Thread::startVirtualThread);
  }

  /** Lets one be told of each slot whose {@link #hashing} is not what it was, soon after. */
  void follow(IntConsumer changed) {
    follower = changed;
  }

  /** Begins to ask. */
  public void start() {
    ticking.start();
  }

  @Override
  public void close() {
    ticking.interrupt();
    questions.close();
  }

  // What is known; all of it cheap and safe to ask at any time.

  /** How an endpoint hashes its blocks; empty as long as that can't be told. */
  public Optional<HashScheme> scheme(int slot) {
    return hashing(slot).scheme();
  }

  /** How an endpoint hashes its blocks, or why that is not known. */
  public Hashing hashing(int slot) {
    Known at = at(slot);
    return at == null ? Hashing.UNKNOWN : at.hashing();
  }

  /**
   * An adapter as an endpoint has it; empty when the model is none there. Its number is never
   * known. An endpoint that does not know the model is asked again soon.
   */
  public Optional<ExtraKeys.Adapter> adapter(int slot, String model) {
    Known at = at(slot);
    if (at == null) {
      return Optional.empty();
    }
    for (ServedModel served : at.told.models()) {
      if (served.id().equals(model)) {
        return served.parent().isEmpty()
            ? Optional.empty()
            : Optional.of(new ExtraKeys.Adapter(served.id(), 0, served.root()));
      }
    }
    at.wanted = true;
    return Optional.empty();
  }

  /** All names under which an endpoint serves its base model; empty when it has told none. */
  public List<String> baseModels(int slot) {
    Known at = at(slot);
    return at == null
        ? List.of()
        : at.told.models().stream()
            .filter(model -> model.parent().isEmpty())
            .map(ServedModel::id)
            .toList();
  }

  /**
   * Why the configured base model is none of an endpoint's; empty when it is, or is not known. It
   * may be said by the name by which it is served or was loaded, with or without where that lies.
   */
  public Optional<String> modelConflict(int slot) {
    Known at = at(slot);
    String model = settings.model().orElse("");
    if (at == null || model.isEmpty()) {
      return Optional.empty();
    }
    List<ServedModel> bases =
        at.told.models().stream().filter(served -> served.parent().isEmpty()).toList();
    if (bases.isEmpty()
        || bases.stream()
            .anyMatch(base ->
                name(base.id()).equals(name(model)) || name(base.root()).equals(name(model)))) {
      return Optional.empty();
    }
    String served =
        bases.stream().limit(MODELS_NAMED).map(base -> quoted(base.id())).collect(joining(", "));
    return Optional.of(
        "it serves the base model %s, not \"%s\" as %s says: leave that out, or write a name by which it is served"
            .formatted(served, model, settings.places().model()));
  }

  /** What follows the last slash. */
  private static String name(String path) {
    int end = path.endsWith("/") ? path.length() - 1 : path.length();
    return path.substring(path.lastIndexOf('/', end - 1) + 1, end);
  }

  /** What an endpoint chose, fit for a line. */
  private static String quoted(String name) {
    String plain = name.replaceAll("[^\\x20-\\x7e]", "?");
    return "\"" + plain.substring(0, Math.min(plain.length(), LONGEST_NAME)) + "\"";
  }

  /** The endpoint's engine has started anew, as its events show: it is asked again. */
  public void restarted(int slot) {
    Known at = at(slot);
    if (at != null) {
      at.restart();
    }
  }

  private @Nullable Known at(int slot) {
    @Nullable Known[] all = known;
    return slot < all.length ? all[slot] : null;
  }

  // What the pool tells.

  @Override
  public void added(Endpoint endpoint) {
    put(endpoint.slot(), new Known(endpoint));
  }

  @Override
  public void removed(Endpoint endpoint) {
    put(endpoint.slot(), null);
  }

  @Override
  public void relabelled(Endpoint before, Endpoint after) {
    Known at = at(after.slot());
    if (at != null) {
      at.endpoint = after;
    }
  }

  private void put(int slot, @Nullable Known endpoint) {
    @Nullable Known[] all = known;
    @Nullable Known[] changed = Arrays.copyOf(all, Math.max(all.length, slot + 1));
    changed[slot] = endpoint;
    known = changed;
  }

  // Asking.

  private void run() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        tick();
        Thread.sleep(pace.tick());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Asks whoever is due, and tells whose hashing has changed. */
  void tick() {
    long now = nanos.getAsLong();
    for (Known at : known) {
      if (at == null) {
        continue;
      }
      if (at.due(now)) {
        at.asking = true;
        at.atOnce = false;
        asking.execute(() -> ask(at));
      }
      if (at.changed()) {
        follower.accept(at.endpoint.slot());
      }
    }
  }

  private void ask(Known at) {
    try {
      Optional<Told> answer = questions.ask(at.endpoint);
      at.answered(answer, nanos.getAsLong());
      modelConflict(at.endpoint.slot())
          .filter(conflict -> said.size() < SAID && said.add(conflict))
          .ifPresent(conflict -> LOG.warn("endpoint {}: {}", at.endpoint, conflict));
    } finally {
      at.asking = false;
    }
  }

  /** One endpoint. */
  private final class Known {
    private volatile Endpoint endpoint;
    private volatile Told told = Told.NOTHING;
    private final AtomicInteger answers = new AtomicInteger();
    private volatile boolean asked;
    private volatile boolean asking;
    private volatile boolean wanted;
    private volatile boolean restarted;
    private volatile boolean atOnce;
    private volatile @Nullable Derived derived;
    // Written by whoever asks, read by the ticking thread; ordered by the volatile asking.
    private long askedNanos;
    private int failures;
    // Of the ticking thread alone.
    private boolean reachable = true;
    private Hashing seen = Hashing.UNKNOWN;

    Known(Endpoint endpoint) {
      this.endpoint = endpoint;
    }

    boolean due(long now) {
      if (asking) {
        return false;
      }
      boolean answers = endpoint.load().reachable();
      if (answers && !reachable) {
        restart();
      }
      reachable = answers;
      if (!asked || atOnce) {
        return true;
      }
      if (failures > 0) {
        return now - askedNanos >= wait(failures);
      }
      long age = now - askedNanos;
      return age >= pace.refresh().toNanos() || (wanted && age >= pace.wanted().toNanos());
    }

    /** Another process may be there: what the last one told counts no more once this one tells. */
    void restart() {
      restarted = true;
      atOnce = true;
    }

    private long wait(int failed) {
      return Math.min(
          pace.retry().toNanos() << Math.min(failed - 1, 20), pace.retryMost().toNanos());
    }

    void answered(Optional<Told> answer, long now) {
      askedNanos = now;
      failures = answer.isPresent() ? 0 : failures + 1;
      if (answer.isPresent()) {
        told = restarted ? answer.get() : answer.get().or(told);
        answers.incrementAndGet();
        restarted = false;
        wanted = false;
      }
      asked = true;
    }

    boolean changed() {
      Hashing now = hashing();
      boolean changed = !now.equals(seen);
      seen = now;
      return changed;
    }

    Hashing hashing() {
      if (!asked) {
        return Hashing.UNKNOWN;
      }
      Endpoint from = endpoint;
      int answer = answers.get();
      Gauges gauges = from.load().gauges().orElse(null);
      Derived last = derived;
      if (last != null && last.isOf(from, answer, gauges)) {
        return last.hashing();
      }
      Derived made = derive(from, answer, gauges);
      derived = made;
      return made.hashing();
    }

    private Derived derive(Endpoint from, int answer, @Nullable Gauges gauges) {
      int blocks = gauges == null ? 0 : gauges.blockSize();
      String algorithm = gauges == null ? "" : gauges.hashAlgorithm();
      Hashing made = made(from, told.version(), blocks, algorithm);
      boolean unread = gauges == null && (made.algorithm().isEmpty() || made.blockSize() == 0);
      return new Derived(
          from, answer, gauges != null, blocks, algorithm, unread ? Hashing.UNREAD : made);
    }

    private Hashing made(Endpoint from, String version, int toldBlocks, String toldAlgorithm) {
      int blockSize = settings.blockSize().orElse(toldBlocks);
      boolean sglang = Engine.of(from.labels()) == Engine.SGLANG;
      Optional<HashAlgorithm> told =
          sglang ? Optional.of(HashAlgorithm.SGLANG) : HashAlgorithm.named(toldAlgorithm);
      Optional<HashAlgorithm> algorithm = settings.hashAlgorithm().or(() -> told);
      if (algorithm.isEmpty()) {
        return unknown(
            version,
            algorithm,
            blockSize,
            toldAlgorithm.isEmpty()
                ? "its metrics do not tell its hash algorithm; give --hash-algorithm"
                : "its hash algorithm \"" + toldAlgorithm + "\" can't be followed");
      }
      if (blockSize == 0) {
        return unknown(
            version, algorithm, 0, "its metrics do not tell its block size; give --block-size");
      }
      Optional<Mismatch> conflict =
          HashProbe.conflict(settings.places(), algorithm.get(), told, blockSize, toldBlocks);
      HashScheme scheme =
          new HashScheme(
              algorithm.get(), settings.hashSeed(), blockSize, ExtraForm.ofVersion(version));
      boolean seeded =
          scheme.predictable()
              && (settings.hashSeed().isPresent()
                  || algorithm.get() == HashAlgorithm.SGLANG
                  || HashScheme.hasDefaultSeed(version));
      if (seeded) {
        return new Hashing(version, algorithm, blockSize, Optional.of(scheme), "", conflict);
      }
      String why =
          "vLLM "
              + (version.isEmpty() ? "with " + algorithm.get().label() : version)
              + " draws its hash seed at random: set PYTHONHASHSEED there, to the same number"
              + " on all endpoints, and give it as --hash-seed";
      return new Hashing(
          version,
          algorithm,
          blockSize,
          Optional.empty(),
          why,
          conflict.or(() -> Optional.of(new Mismatch(Cause.SEED, why))));
    }

    private static Hashing unknown(
        String version, Optional<HashAlgorithm> algorithm, int blockSize, String why) {
      return new Hashing(version, algorithm, blockSize, Optional.empty(), why, Optional.empty());
    }
  }

  /** What was made of what. */
  private record Derived(
      Endpoint endpoint,
      int answer,
      boolean read,
      int blockSize,
      String algorithm,
      Hashing hashing) {
    boolean isOf(Endpoint from, int last, @Nullable Gauges gauges) {
      return endpoint.equals(from)
          && answer == last
          && read == (gauges != null)
          && blockSize == (gauges == null ? 0 : gauges.blockSize())
          && Objects.equals(algorithm, gauges == null ? "" : gauges.hashAlgorithm());
    }
  }
}

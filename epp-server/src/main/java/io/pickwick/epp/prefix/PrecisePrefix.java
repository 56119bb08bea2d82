package io.pickwick.epp.prefix;

import io.pickwick.epp.decide.PromptViews;
import io.pickwick.epp.prompt.EndpointTokens;
import io.pickwick.epp.prompt.TokenSource;
import io.pickwick.epp.telemetry.FeedMetrics;
import io.pickwick.epp.telemetry.ProcessMetrics;
import io.pickwick.kv.event.EngineKeys;
import io.pickwick.kv.feed.FeedConfig;
import io.pickwick.kv.feed.FeedSource;
import io.pickwick.kv.feed.FeedState;
import io.pickwick.kv.feed.FeedStatus;
import io.pickwick.kv.feed.KvFeeds;
import io.pickwick.kv.hash.HashAlgorithm;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.history.Speculation;
import io.pickwick.kv.index.KvIndex;
import io.pickwick.pool.PoolListener;
import io.pickwick.pool.PoolSnapshot;
import io.pickwick.schedule.Endpoint;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Routing by the KV events of the engines, put together: events to the index, prompts to tokens to
 * keys, and the check that both can meet.
 */
public final class PrecisePrefix implements PoolListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PrecisePrefix.class);
  private static final int WAITING_PROMPTS = 128;
  private static final int SWEEP_MILLIS = 100;
  private static final int SWEPT_PLACES = 1 << 16;
  private static final int SPECULATIVE_BLOCKS = 1 << 20;
  private static final long CONNECTING_NANOS = 1_000_000_000L;
  private static final long CHAIN_BYTES = 64L << 20;

  private final Prepared prepared;
  private final Supplier<PoolSnapshot> pool;
  private final LongSupplier nanos;
  private final long startNanos;
  private final long separator;
  private final KvIndex index;
  private final Optional<Speculation> speculation;
  private final EngineFacts facts;
  private final MatchCheck check;
  private final KvFeeds feeds;
  private final Optional<EndpointTokens> asking;
  private final TokenSource tokens;
  private final ThreadPoolExecutor workers;
  private final PrecisePrompts prompts;
  private final ScheduledExecutorService sweeper =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("kv-index-sweeper").factory());

  /**
   * All that was read to follow the engines' events; nothing has started, nothing need be closed.
   */
  public static final class Prepared {
    private final PreciseSettings settings;
    private final FeedConfig config;
    private final TokenizerChoice choice;

    private Prepared(PreciseSettings settings, FeedConfig config, TokenizerChoice choice) {
      this.settings = settings;
      this.config = config;
      this.choice = choice;
    }

    /** What was read, in a few words. */
    public String words() {
      return "prefix mode tracking: KV events "
          + config.bind().map(Prepared::at).orElse("from port " + config.port())
          + ", tokens "
          + choice.words();
    }

    /** It may be meant for another machine than the one that checks it. */
    private static String at(String address) {
      return "at "
          + address
          + (KvFeeds.canBind(address) ? "" : " (which is no address of this machine)");
    }
  }

  private PrecisePrefix(
      Prepared prepared, Supplier<PoolSnapshot> pool, PromptViews estimate, LongSupplier nanos) {
    PreciseSettings settings = prepared.settings;
    FeedConfig config = prepared.config;
    TokenizerChoice choice = prepared.choice;
    this.prepared = prepared;
    this.pool = pool;
    this.nanos = nanos;
    this.startNanos = nanos.getAsLong();
    this.separator = PromptKeys.separator(settings.model().orElse(""), "");
    this.index = new KvIndex(settings.weights());
    this.speculation =
        settings.speculative()
            ? Optional.of(
                new Speculation(settings.speculativeTtl().toNanos(), SPECULATIVE_BLOCKS, nanos))
            : Optional.empty();
    this.facts = new EngineFacts(settings, nanos);
    this.check = new MatchCheck(settings, facts, choice.texts(), nanos);
    this.feeds = new KvFeeds(config, index, check, nanos);
    this.asking = choice.asking(this::anEndpoint);
    this.tokens = choice.source(asking);
    int threads = Math.max(2, Runtime.getRuntime().availableProcessors());
    this.workers =
        new ThreadPoolExecutor(
            threads,
            threads,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING_PROMPTS),
            Thread.ofPlatform().daemon().name("prompts-", 0).factory());
    this.prompts =
        new PrecisePrompts(
            new PrecisePrompts.Parts(
                estimate,
                () -> pool.get().endpoints(),
                new KnownEngines(facts, settings.model(), nanos),
                tokens,
                index,
                feeds::state,
                speculation,
                new CheckWitness(check),
                config.ranks(),
                workers),
            separator,
            CHAIN_BYTES);
  }

  /**
   * Reads the keys, the tokenizer and the chat templates that the settings name.
   *
   * @throws IOException when a file can't be used
   */
  public static Prepared prepare(PreciseSettings settings) throws IOException {
    return new Prepared(settings, settings.events().feedConfig(), TokenizerChoice.of(settings));
  }

  /**
   * Starts to follow the engines' events.
   *
   * @param pool the pool whose endpoints publish; the caller lets this listen to it
   * @param estimate serves where the exact way can't
   * @throws IOException when a port can't be had
   */
  public static PrecisePrefix start(
      Prepared prepared, Supplier<PoolSnapshot> pool, PromptViews estimate, LongSupplier nanos)
      throws IOException {
    PrecisePrefix started = new PrecisePrefix(prepared, pool, estimate, nanos);
    try {
      started.feeds.start();
    } catch (IOException e) {
      started.close();
      throw e;
    }
    started.facts.start();
    var _ =
        started.sweeper.scheduleWithFixedDelay(
            () -> started.index.sweep(SWEPT_PLACES),
            SWEEP_MILLIS,
            SWEEP_MILLIS,
            TimeUnit.MILLISECONDS);
    LOG.atInfo()
        .addKeyValue("tokens", prepared.choice.words())
        .addKeyValue("bind", prepared.config.bind().orElse("none"))
        .addKeyValue("connect", prepared.config.connect())
        .log("following KV events");
    return started;
  }

  /**
   * Looks made-up prompts up as {@link #prompts()} does real ones, without any effect on those.
   *
   * @param endpoints that no real request meets
   */
  public PromptViews rehearsal(Supplier<List<Endpoint>> endpoints, PromptViews estimate) {
    return RehearsedPrompts.of(prepared.settings, prepared.choice, endpoints, estimate, nanos);
  }

  /** Looks prompts up. */
  public PromptViews prompts() {
    return prompts;
  }

  /**
   * Whether something is being replayed, or, shortly after the start, nothing was heard yet of some
   * endpoint that answers: later that only means that it is idle.
   */
  public boolean catchingUp() {
    boolean young = nanos.getAsLong() - startNanos < CONNECTING_NANOS;
    return pool.get().endpoints().stream()
        .filter(endpoint -> endpoint.load().reachable())
        .map(endpoint -> feeds.state(endpoint.slot()))
        .anyMatch(state -> state == FeedState.REPLAYING || (young && state == FeedState.SILENT));
  }

  /** What is in force, for the admin page. */
  public Map<String, Object> settings() {
    PreciseSettings settings = prepared.settings;
    FeedConfig config = prepared.config;
    String theirs = "as each endpoint tells";
    Map<String, Object> told = new LinkedHashMap<>();
    told.put(
        "blockSize", settings.blockSize().isPresent() ? settings.blockSize().getAsInt() : theirs);
    told.put("hashAlgorithm", settings.hashAlgorithm().map(HashAlgorithm::label).orElse(theirs));
    told.put("hashSeed", settings.hashSeed().orElse("none"));
    told.put("baseModel", settings.model().orElse(theirs));
    told.put("tokens", prepared.choice.words());
    settings.tokenizerPath().ifPresent(path -> told.put("tokenizerPath", path));
    Map<String, Object> events = new LinkedHashMap<>();
    if (config.connect()) {
      events.put("connectToPort", config.port());
    }
    config.bind().ifPresent(address -> events.put("listenAt", address));
    config.replayPort().ifPresent(port -> events.put("replayPort", port));
    events.put("ranks", config.ranks());
    events.put("topicPrefix", config.topicPrefix());
    events.put("curve", config.curve().isPresent());
    told.put("events", events);
    return told;
  }

  /** What is to be told of an endpoint on the admin page. */
  public Map<String, Object> notes(Endpoint endpoint) {
    Map<String, Object> notes = new LinkedHashMap<>();
    notes.put("kvMatch", check.verdict(endpoint.slot()).sentence());
    facts.modelConflict(endpoint.slot()).ifPresent(why -> notes.put("kvModel", why));
    for (FeedStatus feed : feeds.status()) {
      if (feed.slot() == endpoint.slot()) {
        notes.put("kvFeed" + feed.rank(), note(feed));
      }
    }
    return notes;
  }

  private static Map<String, Object> note(FeedStatus feed) {
    Map<String, Object> note = new LinkedHashMap<>();
    note.put("state", feed.state());
    note.put("blocks", feed.blocks());
    note.put("lastMessage", feed.lastSequence());
    note.put("lagMillis", TimeUnit.NANOSECONDS.toMillis(feed.lagNanos()));
    if (!feed.why().isEmpty()) {
      note.put("why", feed.why());
    }
    return note;
  }

  /** Registers all that can be told in numbers. */
  public void register(PrometheusRegistry registry) {
    new FeedMetrics(registry, pool, feeds::status, feeds::stats);
    MatchMetrics.register(registry, pool, check);
    PromptCounts counts = prompts.counts();
    ProcessMetrics process = new ProcessMetrics(registry);
    asking.ifPresent(asked ->
        process
            .counter(
                "pickwick_tokenize_kept_total",
                "Prompts whose token ids were kept from an earlier answer.",
                asked::hits)
            .counter(
                "pickwick_tokenize_answers_total",
                "Answers of endpoints that brought token ids.",
                asked::answers)
            .counter(
                "pickwick_tokenize_failures_total",
                "Questions for token ids that brought none.",
                asked::failures));
    process
        .gauge("pickwick_kv_index_blocks", "Distinct blocks.", () -> index.stats().blocks())
        .gauge(
            "pickwick_kv_index_holder_blocks",
            "Blocks, each holder for itself.",
            () -> index.stats().holderBlocks())
        .gauge("pickwick_kv_index_bytes", "Memory of the index.", () -> index.stats().bytes())
        .counter(
            "pickwick_kv_index_refused_blocks_total",
            "Blocks not indexed because the index is full.",
            () -> index.stats().refused())
        .gauge(
            "pickwick_speculative_blocks",
            "Sampled blocks of just-routed prompts.",
            () -> speculation.map(Speculation::size).orElse(0))
        .counter(
            "pickwick_prompts_exact_total",
            "Prompts whose endpoint was looked up by tokens and events.",
            counts::exact)
        .counters(
            "pickwick_prompts_estimated_total",
            "Prompts that were estimated at the endpoint that they went to, by the reason.",
            "reason",
            Estimated.Reason.values(),
            counts::estimated)
        .counter(
            "pickwick_prefix_promised_tokens_total",
            "Tokens promised to be cached, of requests whose engine told how many were.",
            counts::promisedTokens)
        .counter(
            "pickwick_prefix_cached_tokens_total",
            "Tokens that were cached there, as the engine told.",
            counts::cachedTokens);
  }

  @Override
  public void added(Endpoint endpoint) {
    facts.added(endpoint);
    check.added(endpoint);
    feeds.add(
        new FeedSource(
            endpoint.slot(),
            endpoint.toString(),
            endpoint.address(),
            endpoint.port(),
            () -> new EngineKeys(separator)));
  }

  @Override
  public void relabelled(Endpoint before, Endpoint after) {
    facts.relabelled(before, after);
  }

  @Override
  public void removed(Endpoint endpoint) {
    feeds.remove(endpoint.slot());
    speculation.ifPresent(all -> all.forget(endpoint.slot()));
    check.removed(endpoint);
    facts.removed(endpoint);
  }

  /** An endpoint to ask for tokens: any that answers. */
  private Optional<URI> anEndpoint() {
    List<Endpoint> endpoints = pool.get().endpoints();
    int size = endpoints.size();
    int from = size == 0 ? 0 : ThreadLocalRandom.current().nextInt(size);
    for (int i = 0; i < size; i++) {
      Endpoint endpoint = endpoints.get((from + i) % size);
      if (endpoint.load().reachable()) {
        return Optional.of(URI.create("http://" + endpoint.hostPort() + "/"));
      }
    }
    return Optional.empty();
  }

  /**
   * Follows no events any more and gives its ports back, but still answers those who ask for
   * prompts, by the estimate, until {@code grace} has passed; then it closes.
   */
  public void retire(Duration grace) {
    feeds.close();
    sweeper.shutdownNow();
    Thread.ofVirtual()
        .name("retired-prefix")
        .start(() -> {
          try {
            Thread.sleep(grace);
          } catch (InterruptedException e) {
            LOG.debug("Closing sooner", e);
          }
          close();
        });
  }

  @Override
  public void close() {
    feeds.close();
    sweeper.shutdownNow();
    workers.shutdownNow();
    tokens.close();
    facts.close();
  }
}

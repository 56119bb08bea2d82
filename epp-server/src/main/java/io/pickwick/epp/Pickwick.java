package io.pickwick.epp;

import io.pickwick.epp.admin.AdminServer;
import io.pickwick.epp.admin.Guard;
import io.pickwick.epp.admin.PoolPage;
import io.pickwick.epp.config.Flags;
import io.pickwick.epp.decide.PoolDecider;
import io.pickwick.epp.extproc.EventLoops;
import io.pickwick.epp.extproc.ExtProcConfig;
import io.pickwick.epp.extproc.ExtProcServer;
import io.pickwick.epp.extproc.Health;
import io.pickwick.epp.extproc.HealthServer;
import io.pickwick.epp.extproc.Tls;
import io.pickwick.epp.live.Checked;
import io.pickwick.epp.live.ConfigFile;
import io.pickwick.epp.live.Live;
import io.pickwick.epp.live.Readiness;
import io.pickwick.epp.prefix.PrecisePrefix;
import io.pickwick.epp.prefix.PreciseSettings;
import io.pickwick.epp.rehearsal.Rehearsal;
import io.pickwick.epp.telemetry.PoolMetrics;
import io.pickwick.epp.telemetry.ProcessMetrics;
import io.pickwick.epp.telemetry.RequestMetrics;
import io.pickwick.pool.EndpointsFile;
import io.pickwick.pool.FileWatch;
import io.pickwick.pool.Pool;
import io.pickwick.pool.ScrapeFailure;
import io.pickwick.pool.Scraper;
import io.pickwick.pool.ScraperConfig;
import io.pickwick.resource.Resources;
import io.pickwick.schedule.config.EndpointPickerConfig;
import io.pickwick.schedule.spec.Spec;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running endpoint picker: the composition root, which reads as the list of its parts in the
 * order in which they start.
 */
public final class Pickwick implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Pickwick.class);
  private static final LongSupplier CLOCK = System::nanoTime;
  private static final Duration DEBOUNCE = Duration.ofMillis(50);
  private static final Duration POLL = Duration.ofSeconds(2);
  private static final Duration READY_PATIENCE = Duration.ofSeconds(10);
  private static final Duration CERTIFICATE_CHECK = Duration.ofSeconds(5);

  private final Parts parts;
  private final ExtProcServer extProc;
  private final HealthServer healthServer;
  private final AdminServer admin;
  private final Duration drainDelay;
  private final Duration drainTimeout;

  private Pickwick(
      Parts parts,
      ExtProcServer extProc,
      HealthServer healthServer,
      AdminServer admin,
      Duration drainDelay,
      Duration drainTimeout) {
    this.parts = parts;
    this.extProc = extProc;
    this.healthServer = healthServer;
    this.admin = admin;
    this.drainDelay = drainDelay;
    this.drainTimeout = drainTimeout;
  }

  /**
   * Starts everything; it serves when this returns.
   *
   * @throws IOException when a file can't be read or a port can't be had
   * @throws io.pickwick.schedule.spec.SpecException when a file is wrong
   */
  public static Pickwick start(Flags flags) throws IOException {
    flags.notices().forEach(log::warn);
    Parts parts = new Parts();
    try {
      return compose(flags, parts);
    } catch (IOException | RuntimeException e) {
      parts.close();
      throw e;
    }
  }

  private static Pickwick compose(Flags flags, Parts parts) throws IOException {
    PrometheusRegistry registry = new PrometheusRegistry();
    Pool pool = new Pool();
    Live live = parts.add(new Live(flags, pool, CLOCK));
    Scraper scraper =
        parts.add(
            new Scraper(
                scraperConfig(flags),
                CLOCK,
                () -> ThreadLocalRandom.current().nextDouble(),
                Thread.ofVirtual().name("scraper-", 0).factory()));
    pool.listen(scraper);
    EndpointSource source =
        parts.add(
            flags.endpointsFile().isPresent()
                ? new EndpointSource.OfFile(
                    watch("endpoints file", flags.endpointsFile().get(), EndpointsFile.into(pool)))
                : EndpointSource.OfKubernetes.of(flags, pool, live));
    for (FileWatch file : configuration(flags, live)) {
      parts.add(file).startRight();
    }
    live.start();
    source.start();

    RequestMetrics requests = new RequestMetrics(registry, version());
    PoolDecider decider =
        new PoolDecider(
            pool::snapshot,
            live::policy,
            requests,
            CLOCK,
            () -> ThreadLocalRandom.current().nextDouble(),
            new PoolDecider.Settings(flags.honoursSubset(), flags.decisionHeader()));

    ConfigFile config = config(flags);
    Rehearsal rehearsal =
        parts.add(
            new Rehearsal(
                flags.warmUp(),
                live.baseModel(),
                endpoints -> live.rehearsal(config, endpoints),
                CLOCK));
    Readiness readiness =
        new Readiness(
            pool::snapshot,
            source::unread,
            scraper.stats()::answers,
            live::catchingUp,
            rehearsal::goesOn,
            CLOCK,
            READY_PATIENCE);
    Health health = new Health(readiness);
    EventLoops loops = parts.add(EventLoops.of(flags.eventLoops()));
    HealthServer healthServer =
        parts.add(
            at(
                "--grpc-health-port",
                flags.grpcHealthPort(),
                () ->
                    HealthServer.start(
                        new InetSocketAddress(flags.grpcHealthPort()), health, loops)));
    ExtProcServer extProc =
        parts.add(
            at(
                "--grpc-port",
                flags.grpcPort(),
                () ->
                    ExtProcServer.start(
                        extProcConfig(flags), decider, live::reader, health, loops, CLOCK)));
    new PoolMetrics(
        registry,
        flags.poolName(),
        pool::snapshot,
        CLOCK,
        flags.metricsStalenessThreshold().toNanos());
    live.register(registry);
    source.register(registry);
    new ProcessMetrics(registry)
        .gauge("pickwick_streams", "Requests whose stream is open.", extProc::streams)
        .gauge("pickwick_held_bytes", "Request bytes held.", extProc::heldBytes)
        .counter(
            "pickwick_scrapes_total",
            "Scrapes of endpoints that brought news.",
            scraper.stats()::answers)
        .counter(
            "pickwick_scraped_bytes_total", "Bytes of metrics pages read.", scraper.stats()::bytes)
        .counter(
            "pickwick_scraped_samples_refused_total",
            "Samples that were wanted but could not be believed.",
            scraper.stats()::refusedSamples)
        .counters(
            "pickwick_scrape_failures_total",
            "Scrapes that brought no news, by reason.",
            "reason",
            ScrapeFailure.values(),
            failure -> scraper.stats().failures(failure));
    AdminServer admin =
        parts.add(
            at(
                "--metrics-port",
                flags.metricsPort(),
                () ->
                    new AdminServer(
                        flags.metricsPort(),
                        registry,
                        () -> unready(health, readiness),
                        new PoolPage(
                            flags.poolName(),
                            pool::snapshot,
                            () -> generations(live, source),
                            live::rememberedBlocks,
                            CLOCK,
                            live::prefix,
                            live::notes),
                        flags.guardsMetrics() ? source.guard() : Guard.NONE)));
    rehearsal.start();

    log.atInfo()
        .addKeyValue("version", version())
        .addKeyValue("pool", flags.poolNamespace() + "/" + flags.poolName())
        .addKeyValue("endpoints", pool.snapshot().endpoints().size())
        .addKeyValue("grpc", extProc.port())
        .addKeyValue("health", healthServer.port())
        .addKeyValue("metrics", admin.port())
        .addKeyValue("tls", flags.secureServing())
        .log("serving");
    return new Pickwick(
        parts, extProc, healthServer, admin, flags.drainDelay(), flags.drainTimeout());
  }

  /**
   * Reads everything that {@link #start} would read, and starts nothing.
   *
   * @return what was read and what of it has no effect, a sentence each
   */
  public static List<String> validate(Flags flags) throws IOException {
    List<String> words = new ArrayList<>(flags.notices());
    Optional<Spec> policy = Optional.empty();
    if (flags.trafficPolicyFile().isPresent()) {
      policy = Optional.of(PreciseSettings.policy(flags.trafficPolicyFile().get()));
    }
    Checked checked = Checked.of(flags, config(flags), policy);
    words.addAll(checked.notices());
    if (flags.endpointsFile().isPresent()) {
      Path file = flags.endpointsFile().get();
      words.add(file + ": " + EndpointsFile.read(file).size() + " endpoints");
    } else {
      words.add(
          flags
                  .podLabels()
                  .map(labels -> "pods of " + flags.poolNamespace() + " with " + labels)
                  .orElse("InferencePool " + flags.poolNamespace() + "/" + flags.poolName())
              + ", not asked for");
    }
    words.addAll(checked.facts());
    PreciseSettings settings = checked.settings();
    words.add(
        settings.tracking() ? PrecisePrefix.prepare(settings).words() : "prefix mode estimation");
    return words;
  }

  /** The version that was built. */
  public static String version() {
    String version = Pickwick.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  /** The external processor's port. */
  public int grpcPort() {
    return extProc.port();
  }

  /** The health service's port. */
  public int healthPort() {
    return healthServer.port();
  }

  /** The admin pages' port. */
  public int metricsPort() {
    return admin.port();
  }

  /** Stops calmly: not ready at once, running streams until the drain timeout, then the rest. */
  public void drain() {
    try {
      extProc.drain(drainDelay, drainTimeout);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    close();
  }

  /** Stops at once. */
  @Override
  public void close() {
    parts.close();
  }

  private static Map<String, Long> generations(Live live, EndpointSource source) {
    Map<String, Long> generations = new TreeMap<>(Map.of("configuration", live.generation()));
    source.generation().ifPresent(it -> generations.put("resources", it));
    return generations;
  }

  /** The files that say how requests are decided; what the flags say is told at once. */
  private static List<FileWatch> configuration(Flags flags, Live live) throws IOException {
    List<FileWatch> files = new ArrayList<>();
    if (flags.configFile().isPresent()) {
      files.add(
          watch(
              "configuration",
              existing(flags.configFile().get(), "--config-file"),
              file -> {
                ConfigFile read = live.read(() -> ConfigFile.read(file, flags.poolNamespace()));
                return () -> live.configure(read);
              }));
    } else {
      live.configure(config(flags));
    }
    if (flags.trafficPolicyFile().isPresent()) {
      files.add(
          watch(
              "traffic policy",
              existing(flags.trafficPolicyFile().get(), "--traffic-policy-file"),
              file -> {
                Spec policy = live.read(() -> PreciseSettings.policy(file));
                return () -> live.govern(Optional.of(policy));
              }));
    }
    return files;
  }

  private static FileWatch watch(String what, Path file, FileWatch.Reader reader) {
    return new FileWatch(
        what,
        file,
        reader,
        DEBOUNCE,
        POLL,
        Thread.ofPlatform().daemon().name(what.replace(' ', '-')).factory());
  }

  private static Path existing(Path file, String flag) throws IOException {
    if (!Files.exists(file)) {
      throw new IOException(file + ": there is no such file (" + flag + ")");
    }
    return file;
  }

  private static ConfigFile config(Flags flags) throws IOException {
    if (flags.configFile().isPresent()) {
      return ConfigFile.read(
          existing(flags.configFile().get(), "--config-file"), flags.poolNamespace());
    }
    return flags.configText().isEmpty()
        ? new ConfigFile(EndpointPickerConfig.standard(), Resources.NONE)
        : ConfigFile.parse("--config-text", flags.configText(), flags.poolNamespace());
  }

  private static ExtProcConfig extProcConfig(Flags flags) {
    return new ExtProcConfig(
        new InetSocketAddress(flags.grpcPort()),
        tls(flags),
        flags.grpcMaxRecvMsgSize(),
        flags.maxRequestBytes(),
        flags.maxHeldBytes(),
        flags.requestTimeout(),
        Duration.ZERO);
  }

  private static ScraperConfig scraperConfig(Flags flags) {
    ScraperConfig standard = ScraperConfig.DEFAULTS;
    return new ScraperConfig(
        flags.refreshMetricsInterval(),
        flags.idleMetricsInterval(),
        flags.maxScrapesPerSecond(),
        standard.timeout(),
        flags.modelServerMetricsPath(),
        flags.modelServerMetricsPort(),
        flags.modelServerMetricsHttps(),
        standard.maxPageBytes(),
        standard.headers());
  }

  private static Tls tls(Flags flags) {
    if (!flags.secureServing()) {
      return new Tls.Plaintext();
    }
    Duration check = flags.reloadsCertificate() ? CERTIFICATE_CHECK : Duration.ZERO;
    return flags
        .certPath()
        .<Tls>map(directory -> new Tls.Files(directory, check))
        .orElseGet(Tls.SelfSigned::new);
  }

  private static Optional<String> unready(Health health, Readiness readiness) {
    if (health.ready()) {
      return Optional.empty();
    }
    return Optional.of(readiness.missing().map(why -> "not ready: " + why).orElse("stopping"));
  }

  private interface Starting<T> {
    T start() throws IOException;
  }

  /** Names the flag when a port can't be had. */
  private static <T> T at(String flag, int port, Starting<T> starting) throws IOException {
    try {
      return starting.start();
    } catch (IOException e) {
      throw new IOException(flag + " " + port + " can't be had; is it in use?", e);
    }
  }

  /** What was started, to be closed in the opposite order. */
  private static final class Parts implements AutoCloseable {
    private final Deque<AutoCloseable> started = new ArrayDeque<>();

    <T extends AutoCloseable> T add(T part) {
      started.push(part);
      return part;
    }

    @Override
    public void close() {
      while (!started.isEmpty()) {
        try {
          started.pop().close();
        } catch (Exception e) {
          log.warn("a part did not close", e);
        }
      }
    }
  }
}
